-- Stocktakes and counts (H1-H4), codes nobody knows yet, devices that count (H2, H3).
-- depends: 0013.received

INSERT INTO review_node (kind, scope, position, body) VALUES
  ('stocktake', 'ordinary', 1, 'unit'), ('stocktake', 'ordinary', 2, 'department');

-- H1: a task of a unit. Its document is reviewed once everything is counted or explained.
CREATE TABLE stocktake (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  review_id   bigint      NOT NULL UNIQUE REFERENCES review,
  unit_id     integer     NOT NULL REFERENCES unit,
  name        text        NOT NULL CHECK (name <> ''),
  methods     text[]      NOT NULL CHECK (methods <> '{}' AND methods <@ ARRAY['app', 'gun', 'hand', 'picture']),
  sections    integer[]   NOT NULL DEFAULT '{}',  -- '{}': all, cards without a section too
  categories  text[]      NOT NULL DEFAULT '{}',  -- '{}': all; with those below
  due_on      date        NOT NULL,
  note        text        NOT NULL DEFAULT '',
  created_by  integer     NOT NULL REFERENCES app_user,
  created_at  timestamptz NOT NULL,
  started_at  timestamptz,                        -- the expected cards are frozen from here on
  closed_at   timestamptz,                        -- counting is over: all is counted or explained
  reminded_at timestamptz,
  CHECK (closed_at IS NULL OR started_at IS NOT NULL)
);
CREATE INDEX stocktake_unit ON stocktake (unit_id, id DESC);

-- What should be there, as it was when the task started; whose it is to count.
CREATE TABLE stocktake_expected (
  stocktake_id  bigint   NOT NULL REFERENCES stocktake,
  card_id       bigint   NOT NULL REFERENCES card,
  card_version  integer  NOT NULL,
  code          text     NOT NULL COLLATE "C",
  name          text     NOT NULL,
  category      text     NOT NULL,
  card_type     text     NOT NULL,
  section_id    integer  REFERENCES section,
  custodian     text     NOT NULL,
  place         text     NOT NULL,
  status        text     NOT NULL,
  quantity      numeric(14, 2) NOT NULL,
  value         numeric(18, 2) NOT NULL,
  assignee_id   integer  REFERENCES app_user,     -- NULL: nobody yet
  PRIMARY KEY (stocktake_id, card_id)
);
CREATE UNIQUE INDEX stocktake_expected_code ON stocktake_expected (stocktake_id, code);
CREATE INDEX stocktake_expected_assignee ON stocktake_expected (assignee_id, stocktake_id);
CREATE INDEX stocktake_expected_section ON stocktake_expected (stocktake_id, section_id, code);

-- Who was given which section's cards, and who handed them on (H1). Never changed.
CREATE TABLE stocktake_handover (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stocktake_id  bigint      NOT NULL REFERENCES stocktake,
  section_id    integer     REFERENCES section,
  from_id       integer     REFERENCES app_user,
  to_id         integer     NOT NULL REFERENCES app_user,
  cards         integer     NOT NULL,
  by_id         integer     NOT NULL REFERENCES app_user,
  at            timestamptz NOT NULL
);
CREATE INDEX stocktake_handover_task ON stocktake_handover (stocktake_id, id);

-- H3: a device may send for a person; its token is shown once.
CREATE TABLE scan_device (
  id          integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id     integer     NOT NULL REFERENCES app_user,   -- counts in this person's name
  name        text        NOT NULL CHECK (name <> ''),
  token_hash  text        NOT NULL UNIQUE,        -- SHA-256 in hex
  created_at  timestamptz NOT NULL,
  seen_at     timestamptz,
  revoked_at  timestamptz
);
CREATE INDEX scan_device_user ON scan_device (user_id);

