"""`panhuo rule`: what an operator reads, adds, and is told where it can't be."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from db import Connection, scalar, single_connection
from db.roles import DatabaseRole
from ops import reference
from ops.cli import main
from registry.cards import categories
from tests.fixtures.database import Copy

PC = "A02010105"  # 台式计算机, below 信息化设备


@pytest.fixture
def owner(database: Copy) -> Iterator[Connection]:
    """An installation that has imported its categories."""
    with single_connection(database.url(), autocommit=True) as conn:
        with conn.transaction():
            categories.import_csv(conn, reference.text("categories"))
        yield conn


def panhuo(database: Copy, *words: str) -> Result:
    environment = {"PANHUO_DATABASE_URL": database.url(DatabaseRole.PORTAL), "LC_ALL": "C.UTF-8"}
    return CliRunner().invoke(main, ["rule", *words], env=environment)


def test_list_shows_every_rule_with_its_norm_and_numbers_before_there_are_categories(
    database: Copy,
) -> None:
    said = panhuo(database, "list")
    assert said.exit_code == 0
    assert "A02100000 version 1  大型仪器（通用）" in said.output
    assert "1400 h a year = 7 h a day x 5 days x 40 weeks; R = 5.6 h a day" in said.output
    assert "gaps under 180 s are closed, what is under 60 s is dropped" in said.output
    assert "no such category is in the list of this installation" in said.output


@pytest.mark.usefixtures("owner")
def test_show_says_which_rule_holds_for_a_category(database: Copy) -> None:
    said = panhuo(database, "show", PC)
    assert f"For {PC} 台式计算机 holds A02010000 version 1:" in said.output
    said = panhuo(database, "show", "A05010501")
    assert said.output == "No rule holds for A05010501 书柜: its assets are not judged.\n"


def test_show_says_which_rule_holds_for_a_card(database: Copy, owner: Connection) -> None:
    owner.execute("INSERT INTO division VALUES ('460100', '海口市', 'prefecture', NULL)")
    owner.execute(
        "INSERT INTO unit (code, name, kind, division) VALUES ('u', 'u', 'unit', '460100')"
    )
    owner.execute(
        "INSERT INTO card (unit_id, code, name, category, type, quantity, measure,"
        " original_value, status)"
        " SELECT id, 'TY2026000001', 'pc', %s, 'general_equipment', 1, '台', 1, 'in_use' FROM unit",
        (PC,),
    )
    assert (
        f"For {PC} 台式计算机 holds A02010000"
        in panhuo(database, "show", "--card", "TY2026000001").output
    )
    said = panhuo(database, "show", "--card", "TY2026000002")
    assert said.exit_code == 1
    assert "TY2026000002" in said.output


def test_added_version_changes_what_was_said_holds_and_is_audited(
    database: Copy, owner: Connection
) -> None:
    said = panhuo(
        database, "add", PC, "--name", "教室电脑", "--source", "校办〔2026〕3 号",
        "--hours-a-day", "4", "--weeks-a-year", "40", "--by", "wang",
    )  # fmt: skip
    assert said.exit_code == 0
    assert f"{PC} version 1  教室电脑" in said.output
    said = panhuo(database, "add", PC, "--threshold", "0.05", "--by", "li")
    assert f"{PC} version 2  教室电脑" in said.output
    said = panhuo(database, "show", PC)
    assert f"holds {PC} version 2:" in said.output
    assert said.output.count("800 h a year = 4 h a day x 5 days x 40 weeks") == 2
    assert said.output.index("U under 5%") < said.output.index("U under 10%")
    entries = owner.execute(
        "SELECT subject, facts->>'by', facts->>'version' FROM audit_entry"
        " WHERE action = 'rule.added' ORDER BY id"
    ).fetchall()
    assert entries == [(f"rule:{PC}", "wang", "1"), (f"rule:{PC}", "li", "2")]


@pytest.mark.usefixtures("owner")
def test_first_version_takes_the_numbers_of_the_rule_that_held(database: Copy) -> None:
    said = panhuo(
        database, "add", "A02021004", "--name", "彩色打印机", "--source", "s", "--hours-a-day", "1"
    )
    assert "R = 1 h a day" in said.output
    assert "gaps under 180 s are closed, what is under 60 s is dropped" in said.output


@pytest.mark.parametrize(
    ("category", "words", "told"),
    [
        (PC, ("--hours-a-day", "30"), "hours_a_day is from 0.1 to 24, not 30.0."),
        (PC, ("--hours-a-day", "nan"), "hours_a_day is from 0.1 to 24, not nan."),
        ("A05010501", (), "Say hours_a_day."),
        (PC, ("--hours-a-day", "8", "--name", " "), "Say name."),
        (PC, ("--hours-a-day", "8", "--source", "x" * 201), "source has 200 characters at most."),
        (PC, ("--hours-a-day", "8", "--threshold", "0.3"), "upper_limit can't be below the threshold"),
        (PC, ("--hours-a-day", "8", "--minimum-days", "21"), "minimum_days is 20 at most"),
        ("A99999999", ("--hours-a-day", "8"), "No category A99999999 is in the list."),
    ],
)  # fmt: skip
def test_wrong_number_is_refused_with_its_field_and_rule_and_nothing_is_added(
    database: Copy, owner: Connection, category: str, words: tuple[str, ...], told: str
) -> None:
    before = scalar(owner, "SELECT count(*) FROM idle_rule")
    said = panhuo(database, "add", category, "--name", "n", "--source", "s", *words)
    assert said.exit_code == 1
    assert told in said.output
    assert scalar(owner, "SELECT count(*) FROM idle_rule") == before
