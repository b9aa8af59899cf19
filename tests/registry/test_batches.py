"""What came of a batch: kept for its sender, in both languages, for a while."""

from datetime import timedelta

from db import Database, single_connection
from db.roles import DatabaseRole
from registry import batches
from registry.batches import Act, Line
from registry.org import User, user
from registry.words import Label
from tests.fixtures.database import Copy
from tests.registry.conftest import NOW, organise

LINES = [
    Line("BD-2026-000001", "书架", "/changes/1", done=True, said=Label("已送审。", "Submitted.")),
    Line("", "", "", done=False, said=Label("没有这份单据。", "There is no such document.")),
]


def people(copy: Copy) -> tuple[User, User]:
    with single_connection(copy.url()) as conn:
        users = organise(conn).users
        clerk, colleague = (user(conn, users[login]) for login in ("clerk", "colleague"))
    assert clerk is not None
    assert colleague is not None
    return clerk, colleague


def test_a_result_is_read_by_its_sender_alone_as_it_was_kept(database: Copy) -> None:
    clerk, colleague = people(database)
    with Database(database.url(DatabaseRole.PORTAL)) as portal, portal.transaction("t") as conn:
        key = batches.keep(conn, clerk, Act.SUBMIT, "/changes?tab=draft", LINES, NOW)
        found = batches.batch(conn, clerk, key)
        assert batches.batch(conn, colleague, key) is None
    assert found is not None
    assert (found.act, found.back, found.lines) == (Act.SUBMIT, "/changes?tab=draft", LINES)
    assert (found.done, found.left) == (1, 1)


def test_results_are_forgotten_after_a_while(database: Copy) -> None:
    clerk, _colleague = people(database)
    with Database(database.url(DatabaseRole.PORTAL)) as portal:
        with portal.transaction("t") as conn:
            old, fresh = (
                batches.keep(conn, clerk, Act.DELETE, "/", LINES, NOW - age)
                for age in (batches.KEPT + timedelta(hours=1), timedelta(days=1))
            )
        with Database(database.url(DatabaseRole.EXCHANGE)) as exchange:
            batches.purge(exchange, NOW)
        with portal.transaction("t") as conn:
            assert batches.batch(conn, clerk, old) is None
            assert batches.batch(conn, clerk, fresh) is not None
