"""Differences between books and things (H4): found, explained, and drafted as card changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.text import clean
from registry.org import User
from registry.stocktake import reasons, tasks
from registry.stocktake.finding import refresh
from registry.stocktake.kinds import DifferenceKind, Stage
from registry.stocktake.rereading import read_task_anew

__all__ = [
    "After", "Difference", "Which", "close", "count_by_kind", "differences", "drafted", "explain",
    "newest", "page", "refresh", "reopen", "undrafted", "unexplained",
]  # fmt: skip

LONGEST_EXPLANATION: Final = 300
PAGE: Final = 50
GRAVEST: Final = [one.value for one in DifferenceKind]  # first


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `after`: as it was seen, by the card's field names. `photos`: digests.

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

    def __post_init__(self) -> None:
        """Rows carry plain text for the closed set, and refusals as they are kept."""
        object.__setattr__(self, "kind", DifferenceKind(self.kind))
        stored: Any = self.refusals
        object.__setattr__(self, "refusals", reasons.read(stored))


# A page is chosen before anything is joined to it: a task may have thousands. LIMIT NULL is all.
LIST: LiteralString = """
    WITH page AS (
        SELECT difference.*, COALESCE(expected.code, card.code, '') AS code,
               COALESCE(expected.name, card.name) AS name,
               COALESCE(expected.section_id, card.using_section_id) AS section_id,
               stocktake_left(difference) AS still,
               array_position(%(kinds)s::text[], difference.kind) AS grave
          FROM stocktake_difference AS difference
          LEFT JOIN stocktake_expected AS expected
                 ON expected.stocktake_id = difference.stocktake_id
                AND expected.card_id = difference.card_id
          LEFT JOIN card ON expected.card_id IS NULL AND card.id = difference.card_id
         WHERE difference.stocktake_id = %(stocktake)s
           AND (%(kind)s = '' OR difference.kind = %(kind)s)
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
           COALESCE(section.name, '') AS section, page.before,
           page.after || page.completed AS after,
           COALESCE(counter.name, '') AS counted_by, count.counted_at,
           COALESCE(count.clock_wrong, false) AS clock_wrong,
           COALESCE(count.clock_off, interval '0') AS clock_off,
           CASE WHEN page.count_id IS NULL THEN told.note ELSE count.note END AS note,
           CASE WHEN page.count_id IS NULL THEN told.photos ELSE count.photos END AS photos,
           page.explanation, COALESCE(explainer.name, '') AS explained_by,
           ARRAY(SELECT change_id FROM stocktake_drafted
                  WHERE difference_id = page.id AND change_id IS NOT NULL
                  ORDER BY change_id) AS changes,
           page.still AS left, page.refusals,
           EXISTS (SELECT FROM stocktake_drafted
                    WHERE difference_id = page.id AND change_id IS NULL) AS settled
      FROM page
      LEFT JOIN section ON section.id = page.section_id
      LEFT JOIN stocktake_count AS count
             ON count.id = page.count_id
             OR (page.count_id IS NULL AND count.stocktake_id = page.stocktake_id
                 AND count.card_id = page.card_id AND count.standing = 'valid')
     CROSS JOIN LATERAL stocktake_told(page.stocktake_id, page.card_id) AS told
      LEFT JOIN app_user AS counter ON counter.id = count.counted_by
      LEFT JOIN app_user AS explainer ON explainer.id = page.explained_by
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


def _listed(
    conn: Connection,
    stocktake: int,
    which: Which,
    limit: int | None,
    subjects: Sequence[int] | None = None,
) -> list[Difference]:
    ended, code, key = which.after or (None, None, None)
    facts = {"stocktake": stocktake, "kinds": GRAVEST, "kind": which.kind,
             "undrafted": which.undrafted, "after": ended, "code": code, "key": key,
             "limit": limit, "subjects": None if subjects is None else list(subjects)}  # fmt: skip
    with conn.cursor(row_factory=class_row(Difference)) as cursor:
        return cursor.execute(LIST, facts).fetchall()


UNEXPLAINED: LiteralString = """
    SELECT id FROM stocktake_difference
     WHERE stocktake_id = %(stocktake)s AND explanation = ''
       AND (%(kind)s = '' OR kind = %(kind)s)
       AND (%(seen)s::bigint IS NULL OR id <= %(seen)s)
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
    SELECT max(id) FROM stocktake_difference WHERE stocktake_id = %(stocktake)s
"""


def newest(conn: Connection, stocktake: int) -> int:
    """The highest id of a task's differences; 0 where there is none."""
    found = scalar(conn, NEWEST, stocktake=stocktake)
    return found if isinstance(found, int) else 0


EXPLAIN: LiteralString = """
    WITH before AS (
        SELECT id, explanation FROM stocktake_difference
         WHERE stocktake_id = %(stocktake)s AND id = ANY(%(differences)s)
         ORDER BY id FOR UPDATE
    )
    UPDATE stocktake_difference AS difference
       SET explanation = %(text)s, explained_by = %(by)s, explained_at = %(now)s
      FROM before WHERE before.id = difference.id
    RETURNING before.id, before.explanation
"""


def explain(
    conn: Connection,
    actor: User,
    stocktake: int,
    which: list[int],
    text: str,
    now: datetime,
    request: str,
) -> int:
    """Say why they differ; how many. What had been said of them otherwise is in the audit.

    Raises as `tasks.own`, or Refused 'difference.explanation_missing', '…_long'.
    """
    found, said = tasks.own(conn, actor, stocktake, Stage.RUNNING), clean(text, lines=True)
    if not said:
        raise Refused("difference.explanation_missing", field="explanation")
    if len(said) > LONGEST_EXPLANATION:
        raise Refused("difference.explanation_long", field="explanation", most=LONGEST_EXPLANATION)
    facts = {"stocktake": stocktake, "differences": which, "text": said, "by": actor.id}
    done = conn.execute(EXPLAIN, {**facts, "now": now}).fetchall()
    replaced = {key: [before, said] for key, before in sorted(done) if before not in {"", said}}
    audit.record(conn, actor.login, "stocktake.explained", f"stocktake:{found.number}", request,
                 differences=len(done), explanation=said, replaced=replaced)  # fmt: skip
    return len(done)


OPEN: LiteralString = """
    SELECT (SELECT count(*) FROM stocktake_difference
             WHERE stocktake_id = %(stocktake)s AND explanation = ''),
           (SELECT count(*) FROM stocktake_count
             WHERE stocktake_id = %(stocktake)s AND standing = 'conflict')
"""
CLOSE: LiteralString = "UPDATE stocktake SET closed_at = %(now)s WHERE id = %(stocktake)s"


def close(conn: Connection, actor: User, stocktake: int, now: datetime, request: str) -> None:
    """Counting is over: everything is counted or explained (H4).

    Raises as `tasks.own`, or Refused 'stocktake.not_explained' (how many), 'stocktake.conflicts'.
    """
    found = tasks.own(conn, actor, stocktake, Stage.RUNNING)
    refresh(conn, stocktake)
    row = conn.execute(OPEN, {"stocktake": stocktake}).fetchone()
    assert row is not None
    unexplained, conflicts = row
    if conflicts:
        raise Refused("stocktake.conflicts", count=conflicts)
    if unexplained:
        raise Refused("stocktake.not_explained", count=unexplained)
    conn.execute(CLOSE, {"stocktake": stocktake, "now": now})
    audit.record(conn, actor.login, "stocktake.closed", f"stocktake:{found.number}", request)


REOPEN: LiteralString = "UPDATE stocktake SET closed_at = NULL WHERE id = %(stocktake)s"


def reopen(conn: Connection, actor: User, stocktake: int, now: datetime, request: str) -> None:
    """Count again, as long as it is not under review; by codes as they are bound by now (H2).

    Raises as `tasks.own`.
    """
    found = tasks.own(conn, actor, stocktake, Stage.COUNTED)
    conn.execute(REOPEN, {"stocktake": stocktake})
    scans = read_task_anew(conn, actor, stocktake)
    audit.record(conn, actor.login, "stocktake.reopened", f"stocktake:{found.number}", request,
                 at=now.isoformat(), scans=scans)  # fmt: skip


COUNT: LiteralString = """
    SELECT kind, count(*), count(*) FILTER (WHERE explanation = '')
      FROM stocktake_difference WHERE stocktake_id = %(stocktake)s GROUP BY kind
"""


def count_by_kind(conn: Connection, stocktake: int) -> dict[DifferenceKind, tuple[int, int]]:
    """(how many, how many of them unexplained) by kind; kinds without any are left out."""
    rows = conn.execute(COUNT, {"stocktake": stocktake})
    return {DifferenceKind(kind): (number, unexplained) for kind, number, unexplained in rows}


DRAFTED: LiteralString = """
    SELECT (SELECT count(DISTINCT change_id)
              FROM stocktake_drafted JOIN stocktake_difference ON id = difference_id
             WHERE stocktake_id = %(stocktake)s),
           (SELECT count(*) FROM stocktake_difference AS difference
             WHERE stocktake_id = %(stocktake)s AND stocktake_left(difference) <> '{}')
"""


def drafted(conn: Connection, stocktake: int) -> tuple[int, int]:
    """(how many card changes were drafted, of how many differences something is not told yet)."""
    row = conn.execute(DRAFTED, {"stocktake": stocktake}).fetchone()
    assert row is not None
    changes, still = row
    return changes, still
