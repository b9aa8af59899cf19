DROP TABLE sensor_health_span;
DROP TABLE learnt_level;
ALTER TABLE assessment DROP COLUMN able, DROP COLUMN agree, DROP COLUMN proven;
ALTER TABLE usage_day DROP COLUMN perhaps_s, DROP COLUMN unheard_s;
DROP TABLE gateway_read;
DROP TABLE changed_day;
