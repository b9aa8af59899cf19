-- on_local stays a plain column, kept by its trigger: to generate it again would rewrite the table.
DROP TRIGGER listing_counted_insert ON listing;
DROP TRIGGER listing_counted_update ON listing;
CREATE OR REPLACE FUNCTION listing_placed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.on_local := NEW.origin IN ('own', 'linked') AND NEW.state IN ('listed', 'settling');
  RETURN NEW;
END $$;
UPDATE listing SET on_local = false WHERE on_local AND state = 'settled';
DROP INDEX listing_settled, listing_square_state, listing_local_ending, listing_national_ending, listing_live_unit;
CREATE INDEX listing_local_ending ON listing (kind, COALESCE(until_on, DATE '9999-12-31'), id) WHERE on_local;
CREATE INDEX listing_national_ending ON listing (kind, COALESCE(until_on, DATE '9999-12-31'), id) WHERE on_national;
CREATE INDEX listing_live_unit ON listing (unit_id) WHERE on_local AND card_id IS NOT NULL;
DELETE FROM listing_count;
ALTER TABLE listing_count DROP COLUMN state;
INSERT INTO listing_count (kind, tab, division, class, status, band, n)
SELECT kind, tab, division, class, status, band, count(*)
  FROM listing, unnest(ARRAY['local', 'national']) AS tab
 WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
 GROUP BY kind, tab, division, class, status, band;
CREATE OR REPLACE FUNCTION listing_count_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO listing_count (kind, tab, division, class, status, band, n)
  SELECT kind, tab, division, class, status, band, count(*)
    FROM fresh, unnest(ARRAY['local', 'national']) AS tab
   WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
   GROUP BY kind, tab, division, class, status, band;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION listing_count_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO listing_count (kind, tab, division, class, status, band, n)
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
