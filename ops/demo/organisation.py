"""The demo's invented units, sections and people; the logins that the README names."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from db import Connection
from registry.org import (
    Role,
    UnitKind,
    UserType,
    add_section,
    add_unit,
    add_user,
    closures,
    hashing,
    user,
)
from registry.org.closures import ClosureForm

PASSWORD: Final = "panhuo-demo"  # noqa: S105  # of the demo's people, and of nobody else
ACTOR: Final = "system:demo"
HELP: Final = "海南省财政厅 资产管理处 0898-68512233"  # of the sign-in page
U, D, F = UnitKind.UNIT, UnitKind.DEPARTMENT, UnitKind.FINANCE


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A unit of the demo, by name; `above` is the name of the body above it."""

    code: str
    name: str
    kind: UnitKind
    division: str
    above: str
    address: str
    sections: tuple[str, ...] = ()
    phone: str = ""


UNITS: Final = (
    DemoUnit("460001101", "海南省财政厅", F, "460001", "", "海口市滨海大道 109 号", ("资产管理处",), "0898-68512233"),
    DemoUnit("460001205", "海南省教育厅", D, "460001", "", "海口市国兴大道 9 号", ("办公室", "装备处")),
    DemoUnit(
        "460001317", "海南热带海洋学院", U, "460001", "海南省教育厅", "三亚市吉阳区育才路 1 号",
        ("实验中心", "信息中心", "后勤处", "海洋科学学院"), "0898-88386517",
    ),
    DemoUnit("460100101", "海口市财政局", F, "460100", "", "海口市长滨路 19 号", ("国资科",)),
    DemoUnit(
        "460100221", "海口市旅游和文化广电体育局", D, "460100", "", "海口市长滨东二街 1 号",
        ("办公室", "公共文化科"), "0898-68724316",
    ),
    DemoUnit(
        "460100222", "海口市图书馆", U, "460100", "海口市旅游和文化广电体育局",
        "海口市龙华区椰海大道 5 号",
        ("办公室", "采编部", "读者服务部", "数字资源部", "活动部", "信息技术部"), "0898-68532107",
    ),
    DemoUnit("460100230", "海口市教育局", D, "460100", "", "海口市长滨一路 2 号", ("办公室",)),
    DemoUnit(
        "460100231", "海口市教育信息技术中心", U, "460100", "海口市教育局",
        "海口市美兰区白龙南路 53 号", ("网络部", "培训部"), "0898-65332018",
    ),
    DemoUnit("460200101", "三亚市财政局", F, "460200", "", "三亚市新风街 118 号", ("国资科",)),
    DemoUnit("460200240", "三亚市卫生健康委员会", D, "460200", "", "三亚市新风街 20 号", ("办公室",)),
    DemoUnit(
        "460200241", "三亚市人民医院", U, "460200", "三亚市卫生健康委员会",
        "三亚市解放三路 558 号", ("检验科", "超声科", "门诊部", "设备科", "总务科"), "0898-88266523",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """Somebody who may sign in to the demo."""

    login: str
    name: str
    unit: str
    type: UserType
    role: Role
    who: str
    section: str = ""


B = UserType.BUDGET_UNIT
LOGINS: Final = (
    DemoLogin("clerk", "林晓岚", "海口市图书馆", B, Role.PREPARER, "海口市图书馆 经办岗"),
    DemoLogin("reviewer", "陈志远", "海口市图书馆", B, Role.REVIEWER, "海口市图书馆 审核岗"),
    DemoLogin(
        "department", "李云舒", "海口市旅游和文化广电体育局", B, Role.REVIEWER,
        "海口市旅游和文化广电体育局 审核岗",
    ),
    DemoLogin(
        "finance", "吴海峰", "海南省财政厅", UserType.FINANCE, Role.REVIEWER, "海南省财政厅 审核岗"
    ),
    DemoLogin(
        "counter", "符海燕", "海口市图书馆", B, Role.STOCKTAKER, "海口市图书馆 数字资源部 盘点员",
        "数字资源部",
    ),
    DemoLogin("clerk2", "王德安", "三亚市人民医院", B, Role.PREPARER, "三亚市人民医院 经办岗"),
    DemoLogin("reviewer2", "周敏", "三亚市人民医院", B, Role.REVIEWER, "三亚市人民医院 审核岗"),
    DemoLogin(
        "auditor", "郑怀清", "海南省财政厅", UserType.SUPERVISION, Role.AUDITOR,
        "审计：看得到全部，改不了任何内容",
    ),
    DemoLogin(
        "admin", "系统管理员", "海南省财政厅", UserType.SYSTEM, Role.ADMINISTRATOR,
        "系统管理：看不到业务数据",
    ),
)  # fmt: skip

# Who does the other units' work, so that squares and chains are full of it. Not on the first page.
COLLEAGUES: Final = (
    DemoLogin("clerk3", "黄立群", "海南热带海洋学院", B, Role.PREPARER, "海南热带海洋学院 经办岗"),
    DemoLogin("reviewer3", "邓雪梅", "海南热带海洋学院", B, Role.REVIEWER, "海南热带海洋学院 审核岗"),
    DemoLogin("clerk4", "周明远", "海口市教育信息技术中心", B, Role.PREPARER, "海口市教育信息技术中心 经办岗"),
    DemoLogin("reviewer4", "云惟贤", "海口市教育信息技术中心", B, Role.REVIEWER, "海口市教育信息技术中心 审核岗"),
    DemoLogin("clerk5", "韩晓静", "海口市旅游和文化广电体育局", B, Role.PREPARER, "海口市旅游和文化广电体育局 经办岗"),
    DemoLogin("department2", "王海波", "三亚市卫生健康委员会", B, Role.REVIEWER, "三亚市卫生健康委员会 审核岗"),
    DemoLogin("department3", "许文君", "海南省教育厅", B, Role.REVIEWER, "海南省教育厅 审核岗"),
    DemoLogin("department4", "冯国栋", "海口市教育局", B, Role.REVIEWER, "海口市教育局 审核岗"),
    DemoLogin("counter2", "吴清源", "海口市图书馆", B, Role.STOCKTAKER, "海口市图书馆 盘点员"),
    DemoLogin("finance2", "梁若水", "海南省财政厅", UserType.FINANCE, Role.REVIEWER, "海南省财政厅 复核岗"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Places:
    """Ids of units by name, and of sections by (unit, section)."""

    units: dict[str, int]
    sections: dict[tuple[str, str], int]


# unit, days from today, how many days, why: none in the weeks that the demo's sensors tell of.
CLOSURES: Final = (
    ("海口市图书馆", -95, 5, "空调系统检修"),
    ("海口市教育局", 40, 21, "寒假"),
)


def load_organisation(conn: Connection, now: datetime) -> Places:
    """Make the units, their sections, the people, and the days on which units are closed."""
    units: dict[str, int] = {}
    for unit in UNITS:
        above = units.get(unit.above)
        units[unit.name] = add_unit(
            conn, unit.code, unit.name, unit.kind, unit.division, above, unit.address, unit.phone
        )
    sections = {
        (unit.name, name): add_section(conn, units[unit.name], name)
        for unit in UNITS
        for name in unit.sections
    }
    kept = hashing.hashed(PASSWORD)
    people: dict[str, int] = {}
    for person in (*LOGINS, *COLLEAGUES):
        people[person.login] = add_user(
            conn,
            ACTOR,
            login=person.login,
            name=person.name,
            type=person.type,
            unit_id=units[person.unit],
            section_id=sections.get((person.unit, person.section)),
            roles=[person.role],
            password_hash=kept,
        )
    manager = user(conn, people["admin"])
    assert manager is not None
    for name, ahead, days, reason in CLOSURES:
        since = now.date() + timedelta(days=ahead)
        span = ClosureForm(units[name], since, since + timedelta(days=days - 1), reason)
        closures.add(conn, manager, span, now)
    return Places(units, sections)
