ALTER TABLE card DROP COLUMN search;
ALTER TABLE card ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (
  lower(code || ' ' || name || ' ' || brand || ' ' || model || ' ' || serial_number || ' ' || custodian || ' ' || place)
) STORED;
CREATE INDEX card_search ON card USING gin (search gin_trgm_ops);
CREATE INDEX card_search_pairs ON card USING gin (cjk_pairs(search));

ALTER TABLE review DROP COLUMN search;
ALTER TABLE review ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (lower(number || ' ' || title)) STORED;
CREATE INDEX review_search ON review USING gin (search gin_trgm_ops);
CREATE INDEX review_search_pairs ON review USING gin (cjk_pairs(search));

ALTER TABLE listing DROP COLUMN search;
ALTER TABLE listing ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (
  lower(name || ' ' || code || ' ' || COALESCE(facts->>'brand', '') || ' ' || COALESCE(facts->>'model', '') || ' ' || unit_name
            || ' ' || COALESCE(facts->>'description', ''))
) STORED;
CREATE INDEX listing_search ON listing
 USING gin (listing_terms(search, kind, division, category, on_local, on_national)) WHERE on_local OR on_national;
