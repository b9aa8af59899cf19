-- Gateways and sensors, what they said, and what could not be understood (I1, I2).
-- depends: 0002.organisation

CREATE TABLE gateway (
  id             integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name           text        NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$'),  -- its MQTT user name
  unit_id        integer     NOT NULL REFERENCES unit,
  place          text        NOT NULL DEFAULT '',
  password_hash  text        NOT NULL,            -- as the broker's password file wants it
  active         boolean     NOT NULL DEFAULT true,
  registered_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gateway_unit ON gateway (unit_id);

CREATE TABLE sensor (
  id             integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  gateway_id     integer     NOT NULL REFERENCES gateway,
  name           text        NOT NULL CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
  kind           text        NOT NULL CHECK (kind IN ('photoelectric', 'pulses', 'temperature', 'position')),
  minimum        double precision NOT NULL,       -- values outside are refused (position: not used)
  maximum        double precision NOT NULL CHECK (maximum > minimum),
  proven_at      timestamptz,                     -- the commissioning test in which it was seen to react
  registered_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (gateway_id, name)
);

-- What a gateway said of itself last (its retained status, or its last will).
CREATE TABLE gateway_state (
  gateway_id     integer     PRIMARY KEY REFERENCES gateway,
  online         boolean     NOT NULL,
  firmware       text        NOT NULL DEFAULT '',
  buffered       bigint      NOT NULL DEFAULT 0,  -- packs it still keeps
  sent_at        timestamptz,
  received_at    timestamptz NOT NULL,
  clock_offset_s double precision                 -- its clock minus ours, seconds
);

-- No foreign key on the two large tables: the collector knows the sensors it stores for.
CREATE TABLE reading (
  ts         timestamptz      NOT NULL,
  sensor_id  integer          NOT NULL,
  value      double precision NOT NULL
);
DO $$ BEGIN PERFORM create_hypertable('reading', by_range('ts', INTERVAL '7 days'), create_default_indexes => false); END $$;
CREATE UNIQUE INDEX reading_once ON reading (sensor_id, ts);

CREATE TABLE position (
  ts          timestamptz      NOT NULL,
  sensor_id   integer          NOT NULL,
  latitude    double precision NOT NULL,
  longitude   double precision NOT NULL,
  accuracy_m  real
);
DO $$ BEGIN PERFORM create_hypertable('position', by_range('ts', INTERVAL '28 days'), create_default_indexes => false); END $$;
CREATE UNIQUE INDEX position_once ON position (sensor_id, ts);

-- How many of these readings are stored already with another value. The collector may not read
-- readings, only count that: what came first stays, and a contradiction is not passed over in silence.
CREATE FUNCTION reading_contradictions(p_sensors integer[], p_times timestamptz[], p_values double precision[])
RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_first timestamptz;
  v_last timestamptz;
BEGIN
  SELECT min(t), max(t) INTO v_first, v_last FROM unnest(p_times) AS t;
  RETURN (
    SELECT count(*)
      FROM unnest(p_sensors, p_times, p_values) AS sent (sensor_id, ts, value)
      JOIN reading ON reading.sensor_id = sent.sensor_id AND reading.ts = sent.ts
     WHERE reading.ts BETWEEN v_first AND v_last  -- lets whole chunks be left out
       AND reading.value <> sent.value
  );
END $$;
REVOKE ALL ON FUNCTION reading_contradictions(integer[], timestamptz[], double precision[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION reading_contradictions(integer[], timestamptz[], double precision[]) TO panhuo_collector;

-- Every pack's arrival: the time that a gateway's clock is judged by. A pack that comes twice has two rows.
CREATE TABLE pack (
  received_at  timestamptz NOT NULL,
  gateway_id   integer     NOT NULL,
  seq          bigint,
  records      integer     NOT NULL,
  refused      integer     NOT NULL,
  first_ts     timestamptz,
  last_ts      timestamptz
);
DO $$ BEGIN PERFORM create_hypertable('pack', by_range('received_at', INTERVAL '7 days'), create_default_indexes => false); END $$;
CREATE INDEX pack_gateway ON pack (gateway_id, received_at DESC);

-- Packs whose times count back from arrival, by their bytes: coming again they would be shifted.
CREATE TABLE relative_pack (
  gateway_id   integer     NOT NULL,
  digest       bytea       NOT NULL,              -- SHA-256 of the payload
  received_at  timestamptz NOT NULL,
  PRIMARY KEY (gateway_id, digest)
);
CREATE INDEX relative_pack_received ON relative_pack (received_at);

CREATE TABLE dead_letter (
  digest       bytea       PRIMARY KEY,           -- SHA-256 of gateway, payload and place in it: sent twice, kept once
  first_at     timestamptz NOT NULL,
  last_at      timestamptz NOT NULL,
  times        integer     NOT NULL DEFAULT 1,
  gateway      text        NOT NULL,              -- as the topic says; it need not be registered
  topic        text        NOT NULL,
  seq          bigint,
  place        integer,                           -- the record's index in its pack; NULL: the whole payload
  reason       text        NOT NULL,              -- a code of ingest/reasons.py
  detail       text        NOT NULL DEFAULT '',
  content      bytea       NOT NULL
);
CREATE INDEX dead_letter_last ON dead_letter (last_at DESC);
CREATE INDEX dead_letter_gateway ON dead_letter (gateway, last_at DESC);

GRANT SELECT ON gateway, sensor TO panhuo_collector, panhuo_portal, panhuo_analytics;
GRANT INSERT ON reading, position, pack TO panhuo_collector;
GRANT SELECT, INSERT ON relative_pack TO panhuo_collector;
GRANT SELECT, INSERT, UPDATE ON gateway_state, dead_letter TO panhuo_collector;
GRANT SELECT ON reading, position, pack, gateway_state, dead_letter TO panhuo_portal, panhuo_analytics;
GRANT INSERT, UPDATE ON gateway, sensor TO panhuo_portal;
