"""A category is found by what people call it, the best first, in a list of thousands (A3)."""

import pytest

from db import Connection, scalar
from ops import reference as shipped
from registry import tables
from registry.cards import categories, synonyms
from registry.org.reference import RowsWrong
from tests.fixtures.category_list import ITEMS, made_list


@pytest.fixture
def known(conn: Connection) -> Connection:
    """The shipped list, and its common names."""
    categories.import_csv(conn, shipped.text("categories"))
    synonyms.import_csv(conn, shipped.text("synonyms"))
    return conn


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("电脑", "A02010105"),
        ("笔记本", "A02010108"),
        ("书架", "A05010501"),
        ("汽车", "A02030500"),
        ("显微镜", "A02100000"),
        ("台式计算机", "A02010105"),
        ("计算机", "A02010100"),
        ("a0201", "A02010000"),
        ("A02010105", "A02010105"),
        ("打印", "A02021000"),
    ],
)
def test_a_category_is_found_by_its_common_name_the_best_first(
    known: Connection, typed: str, first: str
) -> None:
    assert categories.like(known, typed)[0].code == first


def test_a_match_says_by_which_name_and_below_what_it_stands(known: Connection) -> None:
    found = categories.like(known, "电脑")
    assert {one.code for one in found} == {"A02010100", "A02010105", "A02010108"}
    desktop = next(one for one in found if one.code == "A02010105")
    assert (desktop.name, desktop.synonym, desktop.above) == (
        "台式计算机", "电脑", ["设备", "信息化设备", "计算机"],
    )  # fmt: skip


def test_each_category_is_found_once_and_what_like_reads_is_taken_literally(
    known: Connection,
) -> None:
    codes = [one.code for one in categories.like(known, "电", 100)]
    assert len(codes) == len(set(codes))
    assert categories.like(known, "100%") == []


def test_a_level_is_what_stands_right_below_and_says_what_opens(known: Connection) -> None:
    found = categories.below(known, "A02010000")
    assert [(one.code, one.parent, one.opens) for one in found] == [
        ("A02010100", "A02010000", True),
        ("A02010200", "A02010000", False),
        ("A02010300", "A02010000", False),
    ]
    assert categories.below(known, "A02010105") == []


def test_the_levels_down_to_a_category_are_the_classes_and_each_ones_neighbours(
    known: Connection,
) -> None:
    found = categories.levels(known, "A02010105")
    parents = dict.fromkeys(one.parent for one in found)
    assert set(parents) == {"", "A02000000", "A02010000", "A02010100"}
    assert [one.code for one in found if one.parent == "A02010100"] == [
        "A02010104", "A02010105", "A02010108",
    ]  # fmt: skip
    classes = [one for one in found if not one.parent]
    assert categories.levels(known, "") == classes
    assert categories.levels(known, "A99999999") == classes


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("电脑", "A02010105"),
        (" ａ０２０１０１０５ ", "A02010105"),
        ("a0201", "A02010000"),
        ("A98765432", "A98765432"),  # whole, it may be another province's
        ("没有这一类", None),
        ("", None),
    ],
)
def test_what_is_typed_for_a_filter_means_one_category_or_none(
    known: Connection, typed: str, code: str | None
) -> None:
    assert categories.meant(known, typed) == code


def test_of_three_thousand_categories_those_that_are_meant_are_found_and_few_are_listed(
    conn: Connection,
) -> None:
    assert categories.import_csv(conn, made_list(ITEMS)) == ITEMS
    found = [categories.like(conn, typed) for typed in ("计", "显示", "A05", "镜", "没有这个")]
    assert [len(one) > 0 for one in found] == [True, True, True, True, False]
    assert max(map(len, found)) < ITEMS / 20
    for ask in (categories.below, categories.levels):
        assert ask(conn, "A01010000")


def test_a_list_of_common_names_takes_the_place_of_the_one_before(known: Connection) -> None:
    content = synonyms.export_csv(known)
    assert synonyms.import_table(known, tables.read("x.csv", content)) == synonyms.count(known)
    assert synonyms.import_csv(known, "name,code\n电子脑,A02010105\n") == 1
    assert [one.code for one in categories.like(known, "电子脑")] == ["A02010105"]
    assert categories.like(known, "汽车") == []


def test_wrong_rows_of_common_names_are_all_named_and_nothing_is_taken(known: Connection) -> None:
    before = synonyms.count(known)
    with pytest.raises(RowsWrong) as refused:
        synonyms.import_csv(known, "name,code\n,A99\n#N/A,A02010105\n")
    assert [(one.facts["row"], one.code) for one in refused.value.faults] == [
        (2, "reference.synonym"), (2, "reference.no_category"), (3, "import.error_value"),
    ]  # fmt: skip
    assert scalar(known, "SELECT count(*) FROM category_synonym") == before
