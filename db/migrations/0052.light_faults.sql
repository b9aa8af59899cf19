-- I4, I10: what a room's light sensors say of each other is an alarm, too.
-- depends: 0049.sensor_kinds

ALTER TABLE sensor_health DROP CONSTRAINT sensor_health_state_check;
ALTER TABLE sensor_health ADD CONSTRAINT sensor_health_state_check
  CHECK (state IN ('ok', 'silent', 'stuck', 'drifting', 'never_heard', 'clock_off', 'faulty',
                   'covered', 'moved', 'always_lit', 'lamp_gone', 'same_signal'));
