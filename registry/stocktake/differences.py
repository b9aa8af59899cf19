"""Differences between books and things as they are read (H4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, scalar
from registry.stocktake import reasons
from registry.stocktake.finding import conclude, refresh
from registry.stocktake.kinds import NEVER_LOST, Cause, DifferenceKind
from registry.stocktake.sightings import Sighting

__all__ = [
    "After", "Difference", "Followed", "Newer", "Which", "by_id", "conclude", "count_by_kind",
    "differences", "drafted", "newest", "page", "refresh", "undrafted", "unexplained",
]  # fmt: skip

PAGE: Final = 50
GRAVEST: Final = [one.value for one in DifferenceKind]  # first


@dataclass(frozen=True, slots=True)
class Newer:
    """An approved change by which the card says otherwise since it was counted."""

    change: int
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `after`: as it was seen, by the card's field names. `photos`: digests.
    `cause`: of a missing card, what became of it, once somebody has said so. `seen_by`,
    `seen_where`, `seen_at`, `seen_task`: of one that nobody counted, where it was seen.
    `newer_id`, `newer_number`, `newer_at`: of what is left, what the card says since (`newer`).

    `changes`: ids of the card changes that tell it. `left`: of `after` what none tells yet (or
    'whole', where one change tells all); `refusals`: why not. `settled`: the card says some of it
    already. `clock_wrong`, `clock_off`: of who counted, as in `counts.Seen`.
    """

    id: int
    kind: DifferenceKind
    card_id: int | None
    code: str
    name: str
    section: str
    card_type: str
    cause: str
    before: Mapping[str, str]
    after: Mapping[str, Any]
    counted_by: str
    counted_at: datetime | None
    clock_wrong: bool
    clock_off: timedelta
    note: str
    photos: list[str]
    explanation: str
    explained_by: str
    changes: list[int]
    left: list[str]
    refusals: Sequence[Refused]
    settled: bool
    seen_by: str | None
    seen_where: str | None
    seen_at: datetime | None
    seen_task: str | None
    newer_id: int | None
    newer_number: str | None
    newer_at: datetime | None

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set, and refusals as they are kept."""
        object.__setattr__(self, "kind", DifferenceKind(self.kind))
        stored: Any = self.refusals
        object.__setattr__(self, "refusals", reasons.read(stored))

    @property
    def sighting(self) -> Sighting | None:
        """Where a card that nobody counted was seen."""
        if self.seen_at is None:
            return None
        return Sighting(self.seen_by or "", self.seen_where or "", self.seen_at,
                        self.seen_task or "")  # fmt: skip

    @property
    def newer(self) -> Newer | None:
        """What was changed after the count, and says otherwise: the count may be out of date."""
        if self.newer_id is None or self.newer_at is None:
            return None
        return Newer(self.newer_id, self.newer_number or "", self.newer_at)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What may be said of it: of a missing card, never that a building or land was lost, nor
        what somebody has seen.
        """
        if self.kind is not DifferenceKind.MISSING:
            return ()
        lost = self.card_type not in NEVER_LOST and self.sighting is None
        return tuple(one for one in Cause if lost or one is not Cause.LOST)


