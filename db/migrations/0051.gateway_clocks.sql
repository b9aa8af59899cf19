-- I2, I4: how far each gateway's clock was off, and when: readings keep their stamps, and are put right by this where they are judged.
-- depends: 0049.sensor_kinds

-- A stretch in which its statuses told of the same offset, to a minute. What was between two stretches is not known.
CREATE TABLE gateway_clock (
  gateway_id  integer          NOT NULL REFERENCES gateway,
  since       timestamptz      NOT NULL,          -- when the first of these statuses arrived, by our clock
  last_seen   timestamptz      NOT NULL CHECK (last_seen >= since),   -- and the last
  offset_s    double precision NOT NULL,          -- its clock minus ours, seconds
  PRIMARY KEY (gateway_id, since)
);
GRANT SELECT, INSERT, UPDATE ON gateway_clock TO panhuo_collector;
GRANT SELECT ON gateway_clock TO panhuo_analytics;

-- Whether times in a pack counted back from its arrival: no clock stamped what is stored of it.
ALTER TABLE pack ADD COLUMN by_arrival boolean NOT NULL DEFAULT false;
