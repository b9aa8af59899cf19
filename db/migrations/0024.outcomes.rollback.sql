DROP FUNCTION stocktake_left(stocktake_difference);
ALTER TABLE stocktake_difference ADD COLUMN change_id bigint REFERENCES card_change ON DELETE SET NULL;
UPDATE stocktake_difference AS difference
   SET change_id = (SELECT max(change_id) FROM stocktake_drafted WHERE difference_id = difference.id);
DROP TABLE stocktake_drafted;
DELETE FROM stocktake_difference WHERE kind = 'unlisted';
ALTER TABLE stocktake_difference DROP COLUMN completed, DROP COLUMN refusals, DROP CONSTRAINT stocktake_difference_kind_check;
ALTER TABLE stocktake_difference ADD CONSTRAINT stocktake_difference_kind_check
  CHECK (kind IN ('missing', 'surplus', 'changed', 'condition'));
