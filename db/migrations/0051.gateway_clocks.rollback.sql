ALTER TABLE pack DROP COLUMN by_arrival;
DROP TABLE gateway_clock;
