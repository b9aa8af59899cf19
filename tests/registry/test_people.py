"""People as administrators keep them: in their scope, never their own rights, nothing lost (J1, J4)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from db import Connection, Refused, scalar
from registry.org import (
    Role,
    UnitKind,
    User,
    UserType,
    account,
    hashing,
    people,
    people_list,
    sign_in,
    structure,
    unit_sections,
    user,
)  # fmt: skip
from registry.org.passwords import check, common
from registry.org.people import Who
from registry.org.people_list import PeopleQuery, Sort
from registry.org.scope import visible_units
from registry.org.structure import UnitForm
from tests.fixtures.paging import both_ways
from tests.registry.conftest import HASH, PASSWORD, Organisation, Person, Within

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(hours=72)
NEW = "fresh-lagoon-41"


def who(one: people.Person, **changes: object) -> Who:
    base = Who(one.name, one.type, one.unit_id, one.roles, one.section_id, one.email, one.phone)
    return replace(base, **changes)  # type: ignore[arg-type]  # the fields' own types


def found_by(conn: Connection, manager: User, key: int) -> people.Person:
    one = people.person(conn, manager, key)
    assert one is not None
    return one


def found(conn: Connection, manager: User, login: str, organisation: Organisation) -> people.Person:
    return found_by(conn, manager, organisation.users[login])


@pytest.fixture
def admin(person: Person) -> User:
    return person("admin")


@pytest.fixture
def local(conn: Connection, organisation: Organisation, person: Person) -> User:
    """An administrator of the culture bureau, above the library."""
    conn.execute(
        "INSERT INTO user_role VALUES (%s, 'administrator')", (organisation.users["department"],)
    )
    return person("department")


def refused(call: object, *arguments: object, **named: object) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments, **named)  # type: ignore[operator]  # any verb
    return caught.value.code


def test_change_keeps_all_facts_and_audits_what_changed(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    one = found(conn, admin, "clerk", organisation)
    wanted = who(
        one,
        name="林晓岚",
        email="lin@example.cn",
        roles=frozenset({Role.PREPARER, Role.STOCKTAKER}),
    )
    after = people.change(conn, admin, one.id, wanted, one.version)
    assert (after.name, after.email, len(after.roles), after.version) == (
        "林晓岚",
        "lin@example.cn",
        2,
        one.version + 1,
    )
    facts = scalar(conn, "SELECT facts::text FROM audit_entry WHERE action = 'user.changed'")
    assert "lin@example.cn" in str(facts)


def test_change_against_an_outdated_form_is_refused(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    one = found(conn, admin, "clerk", organisation)
    people.change(conn, admin, one.id, who(one, name="甲"), one.version)
    assert (
        refused(people.change, conn, admin, one.id, who(one, name="乙"), one.version)
        == "org.person_stale"
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "org.person_name"),
        ({"email": "nobody"}, "org.email_malformed"),
        ({"phone": "1" * 40}, "org.phone_malformed"),
        ({"phone": "123"}, "org.phone_malformed"),
        ({"roles": frozenset()}, "org.person_no_role"),
        ({"unit_id": 2**30}, "org.unit_closed"),
        ({"section_id": 2**30}, "org.section_elsewhere"),
    ],
)
def test_wrong_field_is_refused_with_its_rule(
    conn: Connection, organisation: Organisation, admin: User, changes: dict[str, object], code: str
) -> None:
    one = found(conn, admin, "clerk", organisation)
    assert refused(people.change, conn, admin, one.id, who(one, **changes), one.version) == code
    assert found(conn, admin, "clerk", organisation) == one


def test_nobody_changes_their_own_rights_or_shuts_themselves_out(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    one = found(conn, admin, "admin", organisation)
    stripped = who(one, roles=frozenset({Role.AUDITOR}))
    assert refused(people.change, conn, admin, one.id, stripped, one.version) == "org.own_rights"
    assert refused(people.keep_out, conn, admin, one.id) == "org.own_rights"
    assert refused(people.give_password, conn, admin, one.id, HASH, SOON) == "org.own_rights"
    assert people.change(conn, admin, one.id, who(one, email="a@example.cn"), one.version).email


def test_last_active_administrator_stays(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    # A second 001 administrator whose own account has just been shut still holds a session object.
    other = replace(admin, id=organisation.users["clerk"], login="clerk")
    assert refused(people.keep_out, conn, other, admin.id) == "org.last_administrator"
    one = found(conn, admin, "admin", organisation)
    changed = who(one, roles=frozenset({Role.AUDITOR}))
    assert (
        refused(people.change, conn, other, admin.id, changed, one.version)
        == "org.last_administrator"
    )


def test_deactivated_person_keeps_their_history_and_comes_back(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    sign_in(Within(conn), "clerk", PASSWORD, "a", NOW)
    people.keep_out(conn, admin, organisation.users["clerk"])
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "a", NOW), Refused)
    assert len(account.last_sign_ins(conn, "clerk")) == 2
    people.let_in(conn, admin, organisation.users["clerk"])
    assert isinstance(sign_in(Within(conn), "clerk", PASSWORD, "a", NOW), User)


def test_temporary_password_must_be_changed(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    people.give_password(conn, admin, organisation.users["clerk"], HASH, SOON)
    assert found(conn, admin, "clerk", organisation).must_change_password


def test_own_password_needs_the_present_one_and_ends_the_obligation(
    conn: Connection, organisation: Organisation, admin: User, person: Person
) -> None:
    temporary = people.temporary_password()
    people.give_password(conn, admin, organisation.users["clerk"], hashing.hashed(temporary), SOON)
    clerk = person("clerk")
    within = Within(conn)
    for present, new, code in (
        ("wrong", NEW, "org.password_present_wrong"),
        (temporary, temporary, "org.password_same"),
    ):
        assert refused(account.change_password, within, clerk, present, new, "a", NOW) == code
    epoch = account.change_password(within, clerk, temporary, NEW, "a", NOW)
    assert epoch == clerk.session_epoch + 1
    assert not person("clerk").must_change_password
    assert isinstance(sign_in(Within(conn), "clerk", NEW, "a", NOW), User)


def test_added_person_signs_in_with_a_temporary_password(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    password = people.temporary_password()
    new = Who(
        "符海燕",
        UserType.BUDGET_UNIT,
        organisation.units["图书馆"],
        frozenset({Role.PREPARER, Role.REVIEWER}),
    )
    people.add(conn, admin, "haiyan", new, hashing.hashed(password), SOON)
    signed_in = sign_in(Within(conn), "haiyan", password, "a", NOW)
    assert isinstance(signed_in, User)
    assert signed_in.must_change_password
    assert signed_in.roles == {Role.PREPARER, Role.REVIEWER}


def test_interface_user_has_no_way_in_by_password(
    conn: Connection, organisation: Organisation
) -> None:
    conn.execute("UPDATE app_user SET type = '005' WHERE login = 'clerk'")
    result = sign_in(Within(conn), "clerk", PASSWORD, "a", NOW)
    assert isinstance(result, Refused)
    assert result.code == "org.sign_in_wrong"


def test_local_administrator_keeps_their_scope_and_no_more(
    conn: Connection, organisation: Organisation, local: User
) -> None:
    logins = {
        row.login for row in people_list.page(conn, PeopleQuery(people.kept_units(conn, local)))[0]
    }
    assert logins == {"clerk", "colleague", "reviewer", "deputy", "department"}
    assert people.person(conn, local, organisation.users["clerk2"]) is None
    assert (
        refused(people.keep_out, conn, local, organisation.users["clerk2"])
        == "org.person_not_found"
    )
    people.keep_out(conn, local, organisation.users["clerk"])


def test_local_administrator_grants_no_wider_view_than_their_own(
    conn: Connection, organisation: Organisation, local: User
) -> None:
    one = found(conn, local, "clerk", organisation)
    for wider in (
        {"roles": frozenset({Role.AUDITOR})},
        {"type": UserType.SYSTEM},
        {"unit_id": organisation.units["医院"]},
    ):
        with pytest.raises(Refused), conn.transaction():
            people.change(conn, local, one.id, who(one, **wider), one.version)
    with pytest.raises(Refused), conn.transaction():
        people.add(conn, local, "spy", who(one, roles=frozenset({Role.AUDITOR})), HASH, SOON)
    assert scalar(conn, "SELECT count(*) FROM app_user WHERE login = 'spy'") == 0


S, B, F, W = UserType.SYSTEM, UserType.BUDGET_UNIT, UserType.FINANCE, UserType.SUPERVISION
ABOVE_BOTH = frozenset({Role.AUDITOR, Role.ADMINISTRATOR})
ADMINISTRATOR, PREPARER = frozenset({Role.ADMINISTRATOR}), frozenset({Role.PREPARER})
WHO_MAY = {  # manager: whom they may act on, of the targets below
    ("admin", S, ADMINISTRATOR): {"clerk", "peer", "watcher", "auditing", "system", "elsewhere"},
    ("department", B, ADMINISTRATOR): {"clerk", "peer"},
    ("department", B, ABOVE_BOTH): {"clerk", "peer", "watcher", "auditing", "elsewhere"},
    ("department", B, PREPARER): set(),
    ("finance2", F, ADMINISTRATOR): {"clerk", "peer"},
}
TARGETS = {
    "clerk": ("图书馆", B, PREPARER),
    "peer": ("文体局", B, ADMINISTRATOR | PREPARER),
    "watcher": ("图书馆", W, PREPARER),  # 004, though its view is its unit
    "auditing": ("图书馆", B, frozenset({Role.AUDITOR})),
    "system": ("图书馆", S, ADMINISTRATOR),
    "elsewhere": ("医院", B, PREPARER),
}


@pytest.mark.parametrize(
    "manager",
    list(WHO_MAY),
    ids=[f"{login}-{type_.value}-{'+'.join(sorted(roles))}" for login, type_, roles in WHO_MAY],
)
def test_nobody_acts_on_who_is_above_them_or_sees_more(
    conn: Connection,
    organisation: Organisation,
    person: Person,
    manager: tuple[str, UserType, frozenset[Role]],
) -> None:
    login, type_, roles = manager
    become(conn, organisation.users[login], type_, roles)
    acting, may = person(login), WHO_MAY[manager]
    for number, (name, (unit, of_type, of_roles)) in enumerate(TARGETS.items()):
        key = insert_person(conn, organisation.units[unit], f"target{number}")
        become(conn, key, of_type, of_roles)
        shown = user(conn, key)
        assert shown is not None
        one = people.own(conn, shown)
        acts = (
            partial(people.give_password, conn, acting, key, HASH, SOON),
            partial(people.unlock, conn, acting, key),
            partial(people.keep_out, conn, acting, key),
            partial(people.let_in, conn, acting, key),
            partial(people.reset_second_factor, conn, acting, key),
            partial(people.change, conn, acting, key, who(one, email="x@example.cn"), one.version),
        )
        done = [succeeds(conn, act) for act in acts]
        assert done == [name in may] * len(acts), name


def become(conn: Connection, key: int, type_: UserType, roles: frozenset[Role]) -> None:
    conn.execute("UPDATE app_user SET type = %s WHERE id = %s", (type_.value, key))
    conn.execute("DELETE FROM user_role WHERE user_id = %s", (key,))
    for role in roles:
        conn.execute("INSERT INTO user_role VALUES (%s, %s)", (key, role.value))


def insert_person(conn: Connection, unit: int, login: str) -> int:
    key = scalar(
        conn,
        "INSERT INTO app_user (login, name, type, unit_id, password_hash) "
        "VALUES (%(login)s, %(login)s, '003', %(unit)s, %(hash)s) RETURNING id",
        login=login,
        unit=unit,
        hash=HASH,
    )
    assert isinstance(key, int)
    return key


def succeeds(conn: Connection, act: Callable[[], object]) -> bool:
    """Whether one may; a second factor that is off already is no refusal of who asks."""
    try:
        with conn.transaction():
            act()
    except Refused as why:
        return why.code not in {"org.beyond_scope", "org.person_not_found"}
    return True


def test_nobody_gives_a_level_above_their_own(
    conn: Connection, organisation: Organisation, local: User
) -> None:
    one = found(conn, local, "clerk", organisation)
    for wider, field in (
        ({"type": UserType.SUPERVISION}, "type"),
        ({"type": UserType.SYSTEM}, "type"),
        ({"roles": frozenset({Role.PREPARER, Role.AUDITOR})}, "roles"),
    ):
        with pytest.raises(Refused) as caught:
            people.add(conn, local, "spy", who(one, **wider), HASH, SOON)
        assert (caught.value.code, caught.value.facts) == ("org.beyond_scope", {"field": field})


def test_list_is_narrowed_and_counted(conn: Connection, organisation: Organisation) -> None:
    def logins(**narrow: object) -> list[str]:
        return [row.login for row in people_list.page(conn, PeopleQuery(None, **narrow))[0]]  # type: ignore[arg-type]

    assert logins(text="CLERK") == ["clerk", "clerk2"]
    assert logins(text="医院") == ["clerk2"]
    assert logins(role="auditor") == ["auditor"]
    assert logins(type="002") == ["finance", "finance2"]
    assert logins(unit=organisation.units["文体局"]) == ["department"]
    assert logins(active=False) == []
    assert people_list.counts(conn, PeopleQuery(None)) == (10, 0)


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_follow_each_other_without_gaps(
    conn: Connection, organisation: Organisation, sort: Sort
) -> None:
    conn.execute(
        "INSERT INTO app_user (login, name, type, unit_id, password_hash, last_login_at) "
        "SELECT 'p' || n, '人' || n %% 7, '003', %(unit)s, %(hash)s, CASE WHEN n %% 3 = 0 THEN now() - n * interval '1 hour' END FROM generate_series(1, 130) AS n",
        {"unit": organisation.units["图书馆"], "hash": HASH},
    )
    seen = both_ways(
        lambda after, back: people_list.page(
            conn, PeopleQuery(None, sort=sort, after=after, back=back)
        ),
        lambda row: (row.sorted_by, row.id),
    )
    assert len(seen) == len({row.id for row in seen}) == 140
    if sort is Sort.SEEN:
        stamps = [row.last_login_at for row in seen if row.last_login_at]
        assert stamps == sorted(stamps, reverse=True)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("P@ssw0rd123", "org.password_common"),
        ("panhuo-demo", "org.password_common"),
        ("Panhuo-Dem0", "org.password_common"),
        ("Haikou123456", "org.password_common"),
        ("1993-20261201", "org.password_pattern"),
        ("qwertyuiop[1", "org.password_pattern"),
        ("abababababab1!", "org.password_pattern"),
        ("xyzxyzxyz2026", "org.password_pattern"),
        ("林晓岚林晓岚2026!", "org.password_says_name"),
        ("clerk-2026!", "org.password_says_login"),
    ],
)
def test_guessable_password_is_refused_with_its_rule(password: str, rule: str) -> None:
    assert refused(check, "clerk", password, "林晓岚") == rule


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "椰风海韵知多少呢我们",
        "Tq7-vLm2-xW",
    ],
)
def test_good_password_passes(password: str) -> None:
    check("clerk", password, "林晓岚")


def test_temporary_passwords_are_good_ones() -> None:
    for _each in range(20):
        check("clerk", people.temporary_password(), "林晓岚")


def test_common_passwords_are_hundreds_and_long_enough_to_matter() -> None:
    assert len(common()) > 500
    assert min(map(len, common())) >= 10


def test_type_follows_the_units_kind(
    conn: Connection, organisation: Organisation, admin: User
) -> None:  # a 003 reviewer of a finance bureau would not see what they are handed
    for unit, right, wrong in (
        ("省财政厅", UserType.FINANCE, UserType.BUDGET_UNIT),
        ("图书馆", UserType.BUDGET_UNIT, UserType.FINANCE),
    ):
        new = Who("王", None, organisation.units[unit], frozenset({Role.REVIEWER}))
        login = f"new{right.value}"
        key = people.add(conn, admin, login, new, HASH, SOON)
        one = found_by(conn, admin, key)
        assert one.type is right
        assert organisation.units["图书馆"] in visible_units(conn, key)
        for act in (
            lambda bad: people.add(conn, admin, "more", bad, HASH, SOON),
            lambda bad, one=one: people.change(conn, admin, one.id, bad, one.version),
        ):
            with pytest.raises(Refused) as caught:
                act(replace(new, type=wrong))
            assert (caught.value.code, caught.value.facts["field"]) == ("org.person_type", "type")
        system = replace(new, type=UserType.SYSTEM)
        assert people.change(conn, admin, key, system, one.version).type is UserType.SYSTEM


def test_peoples_type_follows_when_their_unit_becomes_a_finance_bureau(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    unit = structure.required(conn, admin, organisation.units["文体局"])
    form = UnitForm(unit.code, unit.name, UnitKind.FINANCE, unit.division, unit.parent_id)
    structure.change(conn, admin, unit.id, form, unit.version, NOW)
    assert found(conn, admin, "department", organisation).type is UserType.FINANCE
    assert found(conn, admin, "clerk", organisation).type is UserType.BUDGET_UNIT


def test_people_of_a_wrong_type_are_mended_by_the_migration(
    conn: Connection, organisation: Organisation, admin: User
) -> None:
    conn.execute("UPDATE app_user SET type = '003' WHERE login IN ('finance', 'finance2')")
    conn.execute("UPDATE app_user SET type = '002' WHERE login = 'clerk'")
    path = Path(__file__).parents[2] / "db/migrations/0033.user_types.sql"
    conn.execute(path.read_bytes())
    for login, right in (
        ("finance", "002"),
        ("finance2", "002"),
        ("clerk", "003"),
        ("admin", "001"),
    ):
        assert found(conn, admin, login, organisation).type == right
    told = "SELECT count(*) FROM audit_entry WHERE action = 'user.changed' AND actor = 'system:migration'"
    assert scalar(conn, told) == 3


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u00ad", "\0"])
def test_names_that_the_register_keeps_hold_no_marks_that_nobody_sees(
    conn: Connection, organisation: Organisation, person: Person, mark: str
) -> None:
    admin = person("admin")
    who = Who(f"王{mark}芳", None, organisation.units["图书馆"], frozenset({Role.PREPARER}))
    made = people.add(conn, admin, "wangfang2", who, HASH, SOON)
    found = people.person(conn, admin, made)
    assert found is not None
    assert found.name == "王芳"
    section = unit_sections.add(conn, admin, organisation.units["图书馆"], f"古{mark}籍室")
    names = {one.id: one.name for one in unit_sections.sections(conn, organisation.units["图书馆"])}
    assert names[section] == "古籍室"
