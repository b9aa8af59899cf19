-- E1, E2: what is settled stays on the local tab for a while, with who took it; squares are filtered by where a
-- listing stands, and counted by it. on_local is no longer generated: for how long it is shown is a setting, and no
-- row is rewritten for it. The exchange process ends it (exchange.notice_period).
-- depends: 0038.orders

DROP TRIGGER listing_counted_insert ON listing;
DROP TRIGGER listing_counted_update ON listing;

ALTER TABLE listing ALTER COLUMN on_local DROP EXPRESSION IF EXISTS;
CREATE OR REPLACE FUNCTION listing_placed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' OR OLD.state <> NEW.state THEN
    NEW.on_local := NEW.origin IN ('own', 'linked') AND NEW.state IN ('listed', 'settling', 'settled');
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER listing_placed BEFORE INSERT OR UPDATE OF state ON listing
  FOR EACH ROW EXECUTE FUNCTION listing_placed();
UPDATE listing SET on_local = true
 WHERE state = 'settled' AND origin <> 'foreign' AND closed_at >= now() - interval '90 days';

-- Whose time on the local tab is over; and, of the few that are no longer to be had, those that are asked for.
CREATE INDEX listing_settled ON listing (on_local, closed_at) WHERE state = 'settled' AND origin <> 'foreign';
CREATE INDEX listing_square_state ON listing (kind, state) WHERE on_local AND state <> 'listed';
-- What has ended is no longer about to.
DROP INDEX listing_local_ending, listing_national_ending;
CREATE INDEX listing_local_ending
    ON listing (kind, (CASE WHEN state = 'settled' THEN DATE '9999-12-31' ELSE COALESCE(until_on, DATE '9999-12-31') END), id)
 WHERE on_local;
CREATE INDEX listing_national_ending
    ON listing (kind, (CASE WHEN state = 'settled' THEN DATE '9999-12-31' ELSE COALESCE(until_on, DATE '9999-12-31') END), id)
 WHERE on_national;
-- A9 counts what can be had.
DROP INDEX listing_live_unit;
CREATE INDEX listing_live_unit ON listing (unit_id) WHERE state IN ('listed', 'settling') AND card_id IS NOT NULL;

DELETE FROM listing_count;
ALTER TABLE listing_count ADD COLUMN state text NOT NULL;
INSERT INTO listing_count (kind, tab, division, class, status, band, state, n)
SELECT kind, tab, division, class, status, band, state, count(*)
  FROM listing, unnest(ARRAY['local', 'national']) AS tab
 WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
 GROUP BY kind, tab, division, class, status, band, state;

CREATE OR REPLACE FUNCTION listing_count_inserted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO listing_count (kind, tab, division, class, status, band, state, n)
  SELECT kind, tab, division, class, status, band, state, count(*)
    FROM fresh, unnest(ARRAY['local', 'national']) AS tab
   WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
   GROUP BY kind, tab, division, class, status, band, state;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION listing_count_updated() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO listing_count (kind, tab, division, class, status, band, state, n)
  SELECT kind, tab, division, class, status, band, state, sum(n)
    FROM (SELECT kind, on_local, on_national, division, class, status, band, state, 1 AS n FROM fresh
           UNION ALL
          SELECT kind, on_local, on_national, division, class, status, band, state, -1 FROM stale) AS moved,
         unnest(ARRAY['local', 'national']) AS tab
   WHERE CASE tab WHEN 'local' THEN on_local ELSE on_national END
   GROUP BY kind, tab, division, class, status, band, state
  HAVING sum(n) <> 0;
  RETURN NULL;
END $$;
CREATE TRIGGER listing_counted_insert AFTER INSERT ON listing
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION listing_count_inserted();
CREATE TRIGGER listing_counted_update AFTER UPDATE ON listing
  REFERENCING NEW TABLE AS fresh OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION listing_count_updated();
