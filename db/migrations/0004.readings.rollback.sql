DROP TABLE dead_letter;
DROP TABLE pack;
DROP TABLE position;
DROP TABLE reading;
DROP TABLE gateway_state, sensor, gateway;
