"""Reference lists come in whole or not at all, and each fault names its row and rule (J3)."""

import pytest

from db import Connection, Refused, scalar
from ops import reference as shipped
from portal.words import words_for
from registry import tables
from registry.cards import categories
from registry.org import divisions, reference
from registry.org.reference import RowsWrong

HEAD = "code,name,level,parent\n"


@pytest.mark.parametrize(
    ("rows", "code", "facts"),
    [
        (
            "46x,海南,province,\n",
            "reference.code_malformed",
            {"row": 2, "code": "46x", "rule": divisions.RULE},
        ),
        ("460000,,province,\n", "reference.empty", {"row": 2, "column": "name"}),
        (
            "460000,海南,state,\n",
            "reference.level_unknown",
            {"row": 2, "level": "state", "levels": divisions.SAID},
        ),
        ("460100,海口,prefecture,469999\n", "reference.no_parent", {"row": 2, "parent": "469999"}),
        (
            "460000,a,province,\n460000,b,province,\n",
            "reference.code_twice",
            {"row": 3, "code": "460000"},
        ),
        (
            "460000,a,province,460100\n460100,b,county,460000\n",
            "reference.circle",
            {"row": 2, "code": "460000"},
        ),
        ("460000,a\n", "reference.row_short", {"row": 2}),
    ],
)
def test_fault_names_row_and_rule(
    conn: Connection, rows: str, code: str, facts: dict[str, object]
) -> None:
    with pytest.raises(RowsWrong) as refused:
        divisions.import_csv(conn, HEAD + rows)
    assert [(one.code, one.facts) for one in refused.value.faults] == [(code, facts)]
    assert scalar(conn, "SELECT count(*) FROM division") == 0


def test_every_wrong_row_is_named_in_its_order(conn: Connection) -> None:
    rows = (
        "460000,海南,province,\n46x,某地,county,460000\n460100\n"
        "460200,,prefecture,460000\n460300,c,state,460000\n460000,again,province,\n"
    )
    with pytest.raises(RowsWrong) as refused:
        divisions.import_csv(conn, HEAD + rows)
    assert [(one.facts["row"], one.code.partition(".")[2]) for one in refused.value.faults] == [
        (3, "code_malformed"),
        (4, "row_short"),
        (5, "empty"),
        (6, "level_unknown"),
        (7, "code_twice"),
    ]
    assert (refused.value.facts, refused.value.more) == ({"count": 5}, 0)
    assert scalar(conn, "SELECT count(*) FROM division") == 0


def test_everything_wrong_with_a_row_is_named_and_what_a_spreadsheet_lost_is_never_taken(
    conn: Connection,
) -> None:
    rows = "46x,,state,\n4.6E+05,海南,province,\n460000,#N/A,state,\n"
    with pytest.raises(RowsWrong) as refused:
        divisions.import_csv(conn, HEAD + rows)
    assert [(one.facts["row"], one.code) for one in refused.value.faults] == [
        (2, "reference.code_malformed"),
        (2, "reference.empty"),
        (2, "reference.level_unknown"),
        (3, "import.digits_lost"),
        (4, "import.error_value"),
        (4, "reference.level_unknown"),
    ]
    assert "A3" in words_for(refused.value.faults[3], "zh")


def test_every_row_without_its_parent_and_each_circle_is_named(conn: Connection) -> None:
    rows = (
        "460100,a,county,469999\n460200,b,county,460300\n460300,c,county,460200\n"
        "460400,d,county,460300\n460500,e,county,460500\n460600,f,county,468888\n"
    )
    with pytest.raises(RowsWrong) as refused:
        divisions.import_csv(conn, HEAD + rows)
    assert [(one.facts["row"], one.code.partition(".")[2]) for one in refused.value.faults] == [
        (2, "no_parent"),
        (3, "circle"),
        (6, "circle"),
        (7, "no_parent"),
    ]


def test_child_of_a_wrong_row_is_not_called_wrong_too(conn: Connection) -> None:
    rows = "46x,海南,province,\n460100,海口,prefecture,46x\n"
    with pytest.raises(RowsWrong) as refused:
        divisions.import_csv(conn, HEAD + rows)
    assert [one.code for one in refused.value.faults] == ["reference.code_malformed"]


def test_of_very_many_wrong_rows_the_first_are_named_and_all_counted(conn: Connection) -> None:
    with pytest.raises(RowsWrong) as refused:
        categories.import_csv(conn, "code,name,parent\n" + "x,某,\n" * 10_000)
    assert (refused.value.facts["count"], len(refused.value.faults)) == (10_000, reference.NAMED)
    assert refused.value.more == 10_000 - reference.NAMED
    assert refused.value.faults[0].facts["row"] == 2


def test_missing_column_is_named(conn: Connection) -> None:
    with pytest.raises(Refused) as refused:
        categories.import_csv(conn, "code,name\nA01000000,房屋\n")
    assert refused.value.facts == {"column": "parent", "columns": "code,name,parent"}


def test_children_may_come_before_their_parents(conn: Connection) -> None:
    text = "code,name,parent\nA01010000,房屋,A01000000\nA01000000,房屋和构筑物,\n"
    assert categories.import_csv(conn, text) == 2


def test_second_import_renames_and_adds(conn: Connection) -> None:
    categories.import_csv(conn, "code,name,parent\nA01000000,房屋,\n")
    categories.import_csv(
        conn, "\ufeffcode,name,parent\nA01000000,房屋和构筑物,\nA01010000,房屋,A01000000\n"
    )
    assert scalar(conn, "SELECT name FROM category WHERE code = 'A01000000'") == "房屋和构筑物"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_offices_encodings_and_delimiters_are_read_alike(
    conn: Connection, encoding: str, delimiter: str
) -> None:
    content = f"{HEAD}460000,海南省𠀀,province,\n".replace(",", delimiter).encode(encoding)
    assert divisions.import_table(conn, tables.read("x.csv", content)) == 1
    assert scalar(conn, "SELECT name FROM division") == "海南省𠀀"


@pytest.mark.parametrize("good", ["utf-8", "gb18030"])
def test_wrong_bytes_are_refused_with_their_row(good: str) -> None:
    content = (
        f"{HEAD}460000,海南省,province,\n460100,".encode(good) + b"\xff\xff,prefecture,460000\n"
    )
    with pytest.raises(Refused) as refused:
        tables.read("x.csv", content)
    assert refused.value.code == "import.undecodable"
    assert refused.value.facts["row"] == 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_unknown_level_names_row_field_and_every_level(conn: Connection, language: str) -> None:
    with pytest.raises(RowsWrong) as refused:
        divisions.import_csv(conn, HEAD + "460000,海南,省级,\n")
    said = words_for(refused.value.faults[0], language)
    for word in ("2", "level", "省级", *divisions.LEVELS):
        assert word in said


def test_lists_to_start_with_are_read_as_they_are_shipped(conn: Connection) -> None:
    assert divisions.import_csv(conn, shipped.text("divisions")) > 20
    assert categories.import_csv(conn, shipped.text("categories")) > 40
