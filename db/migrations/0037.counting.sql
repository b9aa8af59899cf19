-- H4: uncounted is missing only once counting is over; what was seen elsewhere is found; a loss is what somebody has said of one card.
-- depends: 0035.throttle

-- Missing rows of tasks that still run stay, with what was explained of them: they are told once counting is over.
ALTER TABLE stocktake_difference DROP CONSTRAINT stocktake_difference_kind_check;
ALTER TABLE stocktake_difference
  ADD CONSTRAINT stocktake_difference_kind_check
    CHECK (kind IN ('missing', 'elsewhere', 'surplus', 'unlisted', 'changed', 'condition')),
  ADD COLUMN cause text NOT NULL DEFAULT '',   -- of a missing card: what became of it; '': nobody has said
  ADD COLUMN confirmed_at timestamptz;         -- somebody said that the count holds, though the card was changed after it

-- What a phone sends after counting was over: no count, but the thing was seen.
CREATE TABLE stocktake_late (
  client_id     uuid        PRIMARY KEY,
  stocktake_id  bigint      NOT NULL REFERENCES stocktake,
  card_id       bigint      NOT NULL REFERENCES card,
  counted_by    integer     NOT NULL REFERENCES app_user,
  counted_at    timestamptz NOT NULL,
  received_at   timestamptz NOT NULL,
  place         text        NOT NULL DEFAULT ''
);
CREATE INDEX stocktake_late_card ON stocktake_late (card_id);
GRANT SELECT, INSERT ON stocktake_late TO panhuo_portal;

-- Another unit's scan of a card has no card_id (J4), nor has a code that was bound to a card after its task was over.
CREATE INDEX stocktake_count_coded ON stocktake_count (code) WHERE card_id IS NULL AND outcome IN ('elsewhere', 'unknown');
CREATE INDEX unknown_code_card ON unknown_code (card_id) WHERE card_id IS NOT NULL;
-- A surplus settles the unknown code that was read off it.
CREATE INDEX stocktake_count_surplus ON stocktake_count (code) WHERE outcome = 'surplus' AND code <> '';

-- Where an expected card was seen since its task started, other than by a count of this task that stands:
-- by whom (of another unit: which), where, when, in which other task.
CREATE VIEW stocktake_sighting AS
    SELECT expected.stocktake_id, expected.card_id, person.name AS seen_by,
           COALESCE(NULLIF(count.place, ''), section.name, '') AS seen_where, count.counted_at AS seen_at,
           CASE WHEN other.id = own.id THEN '' ELSE other.name END AS seen_task
      FROM stocktake_expected AS expected
      JOIN stocktake AS own ON own.id = expected.stocktake_id
      JOIN stocktake_count AS count ON count.card_id = expected.card_id AND count.counted_at >= own.started_at
           AND count.standing <> 'undone' AND (count.stocktake_id <> own.id OR count.standing = 'noted')
      JOIN stocktake AS other ON other.id = count.stocktake_id AND other.unit_id = own.unit_id
      JOIN app_user AS person ON person.id = count.counted_by
      LEFT JOIN section ON section.id = person.section_id
    UNION ALL
    SELECT expected.stocktake_id, expected.card_id, person.name, COALESCE(NULLIF(late.place, ''), section.name, ''),
           late.counted_at, CASE WHEN other.id = own.id THEN '' ELSE other.name END
      FROM stocktake_expected AS expected
      JOIN stocktake AS own ON own.id = expected.stocktake_id
      JOIN stocktake_late AS late ON late.card_id = expected.card_id AND late.counted_at >= own.started_at
      JOIN stocktake AS other ON other.id = late.stocktake_id AND other.unit_id = own.unit_id
      JOIN app_user AS person ON person.id = late.counted_by
      LEFT JOIN section ON section.id = person.section_id
    UNION ALL
    SELECT expected.stocktake_id, expected.card_id, person.name, COALESCE(NULLIF(count.place, ''), section.name, ''),
           count.counted_at, CASE WHEN other.id = own.id THEN '' ELSE other.name END
      FROM stocktake_expected AS expected
      JOIN stocktake AS own ON own.id = expected.stocktake_id
      JOIN unknown_code AS bound ON bound.card_id = expected.card_id AND bound.unit_id = own.unit_id
      JOIN stocktake_count AS count ON count.code = bound.code AND count.card_id IS NULL AND count.outcome = 'unknown'
           AND count.counted_at >= own.started_at AND count.standing <> 'undone'
      JOIN stocktake AS other ON other.id = count.stocktake_id AND other.unit_id = own.unit_id
      JOIN app_user AS person ON person.id = count.counted_by
      LEFT JOIN section ON section.id = person.section_id
    UNION ALL
    SELECT expected.stocktake_id, expected.card_id, unit.name, '', count.counted_at, ''
      FROM stocktake_expected AS expected
      JOIN stocktake AS own ON own.id = expected.stocktake_id
      JOIN stocktake_count AS count ON count.code = expected.code AND count.card_id IS NULL AND count.outcome = 'elsewhere'
           AND count.counted_at >= own.started_at AND count.standing <> 'undone'
      JOIN stocktake AS other ON other.id = count.stocktake_id AND other.unit_id <> own.unit_id
      JOIN unit ON unit.id = other.unit_id;
GRANT SELECT ON stocktake_sighting TO panhuo_portal;

-- A code that was registered as a surplus, as long as that is being settled or has become a draft or a card.
CREATE VIEW stocktake_surplus AS
    SELECT task.unit_id, count.code, count.stocktake_id, task.name AS task, person.name AS registered_by, made.card_id
      FROM stocktake_count AS count
      JOIN stocktake AS task ON task.id = count.stocktake_id
      JOIN review ON review.id = task.review_id
      JOIN app_user AS person ON person.id = count.counted_by
      LEFT JOIN LATERAL (
           SELECT card_change.id, card_change.card_id
             FROM stocktake_difference AS difference
             JOIN stocktake_drafted AS drafted ON drafted.difference_id = difference.id
             JOIN card_change ON card_change.id = drafted.change_id
             JOIN review AS own ON own.id = card_change.review_id AND own.state <> 'void'
            WHERE difference.stocktake_id = count.stocktake_id AND difference.kind = 'surplus'
              AND difference.card_id IS NULL AND difference.count_id = count.id
            LIMIT 1) AS made ON true
     WHERE count.outcome = 'surplus' AND count.standing = 'valid' AND count.code <> ''
       AND (review.state <> 'approved' OR made.id IS NOT NULL);
GRANT SELECT ON stocktake_surplus TO panhuo_portal;

-- What is not counted is missing, or found elsewhere, only once counting is over.
CREATE FUNCTION stocktake_stands(difference stocktake_difference) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT difference.kind NOT IN ('missing', 'elsewhere')
        OR EXISTS (SELECT FROM stocktake AS task WHERE task.id = difference.stocktake_id AND task.closed_at IS NOT NULL)
$$;
GRANT EXECUTE ON FUNCTION stocktake_stands(stocktake_difference) TO panhuo_portal;

-- What of a difference is still to be drafted. A missing card: its loss, where somebody has said that it is lost.
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
        WHEN difference.kind = 'elsewhere' OR (difference.kind = 'missing' AND difference.cause <> 'lost') THEN '{}'
        WHEN EXISTS (SELECT FROM told) THEN '{}'
        ELSE ARRAY['whole']
    END
$$;
