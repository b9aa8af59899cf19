UPDATE sensor_health SET state = 'ok' WHERE state IN ('covered', 'moved', 'always_lit', 'lamp_gone', 'same_signal');
ALTER TABLE sensor_health DROP CONSTRAINT sensor_health_state_check;
ALTER TABLE sensor_health ADD CONSTRAINT sensor_health_state_check
  CHECK (state IN ('ok', 'silent', 'stuck', 'drifting', 'never_heard', 'clock_off', 'faulty'));
