"""A small organisation to test with, and what its people do at their desks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from db import Connection, scalar
from registry import review
from registry.cards import ChangeKind, card, categories, changes, write
from registry.cards.drafting import Typed
from registry.org import (
    Role,
    UnitKind,
    User,
    UserType,
    add_section,
    add_unit,
    divisions,
    hashing,
    user,
)
from registry.review import Action, Standing, State

DIVISIONS = """code,name,level,parent
460000,海南省,province,
460001,海南省本级,provincial,460000
460100,海口市,prefecture,460000
460200,三亚市,prefecture,460000
"""
PASSWORD = "long-enough-7"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Ids by unit name and by login."""

    units: dict[str, int]
    users: dict[str, int]


@dataclass(frozen=True, slots=True)
class Within:
    """Every transaction is the test's own, which is rolled back."""

    conn: Connection

    @contextmanager
    def transaction(self, _name: str) -> Iterator[Connection]:
        yield self.conn


# Hashing is slow on purpose: once is enough for people who are not what is tested.
HASH = hashing.hashed(PASSWORD)


def _insert(
    conn: Connection, unit_id: int, login: str, _unit: str, type_: UserType, role: Role
) -> int:
    key = scalar(
        conn,
        "INSERT INTO app_user (login, name, type, unit_id, password_hash) "
        "VALUES (%(login)s, %(login)s, %(type)s, %(unit)s, %(hash)s) RETURNING id",
        login=login,
        type=type_.value,
        unit=unit_id,
        hash=HASH,
    )
    assert isinstance(key, int)
    conn.execute("INSERT INTO user_role VALUES (%s, %s)", (key, role.value))
    return key


def organise(conn: Connection) -> Organisation:
    """A library below its bureau in one city, a hospital in another, finance above both."""
    divisions.import_csv(conn, DIVISIONS)
    bureau = add_unit(conn, "B", "文体局", UnitKind.DEPARTMENT, "460100")
    units = {
        "文体局": bureau,
        "图书馆": add_unit(conn, "L", "图书馆", UnitKind.UNIT, "460100", bureau),
        "医院": add_unit(conn, "H", "医院", UnitKind.UNIT, "460200"),
        "省财政厅": add_unit(conn, "F", "省财政厅", UnitKind.FINANCE, "460001"),
        "海口财政局": add_unit(conn, "FH", "海口财政局", UnitKind.FINANCE, "460100"),
    }
    people = (
        ("clerk", "图书馆", UserType.BUDGET_UNIT, Role.PREPARER),
        ("colleague", "图书馆", UserType.BUDGET_UNIT, Role.PREPARER),
        ("reviewer", "图书馆", UserType.BUDGET_UNIT, Role.REVIEWER),
        ("deputy", "图书馆", UserType.BUDGET_UNIT, Role.REVIEWER),
        ("clerk2", "医院", UserType.BUDGET_UNIT, Role.PREPARER),
        ("department", "文体局", UserType.BUDGET_UNIT, Role.REVIEWER),
        ("finance", "省财政厅", UserType.FINANCE, Role.REVIEWER),
        ("finance2", "海口财政局", UserType.FINANCE, Role.REVIEWER),
        ("auditor", "省财政厅", UserType.SUPERVISION, Role.AUDITOR),
        ("admin", "省财政厅", UserType.SYSTEM, Role.ADMINISTRATOR),
    )
    users = {person[0]: _insert(conn, units[person[1]], *person) for person in people}
    return Organisation(units, users)


@pytest.fixture
def organisation(conn: Connection) -> Organisation:
    """As `organise`, in the test's transaction."""
    return organise(conn)


NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CATEGORIES = """code,name,parent
A01000000,房屋和构筑物,
A02000000,设备,
A02010000,信息化设备,A02000000
A02010105,台式计算机,A02010000
A02030000,车辆,A02000000
A02100000,仪器仪表,A02000000
A05000000,家具和用具,
"""
VALUES = {
    "code": "TY2026000001",
    "name": "台式计算机",
    "category": "A02010105",
    "type": "general_equipment",
    "quantity": "1.00",
    "measure": "台",
    "original_value": "5600.00",
    "accumulated_depreciation": "1200.50",
    "fiscal_funds": "5600.00",
    "status": "in_use",
    "shareable": "false",
    "using_section": "采编部",
    "custodian": "符海燕",
    "place": "二楼 205",
    "brand": "联想",
    "specification": "16 GB",
}
MakeCard = Callable[..., int]
Person = Callable[[str], User]


def furnish(conn: Connection, organisation: Organisation) -> None:
    """Categories, and sections of the library and the hospital."""
    categories.import_csv(conn, CATEGORIES)
    for name in ("采编部", "办公室", "读者服务部"):
        add_section(conn, organisation.units["图书馆"], name)
    add_section(conn, organisation.units["医院"], "采编部")


@pytest.fixture
def make_card(conn: Connection, organisation: Organisation) -> MakeCard:
    """Make a card of the library (or of `unit`): `make_card(code=…, status=…)`; its id."""
    furnish(conn, organisation)

    def make(unit: str = "图书馆", **values: str) -> int:
        return write.insert(conn, organisation.units[unit], {**VALUES, **values})

    return make


@pytest.fixture
def person(conn: Connection, organisation: Organisation) -> Person:
    """Somebody of the organisation by login."""

    def find(login: str) -> User:
        found = user(conn, organisation.users[login])
        assert found is not None
        return found

    return find


class Desk:
    """A preparer, a reviewer and a department over one card."""

    def __init__(self, conn: Connection, person: Person) -> None:
        self.conn, self.person = conn, person

    def typed(self, kind: ChangeKind, code: str, **values: str) -> Typed:
        """The form as it comes filled in, with some values typed over."""
        one = card(self.conn, self.person("clerk").id, code)
        before = changes.before_of(self.conn, one) if one else {}
        return Typed({**before, **values})

    def draft(
        self, kind: ChangeKind, code: str = VALUES["code"], login: str = "clerk", **values: str
    ) -> int:
        typed = self.typed(kind, code, **values)
        made = changes.draft(self.conn, self.person(login), kind, code, typed, NOW)
        assert isinstance(made, int), {n: str(r) for n, r in made.refusals.items()}
        return made

    def act(self, login: str, change: int, action: Action, opinion: str = "") -> Standing:
        found = changes.change(self.conn, self.person(login).id, change)
        assert found is not None
        seen = review.standing(self.conn, found.review_id).version
        return changes.act(self.conn, self.person(login), change, action, seen, opinion, NOW, "")

    def approved(self, kind: ChangeKind, code: str = VALUES["code"], **values: str) -> int:
        change = self.draft(kind, code, **values)
        self.act("clerk", change, Action.SUBMIT)
        standing = self.act("reviewer", change, Action.APPROVE)
        if standing.state is State.IN_REVIEW:
            standing = self.act("department", change, Action.APPROVE)
        assert standing.state is State.APPROVED
        return change

    def row(self, code: str = VALUES["code"]) -> dict[str, Any]:
        one = card(self.conn, self.person("clerk").id, code)
        assert one is not None
        return {name: getattr(one, name) for name in one.__slots__}


@pytest.fixture
def desk(conn: Connection, person: Person, make_card: MakeCard) -> Desk:
    """The desk, with one card of the library."""
    make_card()
    return Desk(conn, person)
