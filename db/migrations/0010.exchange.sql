-- Publish, review, squares, ministry (B1 to G1): sheets, listings and their life, the exchange upward.
-- depends: 0009.notices

INSERT INTO review_node (kind, scope, position, body) VALUES
  ('transfer_sheet', 'local', 1, 'unit'), ('transfer_sheet', 'local', 2, 'department'),
  ('transfer_sheet', 'national', 1, 'unit'), ('transfer_sheet', 'national', 2, 'department'), ('transfer_sheet', 'national', 3, 'finance'),
  ('share_sheet', 'local', 1, 'unit'), ('share_sheet', 'local', 2, 'department'),
  ('share_sheet', 'national', 1, 'unit'), ('share_sheet', 'national', 2, 'department'), ('share_sheet', 'national', 3, 'finance'),
  ('demand_sheet', 'local', 1, 'unit'), ('demand_sheet', 'local', 2, 'department'),
  ('demand_sheet', 'national', 1, 'unit'), ('demand_sheet', 'national', 2, 'department'), ('demand_sheet', 'national', 3, 'finance');

-- B1, G1: a document that publishes: cards to transfer or to share, or one demand.
CREATE TABLE sheet (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id   bigint      NOT NULL UNIQUE REFERENCES review,
  kind        text        NOT NULL CHECK (kind IN ('transfer', 'share', 'demand')),
  scope       text        NOT NULL CHECK (scope IN ('local', 'national')),
  unit_id     integer     NOT NULL REFERENCES unit,
  contact     text        NOT NULL,
  phone       text        NOT NULL,
  address     text        NOT NULL,
  note        text        NOT NULL DEFAULT '',
  demand      jsonb       NOT NULL DEFAULT '{}',  -- G1: canonical text by field name
  drafted_by  integer     NOT NULL REFERENCES app_user,
  drafted_at  timestamptz NOT NULL,
  CHECK ((kind = 'demand') = (demand <> '{}'))
);
CREATE INDEX sheet_unit ON sheet (unit_id, kind, id DESC);

CREATE TABLE sheet_card (
  sheet_id      bigint  NOT NULL REFERENCES sheet ON DELETE CASCADE,
  card_id       bigint  NOT NULL REFERENCES card,
  position      integer NOT NULL CHECK (position >= 0),
  card_version  integer NOT NULL,                 -- as it was when the sheet was saved
  PRIMARY KEY (sheet_id, card_id)
);
CREATE INDEX sheet_card_card ON sheet_card (card_id);

CREATE TABLE sheet_attachment (
  sheet_id  bigint  NOT NULL REFERENCES sheet ON DELETE CASCADE,
  position  integer NOT NULL CHECK (position >= 0),
  digest    text    NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
  name      text    NOT NULL CHECK (name <> ''),
  media     text    NOT NULL,
  bytes     bigint  NOT NULL CHECK (bytes > 0),
  PRIMARY KEY (sheet_id, position)
);
CREATE INDEX sheet_attachment_digest ON sheet_attachment (digest);

