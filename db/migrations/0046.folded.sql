-- J3: what is searched is compared as it is typed: full-width forms count as narrow ones, capitals as small letters.
-- depends: 0012.squares 0021.search_reviews 0042.misreadings

ALTER TABLE card DROP COLUMN search;
ALTER TABLE card ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (
  lower(normalize(code || ' ' || name || ' ' || brand || ' ' || model || ' ' || serial_number || ' ' || custodian || ' ' || place, NFKC))
) STORED;
CREATE INDEX card_search ON card USING gin (search gin_trgm_ops);
CREATE INDEX card_search_pairs ON card USING gin (cjk_pairs(search));

ALTER TABLE review DROP COLUMN search;
ALTER TABLE review ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (lower(normalize(number || ' ' || title, NFKC))) STORED;
CREATE INDEX review_search ON review USING gin (search gin_trgm_ops);
CREATE INDEX review_search_pairs ON review USING gin (cjk_pairs(search));

ALTER TABLE listing DROP COLUMN search;
ALTER TABLE listing ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (
  lower(normalize(name || ' ' || code || ' ' || COALESCE(facts->>'brand', '') || ' ' || COALESCE(facts->>'model', '') || ' ' || unit_name
                  || ' ' || COALESCE(facts->>'description', ''), NFKC))
) STORED;
CREATE INDEX listing_search ON listing
 USING gin (listing_terms(search, kind, division, category, on_local, on_national)) WHERE on_local OR on_national;