# A page is chosen before anything is joined to it: a task may have thousands. LIMIT NULL is all.
LIST: LiteralString = """
    WITH page AS (
        SELECT difference.*, COALESCE(expected.code, card.code, '') AS code,
               COALESCE(expected.name, card.name) AS name,
               COALESCE(expected.section_id, card.using_section_id) AS section_id,
               COALESCE(expected.card_type, card.type, '') AS card_type,
               stocktake_left(difference) AS still,
               array_position(%(kinds)s::text[], difference.kind) AS grave
          FROM stocktake_difference AS difference
          LEFT JOIN stocktake_expected AS expected
                 ON expected.stocktake_id = difference.stocktake_id
                AND expected.card_id = difference.card_id
          LEFT JOIN card ON expected.card_id IS NULL AND card.id = difference.card_id
         WHERE difference.stocktake_id = %(stocktake)s
           AND stocktake_stands(difference)
           AND (%(kind)s = '' OR difference.kind = %(kind)s)
           AND (%(difference)s::bigint IS NULL OR difference.id = %(difference)s)
           AND (%(subjects)s::bigint[] IS NULL
                OR COALESCE(difference.card_id, -difference.id) = ANY(%(subjects)s))
           AND (NOT %(undrafted)s OR stocktake_left(difference) <> '{}')
           AND (%(key)s::bigint IS NULL
                OR (array_position(%(kinds)s::text[], difference.kind),
                    COALESCE(expected.code, card.code, ''), difference.id)
                   > (array_position(%(kinds)s::text[], %(after)s::text), %(code)s, %(key)s))
         ORDER BY grave, code, difference.id
         LIMIT %(limit)s
    )
    SELECT page.id, page.kind, page.card_id, page.code,
           COALESCE(page.name, page.completed->>'name', page.after->>'name', '') AS name,
           COALESCE(section.name, '') AS section, page.card_type, page.cause, page.before,
           page.after || page.completed AS after,
           COALESCE(counter.name, '') AS counted_by, count.counted_at,
           COALESCE(count.clock_wrong, false) AS clock_wrong,
           COALESCE(count.clock_off, interval '0') AS clock_off,
           CASE WHEN page.count_id IS NULL THEN told.note ELSE count.note END AS note,
           CASE WHEN page.count_id IS NULL THEN told.photos ELSE count.photos END AS photos,
           page.explanation, COALESCE(explainer.name, '') AS explained_by,
           ARRAY(SELECT change_id FROM stocktake_drafted
                   JOIN card_change ON card_change.id = change_id
                   JOIN review ON review.id = card_change.review_id
                  WHERE difference_id = page.id AND (review.state <> 'void' OR review.round > 0)
                  ORDER BY change_id) AS changes,
           page.still AS left, page.refusals,
           EXISTS (SELECT FROM stocktake_drafted
                    WHERE difference_id = page.id AND change_id IS NULL) AS settled,
           sighting.seen_by, sighting.seen_where, sighting.seen_at, sighting.seen_task,
           newer.id AS newer_id, newer.number AS newer_number, newer.applied_at AS newer_at
      FROM page
      LEFT JOIN section ON section.id = page.section_id
      LEFT JOIN stocktake_count AS count
             ON count.id = page.count_id
             OR (page.count_id IS NULL AND count.stocktake_id = page.stocktake_id
                 AND count.card_id = page.card_id AND count.standing = 'valid')
     CROSS JOIN LATERAL stocktake_told(page.stocktake_id, page.card_id) AS told
      LEFT JOIN app_user AS counter ON counter.id = count.counted_by
      LEFT JOIN app_user AS explainer ON explainer.id = page.explained_by
      LEFT JOIN LATERAL (
           SELECT * FROM stocktake_sighting AS seen
            WHERE seen.stocktake_id = page.stocktake_id AND seen.card_id = page.card_id
            ORDER BY seen.seen_at DESC, seen.seen_by LIMIT 1) AS sighting
             ON page.kind IN ('missing', 'elsewhere')
      LEFT JOIN LATERAL (
           SELECT card_change.id, review.number, card_change.applied_at
             FROM card_change
             JOIN review ON review.id = card_change.review_id
             JOIN card AS now ON now.id = card_change.card_id
            WHERE card_change.card_id = page.card_id
              AND card_change.applied_at > greatest(count.counted_at, page.confirmed_at)
              AND (EXISTS (SELECT FROM jsonb_each_text(page.after) AS told
                            WHERE told.key = ANY(page.still) AND card_change.after ? told.key
                              AND told.value IS DISTINCT FROM (jsonb_build_object(
                                  'place', now.place, 'custodian', now.custodian,
                                  'status', now.status) ->> told.key))
                   OR (page.kind = 'condition'
                       AND NOT (page.after->>'condition' = 'damaged' AND now.status = 'to_dispose')
                       AND (card_change.kind = 'repair' OR card_change.after ? 'status')))
              AND NOT EXISTS (
                  SELECT FROM stocktake_drafted AS own
                    JOIN stocktake_difference AS cause ON cause.id = own.difference_id
                   WHERE own.change_id = card_change.id
                     AND cause.stocktake_id = page.stocktake_id)
            ORDER BY card_change.applied_at DESC, card_change.id DESC LIMIT 1) AS newer
             ON page.still <> '{}' AND page.kind IN ('unlisted', 'changed', 'condition')
     ORDER BY page.grave, page.code, page.id
"""
After = tuple[DifferenceKind, str, int]  # kind, code and id of the one with which a page ended


def differences(conn: Connection, stocktake: int, kind: str = "") -> list[Difference]:
    """Every difference (of a kind), the gravest first. The caller has checked who may see them."""
    return _listed(conn, stocktake, Which(kind), None)


@dataclass(frozen=True, slots=True)
class Which:
    """Those of a kind ('': all), or just what no change tells yet; after where a page ended."""

    kind: str = ""
    undrafted: bool = False
    after: After | None = None


