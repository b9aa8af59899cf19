-- F3: what the exchange with the ministry's aggregator keeps beside its outbox.
-- depends: 0010.exchange

ALTER TABLE ministry_outbox
  ADD COLUMN hash        text    NOT NULL DEFAULT '',     -- of the content as it was sent last: a receipt names it
  ADD COLUMN tries_from  integer NOT NULL DEFAULT 0,      -- attempts when it was last sent again by hand: waits begin anew
  ADD COLUMN refused     boolean NOT NULL DEFAULT false;  -- dead because the aggregator has refused it, and so hasn't got it
CREATE INDEX ministry_outbox_open ON ministry_outbox (listing_id, sequence) WHERE state <> 'accepted';

-- One row a document and outcome, however often it comes.
ALTER TABLE ministry_received
  ADD COLUMN digest      text        NOT NULL,            -- SHA-256 of what came
  ADD COLUMN times       integer     NOT NULL DEFAULT 1,
  ADD COLUMN last_at     timestamptz NOT NULL,
  ADD COLUMN settled_at  timestamptz;                     -- refused at first, applied since: a gap that was filled
CREATE UNIQUE INDEX ministry_received_once ON ministry_received (digest, outcome, reason);

-- When the aggregator was last reached, by what: one row a direction.
CREATE TABLE ministry_contact (
  direction   text        PRIMARY KEY CHECK (direction IN ('up', 'down')),
  tried_at    timestamptz NOT NULL,
  reached_at  timestamptz,
  last_error  text        NOT NULL DEFAULT ''
);

-- The aggregator's newest list of what it has, where it comes by folder.
CREATE TABLE ministry_statement (
  single       boolean     PRIMARY KEY DEFAULT true CHECK (single),
  as_of        timestamptz NOT NULL,                      -- by the aggregator's clock
  received_at  timestamptz NOT NULL,
  listings     jsonb       NOT NULL
);

-- What a comparison of card, listing, outbox and aggregator has found.
CREATE TABLE ministry_reconciliation (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor        text        NOT NULL,
  at           timestamptz NOT NULL,
  as_of        timestamptz,                               -- of the aggregator's list; NULL: there was none
  listings     integer     NOT NULL,                      -- compared
  on_the_way   integer     NOT NULL,                      -- differ only until what is under way has arrived
  differences  jsonb       NOT NULL                       -- [{kind, listing, uid, name, facts}, …]
);

GRANT SELECT, INSERT, UPDATE ON ministry_contact, ministry_statement TO panhuo_exchange;
GRANT SELECT, INSERT ON ministry_reconciliation TO panhuo_exchange;
GRANT SELECT ON ministry_contact, ministry_statement, ministry_reconciliation TO panhuo_portal;
