CREATE OR REPLACE FUNCTION reading_contradictions(p_sensors integer[], p_times timestamptz[], p_values double precision[])
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
