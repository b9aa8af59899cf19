"""I3 and I5: an installation starts with rules, whatever comes first, and keeps its own."""

from importlib.resources import files
from typing import LiteralString

import pytest

from analytics import rules
from db import Connection
from db.roles import DatabaseRole
from ops import reference
from registry.cards import categories

CATEGORY: LiteralString = "INSERT INTO category VALUES (%s, %s, NULL)"
OWN: LiteralString = """
    INSERT INTO idle_rule (category, version, name, rated_hours, norm)
    VALUES ('A02000000', 3, 'ours', 3.2, 'special_instrument')
"""


def of_migration(name: str) -> bytes:
    return (files("db") / "migrations" / name).read_bytes()


def test_rules_come_with_the_schema_and_hold_once_the_categories_are_there(
    conn: Connection,
) -> None:
    assert rules.by_category(conn) == {}  # no categories yet
    assert len(rules.newest(conn)) >= 6
    categories.import_csv(conn, reference.text("categories"))
    holding = rules.by_category(conn)
    # category: hours of the norm a year, rated hours a working day
    assert {
        code: (holding[code].hours_a_year, holding[code].rated_hours)
        for code in ("A02010105", "A02100702", "A02320000", "A02021004", "A02030500", "A01010200")
    } == {
        "A02010105": (2000, 8),
        "A02100702": (1400, 5.6),
        "A02320000": (800, 3.2),
        "A02021004": (125, 0.5),
        "A02030500": (500, 2),
        "A01010200": (1000, 4),
    }
    assert "教高司条函〔2000〕010 号" in holding["A02100702"].source
    printer = holding["A02021004"]
    assert (printer.session_gap_s, printer.session_least_s) == (180, 60)
    assert all(rule.source and rule.made_by == "system:migration" for rule in holding.values())


def test_rules_come_to_an_installation_that_has_its_categories_already(conn: Connection) -> None:
    categories.import_csv(conn, reference.text("categories"))
    seeded = [(rule.category, rule.name) for rule in rules.newest(conn)]
    conn.execute(of_migration("0031.rules.rollback.sql"))
    conn.execute("DELETE FROM idle_rule")
    conn.execute(of_migration("0031.rules.sql"))
    assert [(rule.category, rule.name) for rule in rules.newest(conn)] == seeded
    assert rules.by_category(conn)["A02010105"].hours_a_year == 2000


def test_rules_that_an_installation_has_made_are_left_to_it(conn: Connection) -> None:
    conn.execute(of_migration("0031.rules.rollback.sql"))
    conn.execute("DELETE FROM idle_rule")
    conn.execute(CATEGORY, ("A02000000", "设备"))
    conn.execute(OWN)
    conn.execute(of_migration("0031.rules.sql"))
    (kept,) = rules.versions(conn)
    assert (kept.category, kept.version, kept.name) == ("A02000000", 3, "ours")
    assert kept.rated_hours == pytest.approx(3.2)
    assert kept.hours_a_year == pytest.approx(800)


def test_a_rule_that_was_judged_by_can_not_be_changed_only_followed(conn: Connection) -> None:
    portal = {"role": DatabaseRole.PORTAL.value}
    may = "SELECT has_table_privilege(%(role)s, 'idle_rule', %(what)s)"
    asked = {
        what: conn.execute(may, {**portal, "what": what}).fetchone()
        for what in ("INSERT", "UPDATE")
    }
    assert asked == {"INSERT": (True,), "UPDATE": (False,)}
