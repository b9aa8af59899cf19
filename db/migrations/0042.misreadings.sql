-- I4: what a driver says when it has failed is no measurement; which values these are is data, and each sensor's are counted.
-- depends: 0039.suggestion 0041.category_synonym

-- An installation's own values; those that come with the product are rows of ingest/fault_values.py.
CREATE TABLE fault_value (
  kind       text             NOT NULL CHECK (kind IN ('photoelectric', 'pulses', 'temperature', 'position')),
  value      double precision NOT NULL CHECK (value BETWEEN -1e300 AND 1e300),   -- in the kind's unit; NaN and infinity are above
  exactness  double precision NOT NULL CHECK (exactness BETWEEN 0 AND 1e300),    -- a reading may be so far from it
  meaning    text             NOT NULL CHECK (meaning IN ('saturated', 'power_up', 'bus_error', 'no_fix', 'overflow')),
  lone       boolean          NOT NULL,   -- may be measured, too: a fault where the readings leap to it and back
  source     text             NOT NULL,
  applies    boolean          NOT NULL DEFAULT true,   -- false: one of the product's rows that doesn't hold here
  made_at    timestamptz      NOT NULL DEFAULT now(),
  made_by    text             NOT NULL,
  PRIMARY KEY (kind, value)
);
GRANT SELECT ON fault_value TO panhuo_analytics;
GRANT SELECT, INSERT, UPDATE ON fault_value TO panhuo_portal;

ALTER TABLE sensor_health ADD COLUMN misread jsonb NOT NULL DEFAULT '{}';   -- readings of the window that are none, by why
ALTER TABLE sensor_health DROP CONSTRAINT sensor_health_state_check;
ALTER TABLE sensor_health ADD CONSTRAINT sensor_health_state_check
  CHECK (state IN ('ok', 'silent', 'stuck', 'drifting', 'never_heard', 'clock_off', 'faulty'));
