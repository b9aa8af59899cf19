"""J1: the audit log is append-only, chained, and verified without the database."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from db import Connection, audit, audit_checks, single_connection
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


MIGRATIONS = Path(__file__).parents[2] / "db/migrations"
# Whoever may choose a name chooses where its entry's fields end, where they are only joined.
NAME = "eve\x1fcard.viewed\x1fcard:1\x1f{}\x1f"


def rewritten(entry: Entry) -> Entry:
    """The entry of somebody with that NAME, made one of something harmless: the same bytes joined."""
    rest = entry.fields[3:]
    return replace(
        entry, actor="eve", action="card.viewed", subject="card:1", facts="{}",
        request="\x1f" + "\x1f".join(rest),
    )  # fmt: skip


def test_separator_in_a_name_lets_no_entry_be_rewritten(conn: Connection) -> None:
    audit.record(conn, NAME, "user.deleted", "user:clerk", "req-1")
    (entry,) = audit.entries(conn)
    forged = rewritten(entry)
    assert forged.hashed(1) == entry.hashed(1)  # joined, one can't be told from the other
    assert audit.verify([entry]).breaks == ()
    assert audit.verify([forged]).breaks == (Break(1, "changed"),)
    offline = Entry.from_json(forged.to_json())
    assert audit.verify([offline]).breaks == (Break(1, "changed"),)


def old_version(conn: Connection) -> None:
    """Entries are hashed as before the migration."""
    conn.execute((MIGRATIONS / "0033.audit_hash.rollback.sql").read_bytes())


def new_version(conn: Connection) -> None:
    conn.execute((MIGRATIONS / "0033.audit_hash.sql").read_bytes())


def test_entries_from_before_verify_and_what_could_be_rewritten_of_them_is_told(
    conn: Connection,
) -> None:
    old_version(conn)
    write(conn, 3)
    new_version(conn)
    assert audit.verify(write(conn, 2), audit.head(conn)).breaks == ()
    old_version(conn)
    audit.record(conn, NAME, "user.deleted", "user:clerk")
    entry = list(audit.entries(conn))[-1]
    for one in (entry, rewritten(entry)):
        assert audit.Walk((5, entry.previous)).follow(one) == [Break(6, "ambiguous")]


def test_no_entry_is_taken_in_the_older_form_after_one_in_the_newer(conn: Connection) -> None:
    write(conn, 2)
    old_version(conn)
    chain = write(conn, 1)
    assert audit.verify(chain, audit.head(conn)).breaks == (Break(3, "changed"),)


def test_slices_that_go_on_take_no_older_form_either(conn: Connection) -> None:
    now = datetime.now(UTC)
    write(conn, 2)
    audit_checks.begin(conn, "auditor", now)
    checked = audit_checks.advance(conn, "auditor", now)
    assert checked is not None
    assert checked.breaks == 0
    old_version(conn)
    write(conn, 1)
    audit_checks.begin(conn, "auditor", now)
    checked = audit_checks.advance(conn, "auditor", now)
    assert checked is not None
    assert checked.breaks == 1
