-- What: categories, cards (A3) and their photos.
-- depends: 0002.organisation

CREATE TABLE category (
  code    text PRIMARY KEY CHECK (code ~ '^A[0-9]{8}$'),     -- GB/T 14885
  name    text NOT NULL CHECK (name <> ''),
  parent  text REFERENCES category
);
CREATE INDEX category_parent ON category (parent);

CREATE TABLE card (
  id                        bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id                   integer NOT NULL REFERENCES unit,
  version                   integer NOT NULL DEFAULT 1,      -- A4: a change names the version it was made against
  -- basic
  code                      text    NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9-]{4,32}$'),
  name                      text    NOT NULL CHECK (name <> ''),
  category                  text    NOT NULL REFERENCES category,
  type                      text    NOT NULL CHECK (type IN ('building', 'land', 'vehicle', 'general_equipment',
                                      'special_equipment', 'instrument', 'furniture', 'books_archives', 'relic',
                                      'plants_animals', 'material', 'intangible')),
  quantity                  numeric(14, 2) NOT NULL CHECK (quantity > 0),
  measure                   text    NOT NULL,                -- unit of measure: 台, 组, ㎡
  acquisition_way           text    NOT NULL DEFAULT '',
  acquired_on               date,
  brand                     text    NOT NULL DEFAULT '',
  model                     text    NOT NULL DEFAULT '',
  serial_number             text    NOT NULL DEFAULT '',
  maker                     text    NOT NULL DEFAULT '',
  supplier                  text    NOT NULL DEFAULT '',
  -- financial, in yuan
  original_value            numeric(18, 2) NOT NULL CHECK (original_value >= 0),
  accumulated_depreciation  numeric(18, 2) NOT NULL DEFAULT 0 CHECK (accumulated_depreciation BETWEEN 0 AND original_value),
  net_value                 numeric(18, 2) GENERATED ALWAYS AS (original_value - accumulated_depreciation) STORED,
  fiscal_funds              numeric(18, 2) NOT NULL DEFAULT 0 CHECK (fiscal_funds >= 0),
  other_funds               numeric(18, 2) NOT NULL DEFAULT 0 CHECK (other_funds >= 0),
  value_type                text    NOT NULL DEFAULT '',
  ledger_account            text    NOT NULL DEFAULT '',
  voucher_number            text    NOT NULL DEFAULT '',
  -- use
  status                    text    NOT NULL CHECK (status IN ('in_use', 'leased', 'lent', 'idle', 'to_dispose', 'disposed')),
  shareable                 boolean NOT NULL DEFAULT false,
  using_section_id          integer,
  custodian                 text    NOT NULL DEFAULT '',
  managing_section_id       integer,
  place                     text    NOT NULL DEFAULT '',
  purpose                   text    NOT NULL DEFAULT '',
  -- characteristic: by card type
  characteristic            jsonb   NOT NULL DEFAULT '{}',
  created_at                timestamptz NOT NULL DEFAULT now(),
  updated_at                timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (using_section_id, unit_id) REFERENCES section (id, unit_id),
  FOREIGN KEY (managing_section_id, unit_id) REFERENCES section (id, unit_id)
);
CREATE INDEX card_unit_code ON card (unit_id, code);
CREATE INDEX card_unit_status ON card (unit_id, status);
CREATE INDEX card_category ON card (category);
CREATE INDEX card_name_trgm ON card USING gin (name gin_trgm_ops);

-- A photo is a content-addressed file in the data folder and a row here.
CREATE TABLE photo (
  id        bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  card_id   bigint  NOT NULL REFERENCES card,
  position  integer NOT NULL CHECK (position >= 0),
  digest    text    NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),   -- SHA-256 of the file as stored
  media     text    NOT NULL CHECK (media IN ('image/jpeg', 'image/png', 'image/webp')),
  width     integer NOT NULL CHECK (width > 0),
  height    integer NOT NULL CHECK (height > 0),
  taken_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (card_id, position)
);
CREATE INDEX photo_digest ON photo (digest);

GRANT SELECT ON category, card, photo TO panhuo_portal, panhuo_analytics;
GRANT INSERT, UPDATE ON category, card TO panhuo_portal;
GRANT INSERT, UPDATE, DELETE ON photo TO panhuo_portal;
