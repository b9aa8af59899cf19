"""Differences found anew from what the counts say (H4)."""

from typing import LiteralString

from db import Connection, audit, scalar

# Until counting is over an uncounted card is still to be counted: nothing is missing, and what was
# explained of it before counting was resumed waits. What somebody else has seen is never missing;
# what is off the books by now is not looked for.
# What the standing counts say, against the cards as they were when the task started, or as they are
# where they were not to be counted. What no longer differs goes. An explanation stays with its
# difference as long as that is the same; what was explained is told where it is not.
REFRESH: LiteralString = """
    WITH told AS (
        SELECT card_id, max(condition) AS condition, max(status) AS status, max(place) AS place,
               max(custodian) AS custodian
          FROM stocktake_count
         WHERE stocktake_id = %(stocktake)s AND standing IN ('valid', 'agrees')
           AND card_id IS NOT NULL
         GROUP BY card_id
    ), books AS (
        SELECT card_id, place, custodian, status, true AS listed
          FROM stocktake_expected WHERE stocktake_id = %(stocktake)s
         UNION ALL
        SELECT card.id, card.place, card.custodian, card.status, false
          FROM told JOIN card ON card.id = told.card_id
         WHERE NOT EXISTS (SELECT FROM stocktake_expected AS expected
                            WHERE expected.stocktake_id = %(stocktake)s
                              AND expected.card_id = told.card_id)
    ), seen AS (
        SELECT books.card_id, books.listed, told.card_id IS NOT NULL AS seen, told.condition,
               jsonb_strip_nulls(jsonb_build_object(
                   'place', CASE WHEN told.place <> books.place THEN told.place END,
                   'custodian', CASE WHEN told.custodian <> books.custodian
                                     THEN told.custodian END,
                   'status', CASE WHEN told.status NOT IN ('', books.status)
                                  THEN told.status END)) AS after,
               jsonb_build_object('place', books.place, 'custodian', books.custodian,
                                  'status', books.status) AS before
          FROM books LEFT JOIN told ON told.card_id = books.card_id
    ), uncounted AS (
        SELECT seen.card_id, seen.before,
               EXISTS (SELECT FROM stocktake_sighting AS sighting
                        WHERE sighting.stocktake_id = %(stocktake)s
                          AND sighting.card_id = seen.card_id) AS sighted
          FROM seen
          JOIN card ON card.id = seen.card_id AND card.status <> 'disposed'
          JOIN stocktake ON stocktake.id = %(stocktake)s AND stocktake.unit_id = card.unit_id
         WHERE %(over)s AND NOT seen.seen
    ), found AS (
        SELECT CASE WHEN sighted THEN 'elsewhere' ELSE 'missing' END AS kind, card_id,
               NULL::bigint AS count_id, before, '{}'::jsonb AS after
          FROM uncounted
         UNION ALL
        SELECT 'surplus', NULL, id, '{}',
               jsonb_strip_nulls(jsonb_build_object(
                   'place', NULLIF(place, ''), 'custodian', NULLIF(custodian, ''),
                   'status', NULLIF(status, ''),
                   'condition', CASE WHEN condition IN ('repair', 'damaged') THEN condition END))
               || surplus
          FROM stocktake_count
         WHERE stocktake_id = %(stocktake)s AND standing = 'valid' AND outcome = 'surplus'
         UNION ALL
        SELECT 'unlisted', card_id, NULL, before, after FROM seen WHERE NOT listed
         UNION ALL
        SELECT 'changed', card_id, NULL, before, after FROM seen WHERE listed AND after <> '{}'
         UNION ALL
        SELECT 'condition', card_id, NULL, before, jsonb_build_object('condition', condition)
          FROM seen WHERE condition IN ('repair', 'damaged')
    ), gone AS (
        DELETE FROM stocktake_difference AS old
         WHERE old.stocktake_id = %(stocktake)s
           AND (%(over)s OR old.kind NOT IN ('missing', 'elsewhere')
                OR EXISTS (SELECT FROM seen WHERE seen.card_id = old.card_id AND seen.seen))
           AND NOT EXISTS (SELECT FROM found WHERE found.kind = old.kind
                              AND COALESCE(found.card_id, 0) = COALESCE(old.card_id, 0)
                              AND COALESCE(found.count_id, 0) = COALESCE(old.count_id, 0))
    ), written AS (
        INSERT INTO stocktake_difference (stocktake_id, kind, card_id, count_id, before, after)
        SELECT %(stocktake)s, kind, card_id, count_id, before, after FROM found
        ON CONFLICT (stocktake_id, kind, card_id, count_id) DO UPDATE
           SET before = excluded.before, after = excluded.after,
               explanation = CASE WHEN stocktake_difference.after = excluded.after
                                  THEN stocktake_difference.explanation ELSE '' END,
               explained_by = CASE WHEN stocktake_difference.after = excluded.after
                                   THEN stocktake_difference.explained_by END,
               explained_at = CASE WHEN stocktake_difference.after = excluded.after
                                   THEN stocktake_difference.explained_at END,
               confirmed_at = CASE WHEN stocktake_difference.after = excluded.after
                                   THEN stocktake_difference.confirmed_at END
         WHERE (stocktake_difference.before, stocktake_difference.after)
               <> (excluded.before, excluded.after)
        RETURNING id, explanation
    )
    SELECT old.id, old.explanation
      FROM written JOIN stocktake_difference AS old ON old.id = written.id
     WHERE written.explanation = '' AND old.explanation <> ''
     ORDER BY old.id
"""
NUMBER: LiteralString = """
    SELECT review.number FROM stocktake JOIN review ON review.id = stocktake.review_id
     WHERE stocktake.id = %(stocktake)s
"""


def refresh(conn: Connection, stocktake: int) -> None:
    """Find the differences anew, while counting goes on: nothing is missing yet (H4).

    One that is seen differently than it was explained is to be explained anew; what had been said
    of it is in the audit.
    """
    _find(conn, stocktake, over=False)


def conclude(conn: Connection, stocktake: int) -> None:
    """As `refresh`, once counting is over, and as long as the report is not submitted: what nobody
    has seen is missing, what others have seen is found elsewhere.
    """
    _find(conn, stocktake, over=True)


def _find(conn: Connection, stocktake: int, *, over: bool) -> None:
    rows = conn.execute(REFRESH, {"stocktake": stocktake, "over": over}).fetchall()
    opened: dict[int, str] = dict(rows)
    if opened:
        number = scalar(conn, NUMBER, stocktake=stocktake)
        audit.record(conn, "system:stocktake", "stocktake.explanation_void", f"stocktake:{number}",
                     explanations=opened)  # fmt: skip
