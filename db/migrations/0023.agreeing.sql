-- H3: counts of several people that don't contradict each other stand side by side; what was decided against says so.
-- depends: 0015.stocktake

ALTER TABLE stocktake_count DROP CONSTRAINT stocktake_count_standing_check;
ALTER TABLE stocktake_count ADD CONSTRAINT stocktake_count_standing_check
  CHECK (standing IN ('valid', 'agrees', 'noted', 'superseded', 'overruled', 'undone', 'conflict'));
UPDATE stocktake_count SET standing = 'overruled' WHERE standing = 'superseded' AND decided_by IS NOT NULL;

-- All that is told of a card by those whose counts stand: of what only one can be right they say the same.
CREATE INDEX stocktake_count_told ON stocktake_count (stocktake_id, card_id) WHERE standing IN ('valid', 'agrees');
CREATE FUNCTION stocktake_told(p_stocktake bigint, p_card bigint)
  RETURNS TABLE (condition text, status text, place text, custodian text, note text, photos text[], doubtful boolean)
  LANGUAGE sql STABLE AS $$
    SELECT COALESCE(max(count.condition), ''), COALESCE(max(count.status), ''), max(count.place), max(count.custodian),
           COALESCE(string_agg(count.note, E'\n' ORDER BY count.id) FILTER (WHERE count.note <> ''), ''),
           ARRAY(SELECT DISTINCT digest FROM stocktake_count AS pictured, unnest(pictured.photos) AS digest
                  WHERE pictured.stocktake_id = p_stocktake AND pictured.card_id = p_card
                    AND pictured.standing IN ('valid', 'agrees')),
           COALESCE(bool_or(count.doubtful), false)
      FROM stocktake_count AS count
     WHERE count.stocktake_id = p_stocktake AND count.card_id = p_card AND count.standing IN ('valid', 'agrees')
$$;
GRANT EXECUTE ON FUNCTION stocktake_told(bigint, bigint) TO panhuo_portal;
