CREATE OR REPLACE FUNCTION stocktake_left(difference stocktake_difference) RETURNS text[] LANGUAGE sql STABLE AS $$
    WITH told AS (
        SELECT drafted.fields
          FROM stocktake_drafted AS drafted
          LEFT JOIN card_change ON card_change.id = drafted.change_id
          LEFT JOIN review ON review.id = card_change.review_id
         WHERE drafted.difference_id = difference.id AND review.state IS DISTINCT FROM 'void'
    )
    SELECT CASE
        WHEN difference.kind IN ('unlisted', 'changed') THEN ARRAY(
            SELECT key FROM jsonb_object_keys(difference.after) AS key
             WHERE NOT EXISTS (SELECT FROM told WHERE key = ANY(told.fields)) ORDER BY key)
        WHEN EXISTS (SELECT FROM told) THEN '{}'
        ELSE ARRAY['whole']
    END
$$;
DROP FUNCTION stocktake_stands(stocktake_difference);
DROP VIEW stocktake_surplus, stocktake_sighting;
DROP INDEX unknown_code_card, stocktake_count_surplus, stocktake_count_coded;
DROP TABLE stocktake_late;
UPDATE stocktake_difference SET kind = 'missing' WHERE kind = 'elsewhere';
ALTER TABLE stocktake_difference DROP COLUMN confirmed_at, DROP COLUMN cause;
ALTER TABLE stocktake_difference DROP CONSTRAINT stocktake_difference_kind_check;
ALTER TABLE stocktake_difference ADD CONSTRAINT stocktake_difference_kind_check
  CHECK (kind IN ('missing', 'surplus', 'unlisted', 'changed', 'condition'));
