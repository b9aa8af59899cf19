-- I2 to I4: facts are read day by day, again where something arrived of a day however late, and judged by what is kept of each day.
-- depends: 0053.closed_by

-- Days of which something arrived, or by which sensors are read otherwise than before, since facts were made of them.
CREATE TABLE changed_day (
  gateway_id  integer NOT NULL REFERENCES gateway,
  day         date    NOT NULL,                   -- Asia/Shanghai
  taken       boolean NOT NULL DEFAULT false,     -- a run has it in hand; what arrives meanwhile is a row of its own
  PRIMARY KEY (gateway_id, day, taken)
);
GRANT INSERT ON changed_day TO panhuo_collector, panhuo_portal;
GRANT SELECT, INSERT, DELETE ON changed_day TO panhuo_analytics;

-- The newest day of each gateway that was read when it was over.
CREATE TABLE gateway_read (
  gateway_id  integer PRIMARY KEY REFERENCES gateway,
  until       date    NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON gateway_read TO panhuo_analytics;

-- What the judgement needs of each day beside its use.
ALTER TABLE usage_day
  ADD COLUMN perhaps_s integer NOT NULL DEFAULT 0 CHECK (perhaps_s BETWEEN 0 AND 86400),   -- there may have been use
  ADD COLUMN unheard_s integer NOT NULL DEFAULT 0 CHECK (unheard_s BETWEEN 0 AND 86400);   -- working time in long gaps
-- And of an asset's sensors together, by the newest day that was read.
ALTER TABLE assessment
  ADD COLUMN able   boolean NOT NULL DEFAULT true,   -- some sensor can tell use at all
  ADD COLUMN agree  boolean NOT NULL DEFAULT true,   -- they don't contradict each other
  ADD COLUMN proven boolean NOT NULL DEFAULT false;  -- one has shown that it reacts to use

-- What a sensor was found to say while its asset works: each stands from its day until the next one's.
CREATE TABLE learnt_level (
  binding_id  bigint NOT NULL REFERENCES binding,
  day         date   NOT NULL,
  on_level    double precision,
  rose        double precision,                   -- by how much at once when that is switched on
  PRIMARY KEY (binding_id, day)
);
GRANT SELECT ON learnt_level TO panhuo_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON learnt_level TO panhuo_analytics;

-- How each sensor was, and when; until NULL is how it is.
CREATE TABLE sensor_health_span (
  sensor_id  integer     NOT NULL REFERENCES sensor,
  since      timestamptz NOT NULL,
  until      timestamptz CHECK (until > since),
  state      text        NOT NULL,
  PRIMARY KEY (sensor_id, since)
);
GRANT SELECT ON sensor_health_span TO panhuo_portal;
GRANT SELECT, INSERT, UPDATE, DELETE ON sensor_health_span TO panhuo_analytics;
INSERT INTO sensor_health_span (sensor_id, since, state) SELECT sensor_id, since, state FROM sensor_health;
