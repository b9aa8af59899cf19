ALTER TABLE stocktake_count DROP COLUMN told_to, DROP COLUMN clock_off;
