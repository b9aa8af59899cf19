DROP FUNCTION stocktake_told(bigint, bigint);
DROP INDEX stocktake_count_told;
UPDATE stocktake_count SET standing = 'superseded' WHERE standing IN ('agrees', 'overruled');
ALTER TABLE stocktake_count DROP CONSTRAINT stocktake_count_standing_check;
ALTER TABLE stocktake_count ADD CONSTRAINT stocktake_count_standing_check
  CHECK (standing IN ('valid', 'noted', 'superseded', 'undone', 'conflict'));
