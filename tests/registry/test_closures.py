"""The calendar of a unit: who keeps it, what it refuses, for whom a closure holds."""

from dataclasses import replace
from datetime import date, timedelta
from typing import LiteralString

import pytest

from db import Connection, Refused, scalar
from registry.org import User, closures
from registry.org.closures import ClosureForm
from tests.registry.conftest import NOW, Organisation, Person

JULY = date(2026, 7, 6)
AUGUST = date(2026, 8, 14)
YEAR = 2026


@pytest.fixture
def admin(person: Person) -> User:
    return person("admin")


@pytest.fixture
def local(conn: Connection, organisation: Organisation, person: Person) -> User:
    """The bureau's own administrator: keeps the bureau and the library below it."""
    conn.execute(
        "INSERT INTO user_role VALUES (%s, 'administrator')", (organisation.users["department"],)
    )
    return person("department")


@pytest.fixture
def library(organisation: Organisation) -> ClosureForm:
    return ClosureForm(organisation.units["图书馆"], JULY, AUGUST, "空调改造")


def refused(call: object, *arguments: object) -> Refused:
    with pytest.raises(Refused) as caught:
        call(*arguments)  # type: ignore[operator]  # any verb
    return caught.value


def test_a_closure_is_added_changed_and_removed_and_each_is_audited(
    conn: Connection, admin: User, library: ClosureForm
) -> None:
    key = closures.add(conn, admin, library, NOW)
    one = closures.required(conn, admin, key)
    assert (one.unit_name, one.since, one.until, one.days) == ("图书馆", JULY, AUGUST, 40)
    closures.change(conn, admin, key, replace(library, until=JULY, reason=" 停电 "), one.version)
    one = closures.required(conn, admin, key)
    assert (one.until, one.reason, one.days) == (JULY, "停电", 1)
    closures.remove(conn, admin, key)
    assert closures.closure(conn, admin, key) is None
    done = conn.execute(
        "SELECT action FROM audit_entry WHERE subject = %s ORDER BY id", (f"closure:{key}",)
    ).fetchall()
    assert done == [("closure.added",), ("closure.changed",), ("closure.removed",)]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"since": None}, "org.closure_day", "since"),
        ({"until": None}, "org.closure_day", "until"),
        ({"until": date(2101, 1, 1)}, "org.closure_day", "until"),
        ({"until": JULY - timedelta(days=1)}, "org.closure_turned", "until"),
        ({"until": JULY + timedelta(days=366)}, "org.closure_long", "until"),
        ({"reason": " \u3000"}, "org.closure_reason", "reason"),
        ({"reason": "长" * 101}, "org.closure_reason", "reason"),
    ],
)
def test_what_is_wrong_is_refused_with_its_field(
    conn: Connection, admin: User, library: ClosureForm, changes: dict[str, object],
    code: str, field: str,
) -> None:  # J3  # fmt: skip
    wrong = replace(library, **changes)  # type: ignore[arg-type]  # the fields' own types
    found = refused(closures.add, conn, admin, wrong, NOW)
    assert (found.code, found.facts["field"]) == (code, field)
    assert scalar(conn, "SELECT count(*) FROM closure") == 0


def test_a_whole_leap_year_is_not_too_long(
    conn: Connection, admin: User, library: ClosureForm
) -> None:
    whole = replace(library, since=date(2028, 1, 1), until=date(2028, 12, 31))
    assert closures.required(conn, admin, closures.add(conn, admin, whole, NOW)).days == 366


@pytest.mark.parametrize(
    ("since", "until"), [(JULY, JULY), (AUGUST, AUGUST), (JULY - timedelta(1), AUGUST)]
)
def test_closures_of_a_unit_never_overlap_and_the_other_one_is_named(
    conn: Connection, admin: User, library: ClosureForm, since: date, until: date
) -> None:
    closures.add(conn, admin, library, NOW)
    found = refused(closures.add, conn, admin, replace(library, since=since, until=until), NOW)
    assert found.code == "org.closure_overlaps"
    assert (found.facts["field"], found.facts["since"]) == ("since", JULY)
    assert (found.facts["until"], found.facts["reason"]) == (AUGUST, "空调改造")


def test_closures_may_touch_and_other_units_may_close_meanwhile(
    conn: Connection, admin: User, organisation: Organisation, library: ClosureForm
) -> None:
    closures.add(conn, admin, library, NOW)
    after = AUGUST + timedelta(days=1)
    closures.add(conn, admin, replace(library, since=after, until=after), NOW)
    closures.add(conn, admin, replace(library, unit_id=organisation.units["文体局"]), NOW)
    assert scalar(conn, "SELECT count(*) FROM closure") == 3


