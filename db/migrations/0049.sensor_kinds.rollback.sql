-- Sensors of other kinds stay, and none is added: the checks hold for what comes.
ALTER TABLE sensor DROP CONSTRAINT sensor_kind_known;
ALTER TABLE fault_value DROP CONSTRAINT fault_value_kind_known;
DROP TABLE sensor_kind;
ALTER TABLE sensor ADD CONSTRAINT sensor_kind_check
  CHECK (kind IN ('photoelectric', 'pulses', 'temperature', 'position')) NOT VALID;
ALTER TABLE fault_value ADD CONSTRAINT fault_value_kind_check
  CHECK (kind IN ('photoelectric', 'pulses', 'temperature', 'position')) NOT VALID;
