"""The tree of units: no circles, nobody left behind in a closed one, no reach beyond scope (J4)."""

from dataclasses import replace

import pytest

from db import Connection, Refused, scalar
from registry.org import UnitKind, User, divisions, people, structure, unit_search, unit_sections
from registry.org.structure import UnitForm
from registry.review import Body, DocumentKind
from registry.review.nodes import chains, set_chain
from tests.registry.conftest import NOW, MakeCard, Organisation, Person


@pytest.fixture
def admin(person: Person) -> User:
    return person("admin")


@pytest.fixture
def local(conn: Connection, organisation: Organisation, person: Person) -> User:
    conn.execute(
        "INSERT INTO user_role VALUES (%s, 'administrator')", (organisation.users["department"],)
    )
    return person("department")


def form(conn: Connection, manager: User, unit_id: int, **changes: object) -> tuple[UnitForm, int]:
    one = structure.required(conn, manager, unit_id)
    base = UnitForm(
        one.code, one.name, one.kind, one.division, one.parent_id, one.address, one.phone
    )
    return replace(base, **changes), one.version  # type: ignore[arg-type]  # the fields' own types


def refused(call: object, *arguments: object) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments)  # type: ignore[operator]  # any verb
    return caught.value.code


def test_unit_is_renamed_and_moved(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    hospital = organisation.units["医院"]
    wanted, seen = form(
        conn, admin, hospital, name="市医院", parent_id=organisation.units["文体局"]
    )
    after = structure.change(conn, admin, hospital, wanted, seen, NOW)
    assert (after.name, after.parent_name, after.version) == ("市医院", "文体局", seen + 1)
    assert refused(structure.change, conn, admin, hospital, wanted, seen, NOW) == "org.unit_stale"


@pytest.mark.parametrize(
    "typed", ["l", " Ｌ ", "图书馆(新馆)", "图书馆（新馆）", "Ｌ　图书馆（新馆）"]
)
def test_a_unit_is_typed_by_code_or_name_wide_or_narrow_in_any_case(
    conn: Connection, organisation: Organisation, admin: User, typed: str
) -> None:  # J3
    library = organisation.units["图书馆"]
    conn.execute("UPDATE unit SET name = '图书馆（新馆）' WHERE id = %s", (library,))
    assert unit_search.typed(conn, admin, typed) == library
    assert ("L", "图书馆（新馆）") in unit_search.like(
        conn, admin, typed.rsplit("\u3000", maxsplit=1)[-1]
    )
    assert ("460100", "海口市") in divisions.like(conn, "４６０１")


def test_unit_is_never_below_itself(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    bureau = organisation.units["文体局"]
    for above in (bureau, organisation.units["图书馆"]):
        wanted, seen = form(conn, admin, bureau, parent_id=above)
        assert (
            refused(structure.change, conn, admin, bureau, wanted, seen, NOW) == "org.unit_circle"
        )


def test_taken_code_unknown_division_and_empty_name_are_refused(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    hospital = organisation.units["医院"]
    for changes, code in (
        ({"code": "L"}, "org.unit_taken"),
        ({"division": "999999"}, "org.unit_above_unknown"),
        ({"name": " "}, "org.unit_lacks"),
    ):
        wanted, seen = form(conn, admin, hospital, **changes)
        assert refused(structure.change, conn, admin, hospital, wanted, seen, NOW) == code


def test_unit_closes_only_without_people_and_units_below(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    library, bureau = organisation.units["图书馆"], organisation.units["文体局"]
    assert refused(structure.close, conn, admin, library, NOW) == "org.unit_has_people"
    conn.execute("UPDATE app_user SET active = false WHERE unit_id = ANY(%s)", ([library, bureau],))
    assert refused(structure.close, conn, admin, bureau, NOW) == "org.unit_has_units"
    structure.close(conn, admin, library, NOW)
    structure.close(conn, admin, bureau, NOW)
    assert refused(structure.reopen, conn, admin, library) == "org.unit_closed"
    assert refused(people.let_in, conn, admin, organisation.users["clerk"]) == "org.unit_closed"
    structure.reopen(conn, admin, bureau)
    structure.reopen(conn, admin, library)


def test_local_administrator_opens_units_below_their_own(
    conn: Connection, organisation: Organisation, local: User
) -> None:
    bureau = organisation.units["文体局"]
    key = structure.open_unit(conn, local, UnitForm("A", "档案馆", UnitKind.UNIT, "460100", bureau))
    assert key in {one.id for one in structure.units(conn, local)}


@pytest.mark.parametrize(
    "beyond",
    [
        {"parent_id": None},
        {"division": "460200"},
        {"kind": UnitKind.FINANCE},
        {"parent_id": "医院"},
    ],
)
def test_local_administrator_can_not_widen_their_reach(
    conn: Connection, organisation: Organisation, local: User, beyond: dict[str, object]
) -> None:
    changes = {
        k: organisation.units[v] if isinstance(v, str) and k == "parent_id" else v
        for k, v in beyond.items()
    }
    base = UnitForm("A", "档案馆", UnitKind.UNIT, "460100", organisation.units["文体局"])
    assert refused(structure.open_unit, conn, local, replace(base, **changes)) == "org.beyond_scope"  # type: ignore[arg-type]
    wanted, seen = form(conn, local, organisation.units["图书馆"], **changes)
    assert (
        refused(structure.change, conn, local, organisation.units["图书馆"], wanted, seen, NOW)
        == "org.beyond_scope"
    )
    assert structure.unit(conn, local, organisation.units["医院"]) is None


def test_sections_are_added_renamed_and_removed_unless_used(
    conn: Connection, organisation: Organisation, admin: User, make_card: MakeCard
) -> None:
    library = organisation.units["图书馆"]
    make_card()
    by_name = {one.name: one for one in unit_sections.sections(conn, library)}
    assert by_name["采编部"].cards == 1
    assert (
        refused(unit_sections.remove, conn, admin, library, by_name["采编部"].id)
        == "org.section_used"
    )
    assert refused(unit_sections.add, conn, admin, library, "办公室") == "org.section_taken"
    assert (
        refused(unit_sections.rename, conn, admin, library, by_name["采编部"].id, "办公室")
        == "org.section_taken"
    )
    key = unit_sections.add(conn, admin, library, "古籍部")
    unit_sections.rename(conn, admin, library, key, "古籍特藏部")
    assert unit_sections.remove(conn, admin, library, key) == "古籍特藏部"
    assert (
        refused(unit_sections.remove, conn, admin, organisation.units["医院"], by_name["办公室"].id)
        == "org.section_not_found"
    )


def test_chain_is_changed_as_data_and_audited(conn: Connection) -> None:
    kind, scope = DocumentKind.CARD_CHANGE.value, "ordinary"
    before = chains(conn)[kind, scope]
    wanted = [Body.DEPARTMENT, Body.UNIT]
    set_chain(conn, "admin", kind, scope, wanted, before)
    assert chains(conn)[kind, scope] == tuple(wanted)
    assert (
        refused(set_chain, conn, "admin", kind, scope, [Body.UNIT], before) == "review.chain_stale"
    )
    assert refused(set_chain, conn, "admin", kind, scope, [], wanted) == "review.chain_empty"
    assert (
        refused(set_chain, conn, "admin", kind, scope, [Body.UNIT] * 2, wanted)
        == "review.chain_twice"
    )
    assert (
        scalar(conn, "SELECT count(*) FROM audit_entry WHERE action = 'review_chain.changed'") == 1
    )
