DROP FUNCTION reading_contradictions(integer[], timestamptz[], double precision[]);
DROP TABLE dead_letter, relative_pack;
DROP TABLE pack;
DROP TABLE position;
DROP TABLE reading;
DROP TABLE gateway_state, sensor, gateway;
