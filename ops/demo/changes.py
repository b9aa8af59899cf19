"""The demo's card changes, in every state, made by the same steps that people take."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, LiteralString

from db import Connection, scalar
from ops.demo.plan import Plan, PlannedCard
from registry.cards import CardType, ChangeKind, Status, changes, drafting
from registry.cards.drafting import Draft, Typed
from registry.org import User, user
from registry.review import Action, standing

K, S = ChangeKind, Status
LIBRARY: Final = "海口市图书馆"
HOSPITAL: Final = "三亚市人民医院"
SUBMIT: Final = ("submit", "")
APPROVE: Final = ("approve", "情况属实，同意。")
RETURN: Final = ("return", "请补充实物照片和闲置原因后再送审。")


@dataclass(frozen=True, slots=True)
class Story:
    """A change of some card of a unit that has `status`, and what people did with it.

    `days`: how long ago it was drafted. `steps`: (action, opinion), each some hours later.
    """

    unit: str
    kind: ChangeKind
    status: Status
    values: dict[str, str]
    reason: str
    steps: tuple[tuple[str, str], ...] = ()
    days: float = 0.2
    parts: int = 0
    details: dict[str, str] = field(default_factory=dict)


STORIES: Final = (
    Story(LIBRARY, K.REQUISITION, S.IDLE, {"using_section": "活动部", "custodian": "蔡晓虹", "place": "一楼报告厅"}, "活动部新增讲座，领用库存设备。", (SUBMIT, APPROVE), 21, details={"taken_on": "2026-11-02"}),
    Story(LIBRARY, K.SHAREABLE, S.IN_USE, {"shareable": "true"}, "周末空闲，可供兄弟单位使用。", (SUBMIT, APPROVE), 16),
    Story(LIBRARY, K.REPAIR, S.IN_USE, {}, "", (SUBMIT, APPROVE), 12, details={"fault": "定影组件老化，更换定影膜与搓纸轮。", "repairer": "海口龙华科达办公设备维修部", "repaired_from": "2026-11-09", "repaired_until": "2026-11-12", "cost": "860"}),
    Story(LIBRARY, K.ATTRIBUTES, S.IN_USE, {"place": "三楼 305 数字体验区", "custodian": "吴清源"}, "搬迁后更正存放地点和使用人。", (SUBMIT, APPROVE), 9),
    Story(LIBRARY, K.STATUS, S.IN_USE, {"status": "idle", "place": "地下一层库房"}, "采编改用新设备，此台入库待调剂。", (SUBMIT, APPROVE), 6),
    Story(LIBRARY, K.DISPOSE, S.TO_DISPOSE, {}, "已过使用年限，主板损坏，无修复价值。", (SUBMIT, APPROVE), 4, details={"form": "scrap", "disposed_on": "2026-11-30", "approval": ""}),
    Story(LIBRARY, K.STATUS, S.IN_USE, {"status": "idle"}, "全年仅汛期使用，平时闲置，拟共享。", (SUBMIT,), 1.2),
    Story(LIBRARY, K.LEASE_LEND, S.IDLE, {}, "秀英区图书馆开馆借用。", (SUBMIT,), 0.9, details={"loan": "lent", "taker": "海口市秀英区图书馆", "from_on": "2026-12-01", "until_on": "2027-05-31"}),
    Story(LIBRARY, K.RETURN, S.IN_USE, {"place": "地下一层库房"}, "部门合并，多出一台，退回库房。", (SUBMIT,), 0.3, details={"returned_on": "2026-11-20", "condition": "完好"}),
    Story(LIBRARY, K.STATUS, S.IDLE, {"status": "to_dispose"}, "配件停产，无法继续使用。", (SUBMIT, RETURN), 2),
    Story(LIBRARY, K.SPLIT, S.IN_USE, {}, "桌椅分到三个部门，分卡管理。", (), 0.6, parts=3),
    Story(LIBRARY, K.ATTRIBUTES, S.IN_USE, {"custodian": "邢增强"}, "", (), 0.1),
    Story(HOSPITAL, K.STATUS, S.IN_USE, {"status": "idle"}, "科室搬迁后停用。", (SUBMIT,), 0.7),
    Story(HOSPITAL, K.REQUISITION, S.IDLE, {"using_section": "超声科", "custodian": "王德安"}, "超声科领用。", (SUBMIT, APPROVE), 8, details={"taken_on": "2026-11-16"}),
)  # fmt: skip
PEOPLE: Final = {LIBRARY: ("clerk", "reviewer"), HOSPITAL: ("clerk2", "reviewer2")}
KEY: LiteralString = "SELECT id FROM app_user WHERE login = %(login)s"


def load_changes(conn: Connection, made: Plan, now: datetime) -> int:
    """Tell every story with a card of its own; how many."""
    cast = list(_cast(made))
    for place, card in cast:
        _tell(conn, place, card, now)
    return len(cast)


def _cast(made: Plan) -> Iterator[tuple[int, PlannedCard]]:
    """A card for each story, by its place: not watched by sensors, so that no truth is touched."""
    taken: set[str] = set()
    for place, story in enumerate(STORIES):
        for card in made.cards:
            fits = card.room.unit == story.unit and card.status is story.status and not card.sensors
            whole = not story.parts or card.quantity >= story.parts
            movable = card.kind.type not in {CardType.BUILDING, CardType.LAND}
            if fits and whole and movable and card.code not in taken:
                taken.add(card.code)
                yield place, card
                break


def _tell(conn: Connection, place: int, card: PlannedCard, now: datetime) -> None:
    story = STORIES[place]
    clerk, reviewer = (_user(conn, login) for login in PEOPLE[story.unit])
    at = now - timedelta(days=story.days)
    one = changes.card_for(conn, clerk, card.code, story.kind)
    before = changes.before_of(conn, one)
    asked = drafting.asked(story.kind, one.type)
    values = {field.name: before.get(field.name, "") for field in asked}
    parts = drafting.default_parts(before, story.parts) if story.parts else []
    typed = Typed(values | story.values | story.details, parts, reason=story.reason)
    key = changes.draft(conn, clerk, story.kind, card.code, typed, at)
    assert not isinstance(key, Draft), key.refusals
    for name, opinion in story.steps:
        at += timedelta(hours=min(3, story.days * 8))
        action = Action(name)
        actor = clerk if action is Action.SUBMIT else reviewer
        seen = standing(conn, changes.require(conn, actor, key).review_id).version
        changes.act(conn, actor, key, action, seen, opinion, at, "")


def _user(conn: Connection, login: str) -> User:
    key = scalar(conn, KEY, login=login)
    assert isinstance(key, int)
    found = user(conn, key)
    assert found is not None
    return found
