DROP INDEX stocktake_count_card;
CREATE INDEX stocktake_count_card ON stocktake_count (card_id, id DESC);
ALTER TABLE card ADD COLUMN seen_at timestamptz, ADD COLUMN seen_place text NOT NULL DEFAULT '';
ALTER TABLE stocktake_count DROP COLUMN clock_wrong;
