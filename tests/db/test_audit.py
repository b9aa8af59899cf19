"""J1: the audit log is append-only, chained, and verified without the database."""

from dataclasses import replace

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from db import Connection, audit, single_connection
from db.audit import Break, Entry
from db.roles import DatabaseRole
from tests.fixtures.database import Copy

WORDS: SearchStrategy[str] = st.text(st.characters(exclude_characters="\x00"), max_size=20).filter(
    lambda text: all(not "\ud800" <= letter <= "\udfff" for letter in text)
)


def write(conn: Connection, count: int) -> list[Entry]:
    for number in range(count):
        audit.record(
            conn, "clerk", "card.drafted", f"card:{number}", "req-1", name="书架", n=number
        )
    return list(audit.entries(conn))


def test_untouched_chain_verifies(conn: Connection) -> None:
    chain = write(conn, 20)
    verdict = audit.verify(chain, audit.head(conn))
    assert (verdict.entries, verdict.breaks) == (20, ())


def test_entry_survives_export_and_verifies_offline(conn: Connection) -> None:
    lines = [entry.to_json() for entry in write(conn, 3)]
    assert audit.verify(map(Entry.from_json, lines)).breaks == ()


@pytest.mark.parametrize("field", ["actor", "action", "subject", "facts", "request"])
def test_changed_field_is_found(conn: Connection, field: str) -> None:
    chain = write(conn, 5)
    forged = '{"n": 99}' if field == "facts" else "forged"
    chain[2] = replace(chain[2], **{field: forged})  # type: ignore[arg-type]  # all are str
    assert audit.verify(chain).breaks == (Break(chain[2].id, "changed"),)


def test_removed_entry_is_found(conn: Connection) -> None:
    chain = write(conn, 5)
    assert audit.verify(chain[:2] + chain[3:]).breaks[0] == Break(3, "missing")


def test_cut_end_is_found_by_the_head(conn: Connection) -> None:
    chain = write(conn, 5)
    assert audit.verify(chain[:-1], audit.head(conn)).breaks == (Break(5, "missing"),)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit_entry SET actor = 'nobody'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_head SET id = 0",
        "INSERT INTO audit_entry SELECT * FROM audit_entry",
    ],
)
@pytest.mark.parametrize(
    "role", [DatabaseRole.PORTAL, DatabaseRole.ANALYTICS, DatabaseRole.COLLECTOR]
)
def test_no_process_can_rewrite_the_log(
    shared_database: Copy, role: DatabaseRole, attack: str
) -> None:
    with (
        single_connection(shared_database.url(role)) as conn,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        conn.execute(attack)


@given(actor=WORDS.filter(bool), subject=WORDS, request=WORDS, fact=WORDS)
def test_any_words_hash_alike_in_sql_and_python(
    shared_database: Copy, actor: str, subject: str, request: str, fact: str
) -> None:
    with single_connection(shared_database.url()) as conn:
        audit.record(conn, actor, "card.drafted", subject, request, fact=fact)
        assert audit.verify(audit.entries(conn), audit.head(conn)).breaks == ()
        conn.rollback()
