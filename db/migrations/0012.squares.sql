-- What squares of 200,000 listings need to be read quickly (E1 to E3), and what F5 remembers.
-- depends: 0010.exchange

ALTER TABLE listing
  ADD COLUMN on_local boolean NOT NULL GENERATED ALWAYS AS (      -- E1
      origin IN ('own', 'linked') AND state IN ('listed', 'settling')) STORED,
  ADD COLUMN on_national boolean NOT NULL GENERATED ALWAYS AS (   -- E1
      (origin = 'foreign' OR origin = 'own' AND ministry = 'decided') AND state IN ('listed', 'settling')) STORED,
  ADD COLUMN class text NOT NULL GENERATED ALWAYS AS (left(category, 3)) STORED COLLATE "C",  -- A02 of GB/T 14885
  ADD COLUMN band text NOT NULL GENERATED ALWAYS AS (             -- of value: 50,000, 200,000 and 1,000,000 yuan
      CASE WHEN value < 50000 THEN 'under_50k' WHEN value < 200000 THEN 'under_200k'
           WHEN value < 1000000 THEN 'under_1m' ELSE 'from_1m' END) STORED,
  ADD COLUMN matched_at timestamptz;              -- when the digest last looked for its matches (F5)

-- Each order of each tab, so that a page is the first rows of an index.
CREATE INDEX listing_local_listed ON listing (kind, listed_at, id) WHERE on_local;
CREATE INDEX listing_local_value ON listing (kind, value, id) WHERE on_local;
CREATE INDEX listing_local_quantity ON listing (kind, quantity, id) WHERE on_local;
CREATE INDEX listing_local_name ON listing (kind, name, id) WHERE on_local;
CREATE INDEX listing_local_ending ON listing (kind, COALESCE(until_on, DATE '9999-12-31'), id) WHERE on_local;
CREATE INDEX listing_national_listed ON listing (kind, listed_at, id) WHERE on_national;
CREATE INDEX listing_national_value ON listing (kind, value, id) WHERE on_national;
CREATE INDEX listing_national_quantity ON listing (kind, quantity, id) WHERE on_national;
CREATE INDEX listing_national_name ON listing (kind, name, id) WHERE on_national;
CREATE INDEX listing_national_ending ON listing (kind, COALESCE(until_on, DATE '9999-12-31'), id) WHERE on_national;
-- What finds few, in any order.
CREATE INDEX listing_square_division ON listing (kind, division) WHERE on_local OR on_national;
CREATE INDEX listing_square_category ON listing (kind, category, division) WHERE on_local OR on_national;
-- One index for words and for what narrows them: pairs with a Chinese character, triples of Latin ones, and where
-- a listing belongs. A word that a tenth of all hold is met in the index with its division, not row by row.
CREATE FUNCTION listing_terms(p_search text, p_kind text, p_division text, p_category text, p_local boolean, p_national boolean)
  RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT array_agg(DISTINCT term)
    FROM (SELECT substr(run, place, 2) AS term
            FROM regexp_split_to_table(p_search, '[^a-z0-9\u2E80-\u9FFF\uF900-\uFAFF]+') AS run,
                 generate_series(1, length(run) - 1) AS place
           WHERE substr(run, place, 2) !~ '[a-z0-9]{2}'
           UNION ALL
          SELECT substr(run, place, 3)
            FROM regexp_split_to_table(p_search, '[^a-z0-9]+') AS run, generate_series(1, length(run) - 2) AS place
           UNION ALL
          VALUES ('kind:' || p_kind), ('division:' || p_division), ('category:' || p_category)
           UNION ALL
          SELECT 'tab:local' WHERE p_local
           UNION ALL
          SELECT 'tab:national' WHERE p_national) AS terms
$$;
CREATE INDEX listing_search ON listing
 USING gin (listing_terms(search, kind, division, category, on_local, on_national)) WHERE on_local OR on_national;
CREATE INDEX listing_photo ON listing (photo) WHERE photo IS NOT NULL AND (on_local OR on_national);
CREATE INDEX listing_unmatched ON listing (id) WHERE matched_at IS NULL AND (on_local OR on_national);
CREATE INDEX match_told_listing ON match_told (listing_id);

-- How many listings stand where, as sums of what was added and taken away: rows are only ever added, so that
-- nobody waits for anybody; the exchange process draws them together (exchange.square_counts).
CREATE TABLE listing_count (
  kind      text    NOT NULL,
  tab       text    NOT NULL CHECK (tab IN ('local', 'national')),
  division  text    NOT NULL,
  class     text    NOT NULL,
  status    text    NOT NULL,
  band      text    NOT NULL,
  n         bigint  NOT NULL
);
CREATE INDEX listing_count_tab ON listing_count (kind, tab);

INSERT INTO listing_count
SELECT kind, tab, division, class, status, band, count(*)
  FROM listing, unnest(ARRAY['local', 'national']) AS tab
 WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
 GROUP BY kind, tab, division, class, status, band;

CREATE FUNCTION listing_count_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO listing_count
  SELECT kind, tab, division, class, status, band, count(*)
    FROM fresh, unnest(ARRAY['local', 'national']) AS tab
   WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
   GROUP BY kind, tab, division, class, status, band;
  RETURN NULL;
END $$;
CREATE FUNCTION listing_count_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO listing_count
  SELECT kind, tab, division, class, status, band, sum(n)
    FROM (SELECT kind, on_local, on_national, division, class, status, band, 1 AS n FROM fresh
           UNION ALL
          SELECT kind, on_local, on_national, division, class, status, band, -1 FROM stale) AS moved,
         unnest(ARRAY['local', 'national']) AS tab
   WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
   GROUP BY kind, tab, division, class, status, band
  HAVING sum(n) <> 0;
  RETURN NULL;
END $$;
CREATE TRIGGER listing_counted_insert AFTER INSERT ON listing
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION listing_count_inserted();
CREATE TRIGGER listing_counted_update AFTER UPDATE ON listing
  REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION listing_count_updated();

-- A9: what the units of a province have that may be published, and what is, counted from indexes alone.
CREATE INDEX card_transferable ON card (unit_id, id) INCLUDE (photographed, status, shareable)
 WHERE status IN ('idle', 'to_dispose');
CREATE INDEX card_sharing ON card (unit_id, id) INCLUDE (photographed, status, shareable)
 WHERE shareable AND status <> 'disposed';
CREATE INDEX listing_live_card ON listing (card_id) INCLUDE (sheet_id) WHERE state IN ('listed', 'settling');
CREATE INDEX listing_live_unit ON listing (unit_id) WHERE on_local AND card_id IS NOT NULL;
CREATE INDEX review_open ON review (id) WHERE state IN ('draft', 'in_review', 'returned');
CREATE INDEX campaign_reminder_unit ON campaign_reminder (campaign_id, unit_id, at DESC);

GRANT SELECT ON listing_count TO panhuo_portal, panhuo_exchange;
GRANT INSERT, DELETE ON listing_count TO panhuo_exchange;
