-- H3: whether a count's moment is as its device said. H4, A7: a card's last place and time are those of its counts, and stand nowhere else.
-- depends: 0023.agreeing

ALTER TABLE stocktake_count ADD COLUMN clock_wrong boolean NOT NULL DEFAULT false;  -- the device's moment can't be: counted_at is the nearest that can
ALTER TABLE card DROP COLUMN seen_at, DROP COLUMN seen_place;
DROP INDEX stocktake_count_card;
CREATE INDEX stocktake_count_card ON stocktake_count (card_id, counted_at DESC, id DESC);
