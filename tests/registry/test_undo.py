"""What was just done is taken back once, within its seconds, by whoever did it (J5)."""

from datetime import timedelta

import pytest

from db import Connection, Refused, scalar
from registry import undo
from tests.registry.conftest import NOW, Person, Within

SECOND = timedelta(seconds=1)


def refused(
    conn: Connection, person: Person, key: int, *, login: str = "clerk", late: int = 0
) -> str:
    with pytest.raises(Refused) as caught:
        undo.take(conn, person(login), key, NOW + late * SECOND)
    return caught.value.code


def test_an_act_is_taken_back_once(conn: Connection, person: Person) -> None:
    key = undo.offer(conn, person("clerk"), "x.deleted", NOW, of=[1, 2])
    found = undo.take(conn, person("clerk"), key, NOW + 10 * SECOND)
    assert (found.act, found.facts) == ("x.deleted", {"of": [1, 2]})
    assert refused(conn, person, key, late=1) == "undo.taken"


def test_what_failed_may_be_tried_again(conn: Connection, person: Person) -> None:
    key = undo.offer(conn, person("clerk"), "x.deleted", NOW)
    with conn.transaction(force_rollback=True):
        undo.take(conn, person("clerk"), key, NOW)
    assert undo.take(conn, person("clerk"), key, NOW).act == "x.deleted"


def test_too_late_is_told_so_and_sooner_counts(conn: Connection, person: Person) -> None:
    key = undo.offer(conn, person("clerk"), "x.deleted", NOW)
    assert undo.LASTS > undo.SHOWN  # the message's own seconds, and its way
    assert refused(conn, person, key, late=int(undo.LASTS.total_seconds()) + 1) == "undo.too_late"


def test_nobody_else_takes_it_back(conn: Connection, person: Person) -> None:
    key = undo.offer(conn, person("clerk"), "x.deleted", NOW)
    assert refused(conn, person, key, login="colleague") == "undo.not_found"
    assert refused(conn, person, key + 1) == "undo.not_found"


def test_what_nobody_can_take_back_any_more_is_forgotten(conn: Connection, person: Person) -> None:
    undo.offer(conn, person("clerk"), "x.deleted", NOW)
    undo.offer(conn, person("clerk"), "y.deleted", NOW + undo.KEPT)
    undo.purge(Within(conn), NOW + undo.LASTS + undo.KEPT + SECOND)
    assert scalar(conn, "SELECT string_agg(act, ',') FROM undo") == "y.deleted"