-- D1: what stands on a square. Squares read this table alone: what they show is copied here and kept true (F1).
CREATE TABLE listing (
  id          bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         uuid           NOT NULL UNIQUE DEFAULT gen_random_uuid(),  -- by which other systems know it
  kind        text           NOT NULL CHECK (kind IN ('transfer', 'share', 'demand')),
  scope       text           NOT NULL CHECK (scope IN ('local', 'national')),
  origin      text           NOT NULL CHECK (origin IN ('own', 'foreign', 'linked')),  -- foreign: another province's; linked: F4
  sheet_id    bigint         REFERENCES sheet,
  card_id     bigint         REFERENCES card,
  unit_id     integer        REFERENCES unit,     -- NULL: of another province
  state       text           NOT NULL DEFAULT 'listed' CHECK (state IN ('listed', 'settling', 'settled', 'delisted')),
  reason      text           NOT NULL DEFAULT '', -- why it is delisted: exchange.life's Reason; then what somebody wrote
  reason_text text           NOT NULL DEFAULT '',
  ministry    text           NOT NULL CHECK (ministry IN ('none', 'unreported', 'reported', 'decided', 'returned')),  -- C3
  opinion     text           NOT NULL DEFAULT '', -- the ministry's
  -- what squares show and filter by
  name        text           NOT NULL CHECK (name <> ''),
  code        text           NOT NULL DEFAULT '' COLLATE "C",
  category    text           NOT NULL,
  card_type   text           NOT NULL DEFAULT '',
  division    text           NOT NULL,            -- another province's may be one that we don't know
  status      text           NOT NULL DEFAULT '', -- of the card; of a demand: transfer or share
  quantity    numeric(14, 2) NOT NULL CHECK (quantity > 0),
  measure     text           NOT NULL DEFAULT '',
  value       numeric(18, 2) NOT NULL DEFAULT 0,  -- original value, yuan
  unit_name   text           NOT NULL,
  photo       text,                               -- the first one's digest
  facts       jsonb          NOT NULL,            -- canonical text by field name: the card's, or the demand's
  contact     jsonb          NOT NULL,            -- contact, phone, address, note
  search      text           NOT NULL GENERATED ALWAYS AS (
      lower(name || ' ' || code || ' ' || COALESCE(facts->>'brand', '') || ' ' || COALESCE(facts->>'model', '') || ' ' || unit_name
            || ' ' || COALESCE(facts->>'description', ''))) STORED,
  version     integer        NOT NULL DEFAULT 1,
  listed_at   timestamptz    NOT NULL,
  closed_at   timestamptz,
  until_on    date,                               -- the notice period's last day (F2); a demand's closing date (G1)
  until_told  timestamptz,                        -- when the owner was told that it is over
  CHECK ((state IN ('settled', 'delisted')) = (closed_at IS NOT NULL)),
  CHECK ((origin = 'own') = (sheet_id IS NOT NULL)),
  CHECK (origin <> 'foreign' OR unit_id IS NULL),
  CHECK ((scope = 'local') = (ministry = 'none'))
);
-- B2: never two live listings of one card.
CREATE UNIQUE INDEX listing_one_live ON listing (card_id) WHERE state IN ('listed', 'settling');
CREATE INDEX listing_card ON listing (card_id, id DESC);
CREATE INDEX listing_sheet ON listing (sheet_id);
CREATE INDEX listing_unit ON listing (unit_id, kind, id DESC);
CREATE INDEX listing_until ON listing (until_on) WHERE state = 'listed' AND until_on IS NOT NULL;

-- Everything that happened to a listing, for its history and for whoever reconciles. Never changed.
CREATE TABLE listing_event (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  listing_id  bigint      NOT NULL REFERENCES listing,
  at          timestamptz NOT NULL,
  actor       text        NOT NULL,               -- a login, or system:…
  event       text        NOT NULL,
  facts       jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX listing_event_listing ON listing_event (listing_id, id);

-- D2: who received it, who provided it, or who uses it. One row a listing; a cancelled one goes.
CREATE TABLE settlement (
  listing_id       bigint      PRIMARY KEY REFERENCES listing,
  partner_unit_id  integer     REFERENCES unit,   -- NULL: not in the system
  partner          text        NOT NULL CHECK (partner <> ''),
  way              text        NOT NULL DEFAULT '' CHECK (way IN ('', 'free_transfer', 'donation')),
  from_on          date,
  until_on         date,
  compensation     numeric(18, 2),                -- yuan, for the use of a share
  note             text        NOT NULL DEFAULT '',
  change_id        bigint      REFERENCES card_change ON DELETE SET NULL,  -- the disposal that follows a transfer
  received_change  bigint      REFERENCES card_change ON DELETE SET NULL,  -- the receiver's draft of the card
  registered_by    integer     NOT NULL REFERENCES app_user,
  registered_at    timestamptz NOT NULL,
  done_at          timestamptz,
  CHECK (until_on >= from_on)
);
CREATE INDEX settlement_change ON settlement (change_id);

-- E5
CREATE TABLE shortlist (
  user_id     integer     NOT NULL REFERENCES app_user,
  listing_id  bigint      NOT NULL REFERENCES listing,
  added_at    timestamptz NOT NULL,
  PRIMARY KEY (user_id, listing_id)
);

-- F3: what goes up, in order per listing. Written with what it tells of, in one transaction.
CREATE TABLE ministry_outbox (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  listing_id   bigint      NOT NULL REFERENCES listing,
  sequence     integer     NOT NULL CHECK (sequence > 0),
  document     text        NOT NULL CHECK (document IN ('publish', 'update', 'settle', 'delist')),
  content      jsonb       NOT NULL,              -- frozen as it was
  state        text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'accepted', 'dead')),
  attempts     integer     NOT NULL DEFAULT 0,    -- counts a try when it begins: from the first on it can't be taken back (C4)
  next_at      timestamptz NOT NULL,
  last_error   text        NOT NULL DEFAULT '',
  created_at   timestamptz NOT NULL,
  sent_at      timestamptz,
  answered_at  timestamptz,
  UNIQUE (listing_id, sequence)
);
CREATE INDEX ministry_outbox_due ON ministry_outbox (next_at) WHERE state IN ('pending', 'sent');
CREATE INDEX ministry_outbox_state ON ministry_outbox (state, id DESC);