def page(conn: Connection, stocktake: int, which: Which) -> tuple[list[Difference], bool]:
    """(a page of them, whether there are more). The caller has checked who may see the task."""
    rows = _listed(conn, stocktake, which, PAGE + 1)
    return rows[:PAGE], len(rows) > PAGE


def undrafted(conn: Connection, stocktake: int, subjects: Sequence[int]) -> list[Difference]:
    """Those of which something is not told by a card change yet, of these cards (their ids), and
    surpluses (their differences' ids, less than 0). The caller has checked, too.
    """
    return _listed(conn, stocktake, Which(undrafted=True), None, subjects)


def by_id(conn: Connection, stocktake: int, difference: int) -> Difference:
    """The one with this id; the caller has checked, too.

    Raises Refused 'difference.no_such_difference'.
    """
    for one in _listed(conn, stocktake, Which(), None, difference=difference):
        return one
    raise Refused("difference.no_such_difference")


def _listed(
    conn: Connection,
    stocktake: int,
    which: Which,
    limit: int | None,
    subjects: Sequence[int] | None = None,
    difference: int | None = None,
) -> list[Difference]:
    ended, code, key = which.after or (None, None, None)
    facts = {"stocktake": stocktake, "kinds": GRAVEST, "kind": which.kind,
             "undrafted": which.undrafted, "after": ended, "code": code, "key": key,
             "limit": limit, "difference": difference,
             "subjects": None if subjects is None else list(subjects)}  # fmt: skip
    with conn.cursor(row_factory=class_row(Difference)) as cursor:
        return cursor.execute(LIST, facts).fetchall()


UNEXPLAINED: LiteralString = """
    SELECT difference.id FROM stocktake_difference AS difference
     WHERE stocktake_id = %(stocktake)s AND explanation = ''
       AND (%(kind)s = '' OR kind = %(kind)s)
       AND (%(seen)s::bigint IS NULL OR difference.id <= %(seen)s)
       AND stocktake_stands(difference)
"""


def unexplained(
    conn: Connection, stocktake: int, kind: str = "", seen: int | None = None
) -> list[int]:
    """The ids of those, of a kind or all, that nobody has explained; up to the newest that was
    `seen` (`newest`): what has come since was explained by nobody.
    """
    found = conn.execute(UNEXPLAINED, {"stocktake": stocktake, "kind": kind, "seen": seen})
    return [key for (key,) in found]


NEWEST: LiteralString = """
    SELECT max(difference.id) FROM stocktake_difference AS difference
     WHERE difference.stocktake_id = %(stocktake)s
       AND stocktake_stands(difference)
"""


def newest(conn: Connection, stocktake: int) -> int:
    """The highest id of a task's differences; 0 where there is none."""
    found = scalar(conn, NEWEST, stocktake=stocktake)
    return found if isinstance(found, int) else 0


COUNT: LiteralString = """
    SELECT kind, count(*), count(*) FILTER (WHERE explanation = '')
      FROM stocktake_difference AS difference WHERE stocktake_id = %(stocktake)s
       AND stocktake_stands(difference)
     GROUP BY kind
"""


def count_by_kind(conn: Connection, stocktake: int) -> dict[DifferenceKind, tuple[int, int]]:
    """(how many, how many of them unexplained) by kind; kinds without any are left out."""
    rows = conn.execute(COUNT, {"stocktake": stocktake})
    return {DifferenceKind(kind): (number, unexplained) for kind, number, unexplained in rows}


# A draft that was deleted before anybody had seen it is nothing that has followed.
DRAFTED: LiteralString = """
    SELECT (SELECT count(DISTINCT change_id)
              FROM stocktake_drafted AS drafted
              JOIN stocktake_difference AS own ON own.id = drafted.difference_id
              JOIN card_change ON card_change.id = drafted.change_id
              JOIN review ON review.id = card_change.review_id
             WHERE own.stocktake_id = %(stocktake)s
               AND (review.state <> 'void' OR review.round > 0)),
           count(*) FILTER (WHERE kind <> 'missing'), count(*) FILTER (WHERE kind = 'missing')
      FROM stocktake_difference AS difference
     WHERE stocktake_id = %(stocktake)s AND stocktake_left(difference) <> '{}'
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """What has followed from a task: how many card changes were drafted, of how many differences
    something is not told yet, and how many losses are to be drafted, one by one.
    """

    changes: int
    left: int
    losses: int


def drafted(conn: Connection, stocktake: int) -> Followed:
    """What has followed from a task's differences, and what is still to follow."""
    row = conn.execute(DRAFTED, {"stocktake": stocktake}).fetchone()
    assert row is not None
    return Followed(*row)