-- H2, H4: every scan and count, once per client id, whatever the retries. What a later one changes, it supersedes.
CREATE TABLE stocktake_count (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  client_id     uuid        NOT NULL UNIQUE,      -- made where it was counted
  stocktake_id  bigint      NOT NULL REFERENCES stocktake,
  card_id       bigint      REFERENCES card,      -- NULL: a code that nobody knows, or a thing without a card
  code          text        NOT NULL,             -- as read, cleaned; '' for a thing without a code
  raw           text        NOT NULL DEFAULT '',  -- as it came
  outcome       text        NOT NULL CHECK (outcome IN ('found', 'again', 'elsewhere', 'unknown', 'surplus')),
  method        text        NOT NULL CHECK (method IN ('app', 'gun', 'hand', 'picture')),
  counted_by    integer     NOT NULL REFERENCES app_user,
  device_id     integer     REFERENCES scan_device,
  counted_at    timestamptz NOT NULL,             -- the device's clock set right by the server's
  received_at   timestamptz NOT NULL,
  condition     text        NOT NULL DEFAULT '' CHECK (condition IN ('', 'good', 'repair', 'damaged')),
  status        text        NOT NULL DEFAULT '',  -- '': as on the card
  place         text,                             -- NULL: as on the card
  custodian     text,
  note          text        NOT NULL DEFAULT '',
  photos        text[]      NOT NULL DEFAULT '{}', -- digests of the unit's uploads
  surplus       jsonb       NOT NULL DEFAULT '{}', -- of a thing without a card: name, category, quantity, measure
  standing      text        NOT NULL DEFAULT 'valid' CHECK (standing IN ('valid', 'noted', 'superseded', 'undone', 'conflict')),
  doubtful      boolean     NOT NULL DEFAULT false, -- to be looked at again
  decided_by    integer     REFERENCES app_user,  -- who settled a conflict
  CHECK (outcome <> 'unknown' OR card_id IS NULL)
);
-- One count of a card stands; what contradicts it by another person waits for somebody to decide (H3).
CREATE UNIQUE INDEX stocktake_count_stands ON stocktake_count (stocktake_id, card_id) WHERE standing = 'valid' AND card_id IS NOT NULL;
CREATE INDEX stocktake_count_task ON stocktake_count (stocktake_id, id DESC);
CREATE INDEX stocktake_count_card ON stocktake_count (card_id, id DESC);
CREATE INDEX stocktake_count_person ON stocktake_count (counted_by, id DESC);

-- The unknown bin (H2): kept until somebody binds it to a card or sets it aside.
CREATE TABLE unknown_code (
  unit_id     integer     NOT NULL REFERENCES unit,
  code        text        NOT NULL CHECK (code <> ''),
  times       integer     NOT NULL DEFAULT 1,
  first_at    timestamptz NOT NULL,
  last_at     timestamptz NOT NULL,
  last_by     integer     NOT NULL REFERENCES app_user,
  card_id     bigint      REFERENCES card,        -- bound: from then on the code is read as this card's
  set_aside   boolean     NOT NULL DEFAULT false,
  decided_by  integer     REFERENCES app_user,
  decided_at  timestamptz,
  PRIMARY KEY (unit_id, code)
);

-- H4: what differs, its explanation, and the card change that it became.
CREATE TABLE stocktake_difference (
  id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stocktake_id  bigint      NOT NULL REFERENCES stocktake,
  kind          text        NOT NULL CHECK (kind IN ('missing', 'surplus', 'changed', 'condition')),
  card_id       bigint      REFERENCES card,
  count_id      bigint      REFERENCES stocktake_count,
  before        jsonb       NOT NULL DEFAULT '{}',
  after         jsonb       NOT NULL DEFAULT '{}',
  explanation   text        NOT NULL DEFAULT '',
  explained_by  integer     REFERENCES app_user,
  explained_at  timestamptz,
  change_id     bigint      REFERENCES card_change ON DELETE SET NULL,
  UNIQUE NULLS NOT DISTINCT (stocktake_id, kind, card_id, count_id)
);
CREATE INDEX stocktake_difference_card ON stocktake_difference (card_id);

ALTER TABLE card ADD COLUMN seen_at timestamptz, ADD COLUMN seen_place text NOT NULL DEFAULT '';  -- by the last count

GRANT SELECT, INSERT, UPDATE, DELETE ON stocktake, stocktake_expected, stocktake_difference, unknown_code TO panhuo_portal;
GRANT SELECT, INSERT, UPDATE ON scan_device, stocktake_count TO panhuo_portal;
GRANT SELECT, INSERT ON stocktake_handover TO panhuo_portal;
GRANT SELECT ON stocktake, stocktake_count TO panhuo_analytics;
