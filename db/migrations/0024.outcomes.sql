-- H4: things found that were not on the list; one card's difference may take several changes; why one was not drafted.
-- depends: 0023.agreeing

ALTER TABLE stocktake_difference DROP CONSTRAINT stocktake_difference_kind_check;
ALTER TABLE stocktake_difference
  ADD CONSTRAINT stocktake_difference_kind_check
    CHECK (kind IN ('missing', 'surplus', 'unlisted', 'changed', 'condition')),
  ADD COLUMN completed jsonb NOT NULL DEFAULT '{}',  -- of a surplus: what the preparer filled in beside what was counted
  ADD COLUMN refusals  jsonb NOT NULL DEFAULT '[]';  -- why it, or the rest of it, was not drafted: [{"code", "facts"}]

-- What of a difference a change tells; a change that is deleted told nothing.
CREATE TABLE stocktake_drafted (
  difference_id  bigint  NOT NULL REFERENCES stocktake_difference ON DELETE CASCADE,
  change_id      bigint  REFERENCES card_change ON DELETE CASCADE,  -- NULL: the card says so already
  fields         text[]  NOT NULL,                -- of its `after`
  UNIQUE NULLS NOT DISTINCT (difference_id, change_id)
);
CREATE INDEX stocktake_drafted_change ON stocktake_drafted (change_id);
-- A change that left something out (a custodian beside a status) told just what it said.
INSERT INTO stocktake_drafted (difference_id, change_id, fields)
SELECT difference.id, card_change.id,
       ARRAY(SELECT key FROM jsonb_object_keys(difference.after) AS key
              WHERE difference.kind <> 'changed' OR card_change.after ? key)
  FROM stocktake_difference AS difference JOIN card_change ON card_change.id = difference.change_id;
ALTER TABLE stocktake_difference DROP COLUMN change_id;

-- What of a difference no change tells yet, but for those that were made void; 'whole' where one change tells all or none.
CREATE FUNCTION stocktake_left(difference stocktake_difference) RETURNS text[] LANGUAGE sql STABLE AS $$
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

GRANT SELECT, INSERT, UPDATE, DELETE ON stocktake_drafted TO panhuo_portal;
GRANT EXECUTE ON FUNCTION stocktake_left(stocktake_difference) TO panhuo_portal;