def test_a_change_into_another_closure_is_refused_and_nothing_changes(
    conn: Connection, admin: User, library: ClosureForm
) -> None:
    closures.add(conn, admin, library, NOW)
    day = AUGUST + timedelta(days=9)
    key = closures.add(conn, admin, replace(library, since=day, until=day), NOW)
    form = replace(library, since=AUGUST, until=day)
    assert refused(closures.change, conn, admin, key, form, 1).code == "org.closure_overlaps"
    assert closures.required(conn, admin, key).since == day


def test_a_change_of_what_somebody_has_changed_meanwhile_is_refused(
    conn: Connection, admin: User, library: ClosureForm
) -> None:
    key = closures.add(conn, admin, library, NOW)
    closures.change(conn, admin, key, replace(library, until=JULY), 1)
    assert refused(closures.change, conn, admin, key, library, 1).code == "org.closure_stale"
    assert refused(closures.change, conn, admin, key, library, None).code == "org.closure_stale"


def test_a_local_administrator_keeps_the_calendars_of_their_units_alone(
    conn: Connection, organisation: Organisation, admin: User, local: User, library: ClosureForm
) -> None:  # J4
    own = closures.add(conn, local, library, NOW)
    elsewhere = replace(library, unit_id=organisation.units["医院"])
    assert refused(closures.add, conn, local, elsewhere, NOW).code == "org.unit_not_found"
    key = closures.add(conn, admin, elsewhere, NOW)
    assert closures.closure(conn, local, key) is None
    assert refused(closures.change, conn, local, key, library, 1).code == "org.closure_not_found"
    assert refused(closures.remove, conn, local, key).code == "org.closure_not_found"
    assert refused(closures.change, conn, local, own, elsewhere, 1).code == "org.unit_not_found"
    assert [one.id for one in closures.closures(conn, local, YEAR, None, 9)] == [own]
    assert {one.id for one in closures.closures(conn, admin, YEAR, None, 9)} == {own, key}
    assert closures.closures(conn, local, YEAR, elsewhere.unit_id, 9) == []


def test_a_closure_of_the_body_above_is_shown_but_not_kept_below(
    conn: Connection, organisation: Organisation, admin: User, person: Person, library: ClosureForm
) -> None:
    conn.execute(
        "INSERT INTO user_role VALUES (%s, 'administrator')", (organisation.users["deputy"],)
    )
    deputy = person("deputy")
    key = closures.add(conn, admin, replace(library, unit_id=organisation.units["文体局"]), NOW)
    (found,) = closures.closures(conn, deputy, YEAR, None, 9)
    assert (found.id, found.kept) == (key, False)
    assert closures.closure(conn, deputy, key) is None


def test_the_calendar_of_a_year_has_what_touches_it(
    conn: Connection, organisation: Organisation, admin: User, library: ClosureForm
) -> None:
    turn = replace(library, since=date(2025, 12, 30), until=date(2026, 1, 2))
    closures.add(conn, admin, turn, NOW)
    closures.add(conn, admin, library, NOW)

    def found(year: int, unit: str | None = None, most: int = 9) -> list[date]:
        key = organisation.units[unit] if unit else None
        return [one.since for one in closures.closures(conn, admin, year, key, most)]

    assert found(2025) == [turn.since]
    assert found(2026) == [turn.since, JULY]
    assert found(2026, most=1) == [turn.since]
    assert found(2027) == []
    assert found(2026, "图书馆") == [turn.since, JULY]
    assert found(2026, "文体局") == []


def test_a_closure_holds_for_the_units_below(
    conn: Connection, organisation: Organisation, admin: User, library: ClosureForm
) -> None:
    bureau, below, other = (organisation.units[name] for name in ("文体局", "图书馆", "医院"))
    closures.add(conn, admin, replace(library, unit_id=bureau), NOW)
    closures.add(conn, admin, replace(library, reason="盘点"), NOW)
    found = closures.holding(conn, (bureau, below, other), AUGUST, AUGUST + timedelta(days=9))
    assert [one.reason for one in found[bureau]] == ["空调改造"]
    assert [one.reason for one in found[below]] == ["空调改造", "盘点"]
    assert other not in found
    assert closures.holding(conn, (below,), AUGUST + timedelta(days=1), date(2026, 12, 1)) == {}


CHANGED: LiteralString = """
    SELECT facts -> 'changed' FROM audit_entry
     WHERE subject = %(subject)s AND action = 'closure.changed'
"""


def test_a_move_to_another_unit_is_audited_by_the_codes_too_which_no_renaming_changes(
    conn: Connection, organisation: Organisation, admin: User, library: ClosureForm
) -> None:
    key = closures.add(conn, admin, library, NOW)
    to = replace(library, unit_id=organisation.units["医院"])
    closures.change(conn, admin, key, to, 1)
    changed = scalar(conn, CHANGED, subject=f"closure:{key}")
    assert isinstance(changed, dict)
    assert changed["unit_code"] == ["L", "H"]
    assert changed["unit_name"] == ["图书馆", "医院"]