-- What came down: applied, or refused with the reason, as it was.
CREATE TABLE ministry_received (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id  text        NOT NULL DEFAULT '',
  document     text        NOT NULL DEFAULT '',
  listing_uid  uuid,
  sequence     integer,
  outcome      text        NOT NULL CHECK (outcome IN ('applied', 'repeated', 'refused')),
  reason       text        NOT NULL DEFAULT '',
  body         text        NOT NULL,
  received_at  timestamptz NOT NULL
);
CREATE INDEX ministry_received_outcome ON ministry_received (outcome, id DESC);
CREATE INDEX ministry_received_document ON ministry_received (document_id) WHERE outcome = 'applied';

-- How far the ministry's documents about a listing have been applied, in order.
CREATE TABLE ministry_heard (
  listing_uid  uuid    PRIMARY KEY,
  sequence     integer NOT NULL
);

-- F4: systems that push listings with a key of their own.
CREATE TABLE linked_system (
  id          integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text        NOT NULL UNIQUE CHECK (name <> ''),
  unit_id     integer     NOT NULL REFERENCES unit,
  token_hash  text        NOT NULL UNIQUE,        -- SHA-256 of the bearer token, in hex
  active      boolean     NOT NULL DEFAULT true,
  created_by  integer     NOT NULL REFERENCES app_user,
  created_at  timestamptz NOT NULL
);
CREATE TABLE linked_listing (
  system_id    integer     NOT NULL REFERENCES linked_system,
  key          text        NOT NULL CHECK (key <> ''),
  listing_id   bigint      NOT NULL UNIQUE REFERENCES listing,
  seen_at      timestamptz NOT NULL,
  vanished_at  timestamptz,                       -- not in the last complete push
  PRIMARY KEY (system_id, key)
);

-- F5: pairs that a digest has told of already.
CREATE TABLE match_told (
  demand_id   bigint      NOT NULL REFERENCES listing,
  listing_id  bigint      NOT NULL REFERENCES listing,
  told_at     timestamptz NOT NULL,
  PRIMARY KEY (demand_id, listing_id)
);

-- A9: by when everything publishable is to be published.
CREATE TABLE campaign (
  id          integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text        NOT NULL CHECK (name <> ''),
  unit_id     integer     NOT NULL REFERENCES unit,   -- the body that asks for it
  deadline    date        NOT NULL,
  created_by  integer     NOT NULL REFERENCES app_user,
  created_at  timestamptz NOT NULL,
  ended_at    timestamptz
);
CREATE TABLE campaign_reminder (
  campaign_id  integer     NOT NULL REFERENCES campaign,
  unit_id      integer     NOT NULL REFERENCES unit,
  at           timestamptz NOT NULL,
  by           integer     NOT NULL REFERENCES app_user,
  PRIMARY KEY (campaign_id, unit_id, at)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON sheet, sheet_card, sheet_attachment, settlement, shortlist TO panhuo_portal;
GRANT SELECT, INSERT, UPDATE ON listing, linked_system, linked_listing, campaign TO panhuo_portal;
GRANT SELECT, INSERT ON listing_event, campaign_reminder TO panhuo_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON ministry_outbox TO panhuo_portal;
GRANT SELECT ON ministry_received, ministry_heard, match_told TO panhuo_portal;

-- The exchange process: sends, receives, ends notice periods and closing dates, tells of matches.
GRANT SELECT ON division, category, unit, section, app_user, user_role, visible_unit, card, photo, sheet, sheet_card, review, review_step,
  review_node, review_event, settlement, linked_system, linked_listing, notice_preference TO panhuo_exchange;
GRANT SELECT (id, unit_id, name, url, events, active) ON webhook TO panhuo_exchange;
GRANT SELECT, INSERT, UPDATE ON listing, ministry_outbox, ministry_received, ministry_heard, notice TO panhuo_exchange;
GRANT SELECT, INSERT ON listing_event, match_told, delivery TO panhuo_exchange;
GRANT DELETE ON delivery TO panhuo_exchange;
GRANT EXECUTE ON FUNCTION audit_append(text, text, text, json, text) TO panhuo_exchange;
