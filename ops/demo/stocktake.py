"""The demo's stocktakes: one of the library that is half counted, and one that is done (H1-H4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, LiteralString
from uuid import UUID, uuid5

from db import Connection, scalar
from registry import review
from registry.org import User, user
from registry.review import Action
from registry.stocktake import (
    Condition,
    Count,
    Method,
    closing,
    counting,
    differences,
    expected,
    explaining,
    outcome,
    task,
    tasks,
)
from registry.stocktake.expected import Expected
from registry.stocktake.tasks import Part, Plan

IDS: Final = UUID("6f1d0f6e-4c5f-4a53-9a55-7b1a4c0f2e11")
SECOND: Final = timedelta(seconds=7)  # between two counts
KEY: LiteralString = "SELECT id FROM app_user WHERE login = %(login)s"
SECTION: LiteralString = """
    SELECT section.id FROM section JOIN unit ON unit.id = section.unit_id
     WHERE unit.name = '海口市图书馆' AND section.name = %(section)s
"""


@dataclass
class Desk:
    """Who counts in the demo, and a clock that goes on with each count."""

    conn: Connection
    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    made: int = 0

    def person(self, login: str) -> User:
        """Somebody by login."""
        if login not in self.people:
            key = scalar(self.conn, KEY, login=login)
            assert isinstance(key, int)
            found = user(self.conn, key)
            assert found is not None
            self.people[login] = found
        return self.people[login]

    def count(
        self, login: str, key: int, code: str, method: Method = Method.GUN, **seen: object
    ) -> None:
        """One count, some seconds after the one before."""
        self.made += 1
        self.now += SECOND
        one = Count(uuid5(IDS, f"{key}/{self.made}"), code, method, self.now, **seen)  # type: ignore[arg-type]  # fields of a count
        counting.count(self.conn, self.person(login), key, one, self.now)


def load_stocktakes(conn: Connection, now: datetime) -> None:
    """Both tasks, by the same steps that people take."""
    _finished(Desk(conn, now - timedelta(days=70)))
    _running(Desk(conn, now - timedelta(hours=3)))


def _section(conn: Connection, name: str) -> int:
    found = scalar(conn, SECTION, section=name)
    assert isinstance(found, int)
    return found


def _finished(desk: Desk) -> None:
    """One of a section, approved; its differences are drafted as changes by whoever looks."""
    conn, clerk = desk.conn, desk.person("clerk")
    due = (desk.now + timedelta(days=10)).date()
    plan = Plan("数字资源部设备抽盘", (Method.GUN, Method.HAND), due,
                [_section(conn, "数字资源部")])  # fmt: skip
    key = tasks.plan(conn, clerk, plan, desk.now, "")
    tasks.start(conn, clerk, key, desk.now, "")
    counter = desk.person("counter").id
    _give(desk, key, Part(), counter)
    cards = expected.page(conn, expected.Query(key))[0]
    for number, card in enumerate(cards[:-1]):
        moved = "四楼机房" if number == 1 else None
        desk.count("counter", key, card.code, place=moved)
    closing.close(conn, clerk, key, desk.now, "")
    which = differences.unexplained(conn, key)
    said = "上月已报修，暂存维修部，已电话核实。"
    explaining.explain(conn, clerk, key, which, said, desk.now, "")
    for login, action in (
        ("clerk", Action.SUBMIT), ("reviewer", Action.APPROVE), ("department", Action.APPROVE),
    ):  # fmt: skip
        desk.now += timedelta(hours=5)
        found = task.require(conn, desk.person(login), key)
        seen = review.standing(conn, found.review_id).version
        outcome.act(conn, desk.person(login), key, action, seen, "情况属实。", desk.now, "")


def _give(desk: Desk, key: int, part: Part, to: int) -> None:
    tasks.hand_over(desk.conn, desk.person("clerk"), key, part, to, desk.now, "")


def _running(desk: Desk) -> None:
    """The year's stocktake: sections handed out, half of it counted, and all that goes wrong."""
    conn, clerk = desk.conn, desk.person("clerk")
    planned = desk.now - timedelta(days=6)
    plan = Plan("2026 年度盘点", tuple(Method), (desk.now + timedelta(days=9)).date(),
                note="账实核对，重点看闲置和待处置的。")  # fmt: skip
    key = tasks.plan(conn, clerk, plan, planned, "")
    tasks.start(conn, clerk, key, planned, "")
    people = [desk.person(login).id for login in ("counter", "counter2")]
    rooms = sorted({share.section_id or 0 for share in task.shares(conn, key) if share.section_id})
    for number, room in enumerate(rooms[:-1]):
        if any(s.section_id == room and not s.assignee_id for s in task.shares(conn, key)):
            _give(desk, key, Part(section=room, person=None), people[number % 2])
    for login in ("counter", "counter2"):
        cards = expected.page(conn, expected.Query(key, desk.person(login).id))[0]
        _count_half(desk, login, key, [one for one in cards if one.assignee_id])
    _odd(desk, key)
    differences.refresh(conn, key)
    broken = [one.id for one in differences.page(conn, key, differences.Which("condition"))[0]][:1]
    if broken:
        explaining.explain(conn, clerk, key, broken, "屏幕碎裂，已联系维修。", desk.now, "")


def _count_half(desk: Desk, login: str, key: int, cards: Sequence[Expected]) -> None:
    """Every second card; some of them not as they are booked."""
    for number, card in enumerate(cards[: len(cards) // 2]):
        seen: dict[str, object] = {}
        if number % 9 == 4:
            seen["place"] = "三楼 305 数字体验区"
        elif number % 11 == 5:
            seen["condition"], seen["note"] = Condition.DAMAGED, "屏幕碎裂"
        elif number % 13 == 6 and card.status == "in_use":
            seen["status"] = "idle"
        method = Method.HAND if number % 5 == 3 else Method.GUN
        desk.count(login, key, card.code, method, **seen)


def _odd(desk: Desk, key: int) -> None:
    """Two people who disagree, somebody else's thing, two old labels, one thing without a card."""
    counter = desk.person("counter")
    mine = [
        one
        for one in expected.page(desk.conn, expected.Query(key, counter.id))[0]
        if one.assignee_id == counter.id
    ]
    counted = [one for one in mine if one.counted_at]
    desk.count("counter", key, counted[0].code, condition=Condition.GOOD)
    desk.count(
        "counter2", key, counted[0].code, condition=Condition.REPAIR, here=True,
        place="二楼 205", note="开机有异响",
    )  # fmt: skip
    desk.count("counter2", key, mine[-1].code)
    for code in ("HKT-88-0412", "HKT-88-0412", "TSG-2009-017"):
        desk.count("counter", key, code)
    surplus = {"name": "可移动白板", "category": "A05010000", "quantity": "1", "measure": "块",
               "place": "三楼 301"}  # fmt: skip
    desk.count("counter", key, "", Method.HAND, surplus=surplus, note="无标签")
