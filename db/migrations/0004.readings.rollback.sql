DROP FUNCTION reading_contradictions(integer[], timestamptz[], double precision[]);
DROP TABLE dead_letter;
DROP TABLE pack;
DROP TABLE position;
DROP TABLE reading;
DROP TABLE gateway_state, sensor, gateway;
