"""Entry campaigns (A9): by when everything publishable is to be published, and who is reminded."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, LiteralString

from psycopg.rows import class_row

from db import Connection, Refused, audit, scalar
from db.text import clean
from exchange import progress
from exchange.listings import ZONE
from exchange.progress import Progress, ProgressQuery
from registry import notices
from registry.cards.field import DEADLINE
from registry.notices import Event
from registry.org import User, preparers_of, visible_units

LONGEST_NAME: Final = 60
ADDRESS: Final = "/transfer/sheets"  # where its own preparers publish


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a body asks of the units in its sight. `ended_at`: None while it runs."""

    id: int
    name: str
    unit_id: int
    unit_name: str
    deadline: date
    created_by: str
    created_at: datetime
    ended_at: datetime | None


READ: LiteralString = """
    SELECT campaign.id, campaign.name, campaign.unit_id, unit.name AS unit_name, campaign.deadline,
           app_user.name AS created_by, campaign.created_at, campaign.ended_at
      FROM campaign
      JOIN unit ON unit.id = campaign.unit_id
      JOIN app_user ON app_user.id = campaign.created_by
     WHERE campaign.unit_id = %(unit)s
"""
OF_UNIT: LiteralString = " ORDER BY campaign.ended_at IS NOT NULL, campaign.id DESC"
ONE: LiteralString = " AND campaign.id = %(campaign)s FOR UPDATE OF campaign"


def oversees(conn: Connection, viewer: User) -> bool:
    """Whether somebody belongs to a department or a finance bureau, whose work this is."""
    return scalar(conn, KIND, unit=viewer.unit_id) in {"department", "finance"}


KIND: LiteralString = "SELECT kind FROM unit WHERE id = %(unit)s"


def campaigns(conn: Connection, viewer: User) -> list[Campaign]:
    """Those of the viewer's own body: the running one first, then the newest."""
    with conn.cursor(row_factory=class_row(Campaign)) as cursor:
        return cursor.execute(READ + OF_UNIT, {"unit": viewer.unit_id}).fetchall()


def _held(conn: Connection, actor: User, campaign: int) -> Campaign:
    """A running one of the actor's body, held: who else reminds, waits."""
    facts = {"unit": actor.unit_id, "campaign": campaign}
    with conn.cursor(row_factory=class_row(Campaign)) as cursor:
        found = cursor.execute(READ + ONE, facts).fetchone()
    if found is None:
        raise Refused("campaign.not_found")
    if found.ended_at:
        raise Refused("campaign.ended", name=found.name)
    return found


LOCK_BODY: LiteralString = "SELECT id FROM unit WHERE id = %(unit)s FOR NO KEY UPDATE"
RUNS: LiteralString = "SELECT name FROM campaign WHERE unit_id = %(unit)s AND ended_at IS NULL"
START: LiteralString = """
    INSERT INTO campaign (name, unit_id, deadline, created_by, created_at)
    VALUES (%(name)s, %(unit)s, %(deadline)s, %(by)s, %(now)s) RETURNING id
"""


def start(
    conn: Connection, actor: User, name: str, deadline: date, now: datetime, request: str = ""
) -> int:
    """Ask all units in the sight of the actor's body to publish by `deadline`; the new id.

    Raises Refused 'campaign.not_yours', 'campaign.name_missing', 'campaign.name_long',
    'campaign.deadline_past', 'campaign.deadline_far', 'campaign.runs_already'.
    """
    name = clean(name)
    if not oversees(conn, actor):
        raise Refused("campaign.not_yours")
    if not name:
        raise Refused("campaign.name_missing", field="name")
    if len(name) > LONGEST_NAME:
        raise Refused("campaign.name_long", field="name", most=LONGEST_NAME)
    today = now.astimezone(ZONE).date()
    if deadline < today:
        raise Refused("campaign.deadline_past", field="deadline")
    if deadline > DEADLINE.latest(today):
        latest = DEADLINE.latest(today).isoformat()
        raise Refused("campaign.deadline_far", field="deadline", most=latest)
    conn.execute(LOCK_BODY, {"unit": actor.unit_id})
    running = scalar(conn, RUNS, unit=actor.unit_id)
    if running is not None:
        raise Refused("campaign.runs_already", name=running)
    facts = {"name": name, "unit": actor.unit_id, "deadline": deadline, "by": actor.id}
    key = scalar(conn, START, **facts, now=now)
    assert isinstance(key, int)
    audit.record(conn, actor.login, "campaign.started", f"campaign:{key}", request,
                 name=name, deadline=deadline.isoformat())  # fmt: skip
    return key


