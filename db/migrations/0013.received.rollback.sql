ALTER TABLE card_change DROP COLUMN origin_card_id;
