-- I3, I4: days on which a unit is closed by its own decision (renovation, school holidays), for it and all units below it.
-- depends: 0049.sensor_kinds

CREATE TABLE closure (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id  integer     NOT NULL REFERENCES unit,
  since    date        NOT NULL,
  until    date        NOT NULL,                            -- the last day of it
  reason   text        NOT NULL CHECK (btrim(reason) <> ''),
  made_by  text        NOT NULL,                            -- a login
  made_at  timestamptz NOT NULL,
  version  integer     NOT NULL DEFAULT 1,
  CONSTRAINT closure_in_order CHECK (since <= until),
  CONSTRAINT closure_within_a_year CHECK (until - since < 366),
  -- A unit has one calendar; ranges of integers need no extension.
  CONSTRAINT closure_apart EXCLUDE USING gist (
    int4range(unit_id, unit_id, '[]') WITH &&, daterange(since, until, '[]') WITH &&)
);

-- The days of its window that a judgement took as closed: where they are others now, it is made again.
ALTER TABLE assessment ADD COLUMN closed date[] NOT NULL DEFAULT '{}';

GRANT SELECT ON closure TO panhuo_portal, panhuo_analytics;
GRANT INSERT, UPDATE, DELETE ON closure TO panhuo_portal;
