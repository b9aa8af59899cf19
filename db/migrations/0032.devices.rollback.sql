DROP TABLE device_event;
DROP INDEX sensor_gateway;
-- Retired devices keep their readings under a name of their own.
UPDATE sensor SET name = left(name, 50) || '.' || id WHERE NOT active;
DROP INDEX sensor_name;
ALTER TABLE sensor ADD CONSTRAINT sensor_gateway_id_name_key UNIQUE (gateway_id, name);
ALTER TABLE sensor DROP COLUMN active;
