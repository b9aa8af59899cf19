-- F4: what each push of a linked system did; whether an item has changed since.
-- depends: 0010.exchange

ALTER TABLE linked_listing ADD COLUMN digest text NOT NULL DEFAULT '';  -- SHA-256 of the item as it was pushed

CREATE TABLE linked_push (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  system_id  integer     NOT NULL REFERENCES linked_system,
  at         timestamptz NOT NULL,
  way        text        NOT NULL CHECK (way IN ('api', 'file', 'command')),
  complete   boolean     NOT NULL,               -- all that the system has: what is missing has vanished
  refused    integer     NOT NULL DEFAULT 0,     -- rows that were refused: then nothing was taken
  added      integer     NOT NULL DEFAULT 0,
  refreshed  integer     NOT NULL DEFAULT 0,
  unchanged  integer     NOT NULL DEFAULT 0,
  closed     integer     NOT NULL DEFAULT 0,     -- left alone: taken down here
  withdrawn  integer     NOT NULL DEFAULT 0,
  vanished   integer     NOT NULL DEFAULT 0
);
CREATE INDEX linked_push_system ON linked_push (system_id, id DESC);
-- No asset twice, whoever lists it.
CREATE INDEX listing_live_code ON listing (code) WHERE state IN ('listed', 'settling') AND code <> '';

GRANT SELECT, INSERT ON linked_push TO panhuo_portal;
