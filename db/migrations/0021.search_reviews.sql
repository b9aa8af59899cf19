-- Lists of documents under review are searched by number and title, as cards are by their words.
-- depends: 0007.cards 0021.search

ALTER TABLE review ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (lower(number || ' ' || title)) STORED;
CREATE INDEX review_search ON review USING gin (search gin_trgm_ops);
CREATE INDEX review_search_pairs ON review USING gin (cjk_pairs(search));
