-- I2: a plan made while a chunk was nearly empty reads all of it for every repeated reading, and the collector
-- stands for minutes when gateways send much again. Each is looked up by its index, whatever the plan's age.
-- depends: 0031.proof
CREATE OR REPLACE FUNCTION reading_contradictions(p_sensors integer[], p_times timestamptz[], p_values double precision[])
RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v_first timestamptz;
  v_last timestamptz;
BEGIN
  SELECT min(t), max(t) INTO v_first, v_last FROM unnest(p_times) AS t;
  RETURN (
    SELECT count(*)
      FROM unnest(p_sensors, p_times, p_values) AS sent (sensor_id, ts, value)
     CROSS JOIN LATERAL (
           SELECT reading.value
             FROM reading
            WHERE reading.sensor_id = sent.sensor_id AND reading.ts = sent.ts
              AND reading.ts BETWEEN v_first AND v_last  -- lets whole chunks be left out
            LIMIT 1  -- keeps the planner from joining: each is looked up by itself
           ) AS stored
     WHERE stored.value <> sent.value
  );
END $$;
