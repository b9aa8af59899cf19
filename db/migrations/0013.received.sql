-- D2: a card that came from another unit's: its draft knows the card that it was, and shows its photos.
-- depends: 0010.exchange

ALTER TABLE card_change ADD COLUMN origin_card_id bigint REFERENCES card;
CREATE INDEX card_change_origin ON card_change (origin_card_id) WHERE origin_card_id IS NOT NULL;
