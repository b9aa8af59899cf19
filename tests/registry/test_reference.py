"""Reference lists come in whole or not at all, and each fault names its row and rule (J3)."""

import pytest

from db import Connection, Refused, scalar
from registry.cards import categories
from registry.org import divisions

HEAD = "code,name,level,parent\n"


@pytest.mark.parametrize(
    ("rows", "code", "facts"),
    [
        ("46x,海南,province,\n", "reference.code_malformed", {"row": 2, "code": "46x"}),
        ("460000,,province,\n", "reference.empty", {"row": 2, "column": "name"}),
        ("460000,海南,state,\n", "reference.level_unknown", {"row": 2, "level": "state"}),
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
    with pytest.raises(Refused) as refused:
        divisions.import_csv(conn, HEAD + rows)
    assert (refused.value.code, refused.value.facts) == (code, facts)
    assert scalar(conn, "SELECT count(*) FROM division") == 0


def test_missing_column_is_named(conn: Connection) -> None:
    with pytest.raises(Refused) as refused:
        categories.import_csv(conn, "code,name\nA01000000,房屋\n")
    assert refused.value.facts == {"column": "parent"}


def test_children_may_come_before_their_parents(conn: Connection) -> None:
    text = "code,name,parent\nA01010000,房屋,A01000000\nA01000000,房屋和构筑物,\n"
    assert categories.import_csv(conn, text) == 2


def test_second_import_renames_and_adds(conn: Connection) -> None:
    categories.import_csv(conn, "code,name,parent\nA01000000,房屋,\n")
    categories.import_csv(
        conn, "\ufeffcode,name,parent\nA01000000,房屋和构筑物,\nA01010000,房屋,A01000000\n"
    )
    assert scalar(conn, "SELECT name FROM category WHERE code = 'A01000000'") == "房屋和构筑物"