END: LiteralString = "UPDATE campaign SET ended_at = %(now)s WHERE id = %(campaign)s"


def end(conn: Connection, actor: User, campaign: int, now: datetime, request: str = "") -> None:
    """End it. Raises Refused 'campaign.not_found', 'campaign.ended'."""
    one = _held(conn, actor, campaign)
    conn.execute(END, {"campaign": campaign, "now": now})
    audit.record(conn, actor.login, "campaign.ended", f"campaign:{campaign}", request,
                 name=one.name)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reminded:
    """Names of units: told; told today already; without a preparer who could be told."""

    told: list[str]
    already: list[str]
    nobody: list[str]


# Once a day and unit, whoever asks.
TODAY: LiteralString = """
    SELECT unit_id FROM campaign_reminder
     WHERE unit_id = ANY(%(units)s)
       AND (at AT TIME ZONE 'Asia/Shanghai')::date = %(today)s
"""
NOTE: LiteralString = """
    INSERT INTO campaign_reminder (campaign_id, unit_id, at, by)
    VALUES (%(campaign)s, %(unit)s, %(now)s, %(by)s)
"""
LAST: LiteralString = """
    SELECT unit_id, max(at) FROM campaign_reminder
     WHERE campaign_id = %(campaign)s AND unit_id = ANY(%(units)s) GROUP BY unit_id
"""


def last_reminded(conn: Connection, campaign: int, units: Collection[int]) -> dict[int, datetime]:
    """When each unit (its id) was reminded last. The caller has read the units in scope."""
    return dict(conn.execute(LAST, {"campaign": campaign, "units": list(units)}).fetchall())


def remind(
    conn: Connection,
    actor: User,
    campaign: int,
    units: Collection[int] | None,
    now: datetime,
    request: str = "",
) -> Reminded:
    """Remind those of `units` (ids; None: of all) that are behind, each once a day at most.

    Raises Refused 'campaign.not_found', 'campaign.ended', 'campaign.nobody_behind'.
    """
    one = _held(conn, actor, campaign)
    behind = _behind(conn, actor, units)
    if not behind:
        raise Refused("campaign.nobody_behind")
    asked = {"units": [unit.unit_id for unit in behind], "today": now.astimezone(ZONE).date()}
    today = {key for (key,) in conn.execute(TODAY, asked)}
    found = Reminded([], [], [])
    for unit in behind:
        people = preparers_of(conn, unit.unit_id)
        if unit.unit_id in today:
            found.already.append(unit.unit_name)
        elif not people:
            found.nobody.append(unit.unit_name)
        else:
            _tell(conn, actor, one, unit, people, now)
            found.told.append(unit.unit_name)
    if found.told:
        audit.record(conn, actor.login, "campaign.reminded", f"campaign:{campaign}", request,
                     units=found.told)  # fmt: skip
    return found


def _behind(conn: Connection, actor: User, units: Collection[int] | None) -> list[Progress]:
    """Those behind in the actor's scope (J4), by their ids."""
    visible = visible_units(conn, actor.id)
    asked = [unit for unit in visible if units is None or unit in units]
    rows = progress.of_units(conn, ProgressQuery(asked, behind=True))
    return sorted(rows, key=lambda row: row.unit_id)


def _tell(
    conn: Connection, actor: User, one: Campaign, unit: Progress, people: list[int], now: datetime
) -> None:
    facts = {"campaign": one.id, "unit": unit.unit_id, "now": now, "by": actor.id}
    conn.execute(NOTE, facts)
    said = {
        "title": one.name,
        "deadline": one.deadline.isoformat(),
        "number": str(unit.open + unit.drafted),
        "actor": actor.unit_name,
    }
    notices.tell(conn, people, Event.CAMPAIGN_REMINDER, ADDRESS, now, **said)
