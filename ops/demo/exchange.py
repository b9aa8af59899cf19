"""The demo's sheets, listings and demands, in every state, made by the steps that people take."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, LiteralString

from db import Connection, scalar
from exchange import eligibility, listings, manage, settle, settle_form, sheets
from exchange.kinds import Kind, Scope
from exchange.listings import ZONE, Listing
from exchange.sheet_form import Checked, Typed
from ops.demo import papers
from ops.demo.linked import load_linked
from ops.demo.papers import LIST
from registry import review
from registry.cards import Status, changes
from registry.org import User, user
from registry.review import Action, State

LIBRARY, HOSPITAL = "海口市图书馆", "三亚市人民医院"
COLLEGE, CENTRE = "海南热带海洋学院", "海口市教育信息技术中心"
BUREAU = "海口市旅游和文化广电体育局"
# Who prepares for a unit, and who decides at a body.
PREPARERS: Final = {
    LIBRARY: "clerk", HOSPITAL: "clerk2", COLLEGE: "clerk3", CENTRE: "clerk4", BUREAU: "clerk5",
}  # fmt: skip
T, S, D = Kind.TRANSFER, Kind.SHARE, Kind.DEMAND
NATIONAL, LOCAL = Scope.NATIONAL, Scope.LOCAL
ALL_NODES: Final = 9


@dataclass(frozen=True, slots=True)
class SheetStory:
    """A sheet of `cards` eligible cards of a unit whose status is `status` ('' for any).

    `approvals`: how many nodes have approved; `then`: what became of it afterwards. `days`: how
    long ago it was drafted. `papers`: its attachments.
    """

    unit: str
    kind: Kind
    scope: Scope
    cards: int
    days: float
    status: str = ""
    approvals: int = ALL_NODES
    submitted: bool = True
    then: str = ""
    note: str = ""
    papers: tuple[str, ...] = ()


IDLE, GOING = Status.IDLE.value, Status.TO_DISPOSE.value
SHEETS: Final = (
    SheetStory(LIBRARY, T, NATIONAL, 3, 20, IDLE, note="数字资源部业务整合后不再使用，设备完好。", papers=(LIST,)),
    SheetStory(LIBRARY, T, LOCAL, 3, 12, GOING, note="已过使用年限，仍可满足低需求使用。"),
    SheetStory(LIBRARY, T, LOCAL, 2, 9, IDLE, then="settle"),
    SheetStory(LIBRARY, T, LOCAL, 1, 15, IDLE, then="delist"),
    SheetStory(LIBRARY, T, NATIONAL, 2, 3, IDLE, approvals=1, note="搬迁后多余，可上门自提。"),
    SheetStory(LIBRARY, T, NATIONAL, 1, 2, IDLE, approvals=2),
    SheetStory(LIBRARY, T, LOCAL, 2, 1.2, GOING, approvals=0),
    SheetStory(LIBRARY, T, LOCAL, 1, 0.6, GOING, submitted=False),
    SheetStory(LIBRARY, T, LOCAL, 1, 4, IDLE, then="return"),
    SheetStory(HOSPITAL, T, NATIONAL, 4, 18, IDLE, note="科室设备更新后退出，附资产清单。", papers=(LIST,)),
    SheetStory(HOSPITAL, T, LOCAL, 3, 14.4, GOING),
    SheetStory(HOSPITAL, T, LOCAL, 2, 2, IDLE, approvals=0),
    SheetStory(COLLEGE, T, NATIONAL, 5, 16, IDLE, note="教学实验室改造，整批调剂优先。", papers=(LIST,)),
    SheetStory(COLLEGE, T, LOCAL, 5, 7, GOING),
    SheetStory(CENTRE, T, NATIONAL, 4, 11, IDLE),
    SheetStory(CENTRE, T, LOCAL, 2, 10, GOING),
    SheetStory(BUREAU, T, LOCAL, 2, 8, IDLE),
    SheetStory(LIBRARY, S, LOCAL, 2, 17, note="周末与晚间可借用，需提前三天预约。"),
    SheetStory(LIBRARY, S, NATIONAL, 1, 2.5, approvals=1),
    SheetStory(HOSPITAL, S, NATIONAL, 4, 19, note="检验科、超声科工作日下午可共享机时。", papers=("共享使用须知.txt",)),
    SheetStory(HOSPITAL, S, LOCAL, 1, 13, then="settle"),
    SheetStory(COLLEGE, S, NATIONAL, 4, 15, note="面向省内高校与科研院所开放。", papers=("共享使用须知.txt", LIST)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemandStory:
    """A demand; `closes`: in how many days."""

    unit: str
    scope: Scope
    title: str
    wanted: str
    category: str
    quantity: str
    measure: str
    description: str
    days: float
    closes: int
    urgency: str = "ordinary"
    approvals: int = ALL_NODES
    then: str = ""
    papers: tuple[str, ...] = ()


DEMANDS: Final = (
    DemandStory(LIBRARY, NATIONAL, "求台式计算机 10 台", "transfer", "A02010105", "10", "台", "少儿阅览区电子阅览用，双核以上、内存 8 GB 以上，显示器完好即可。", 10, 40, "urgent", papers=("技术要求.txt",)),
    DemandStory(LIBRARY, LOCAL, "借用会议平板 2 台", "share", "A02091104", "2", "台", "读书节活动期间使用一周，自提自还。", 6, 12, "very_urgent"),
    DemandStory(HOSPITAL, LOCAL, "求文件柜 6 组", "transfer", "A05010502", "6", "组", "病案室扩容，尺寸不限，能上锁。", 8, 60),
    DemandStory(COLLEGE, NATIONAL, "古籍修复用扫描设备 1 台", "transfer", "A02021118", "1", "台", "幅面 A2 以上，可零边距扫描，用于馆藏琼崖文献数字化。", 12, 37, "urgent"),
    DemandStory(COLLEGE, LOCAL, "共享彩色超声机时", "share", "A02320000", "1", "台", "海洋医学方向本科教学，每周半天，共 12 周。", 5, 50),
    DemandStory(CENTRE, LOCAL, "求机架式服务器 2 台", "transfer", "A02010104", "2", "台", "教研平台备份用，2U，内存 64 GB 以上。", 9, 30),
    DemandStory(BUREAU, LOCAL, "求激光投影机 1 台", "transfer", "A02020200", "1", "台", "非遗展厅常设展使用，亮度 5000 流明以上。", 3, 45),
    DemandStory(LIBRARY, LOCAL, "求生物显微镜 4 台", "share", "A02100000", "4", "台", "科普活动周使用。", 1.5, 20, approvals=1),
    DemandStory(HOSPITAL, NATIONAL, "求离心机 1 台", "transfer", "A02100000", "1", "台", "检验科备用机，转速 16000 转以上。", 0.8, 30, approvals=0),
    DemandStory(CENTRE, LOCAL, "求钢制书架 8 组", "transfer", "A05010501", "8", "组", "资料室搬迁，高度不超过 2.2 米。", 14, 25, then="settle"),
)  # fmt: skip


def load_exchange(conn: Connection, data: Path, now: datetime) -> int:
    """Tell every story; how many sheets. `data`: where attachments are kept."""
    people = People(conn, data)
    for story in SHEETS:
        _tell_sheet(people, story, now)
    for demand in DEMANDS:
        _tell_demand(people, demand, now)
    _marks(people, now)
    load_linked(conn, people.called("admin"), now)
    return len(SHEETS) + len(DEMANDS)


KEY: LiteralString = "SELECT id FROM app_user WHERE login = %(login)s"
REVIEWER: LiteralString = """
    SELECT app_user.id FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE unit_id = %(unit)s AND role = 'reviewer' ORDER BY app_user.id LIMIT 1
"""
UNIT: LiteralString = "SELECT address, phone FROM unit WHERE id = %(unit)s"


class People:
    """The demo's people at their desks."""

    def __init__(self, conn: Connection, data: Path) -> None:
        self.conn, self.data = conn, data

    def called(self, login: str) -> User:
        """Somebody by login."""
        return self._user(scalar(self.conn, KEY, login=login))

    def reviewer_of(self, unit: int) -> User:
        """Who decides at a body."""
        return self._user(scalar(self.conn, REVIEWER, unit=unit))

    def _user(self, key: object) -> User:
        assert isinstance(key, int)
        found = user(self.conn, key)
        assert found is not None
        return found

    def head(self, clerk: User, scope: Scope, note: str) -> dict[str, str]:
        """The publisher's party."""
        row = self.conn.execute(UNIT, {"unit": clerk.unit_id}).fetchone()
        assert row is not None
        address, phone = row
        return {"scope": scope.value, "contact": clerk.name, "phone": phone, "address": address,
                "note": note}  # fmt: skip

    def act(
        self, actor: User, sheet: int, action: Action, opinion: str, at: datetime
    ) -> review.Standing:
        """One step of a sheet's review."""
        found = sheets.require(self.conn, actor, sheet)
        seen = review.standing(self.conn, found.review_id).version
        return sheets.act(self.conn, actor, sheet, action, seen, opinion, at, "")


def _tell_sheet(people: People, story: SheetStory, now: datetime) -> None:
    clerk, at = people.called(PREPARERS[story.unit]), now - timedelta(days=story.days)
    picks = eligibility.picks(people.conn, story.kind, clerk.unit_id, None)
    codes = [one.code for one in picks
             if one.photographed and story.status in {"", one.status.value}]  # fmt: skip
    # Spread over what there is, so that one sheet shows several kinds of things.
    chosen = codes[:: max(1, len(codes) // story.cards)][: story.cards]
    files = papers.keep(people.conn, people.data, clerk, story.papers, chosen, at)
    typed = Typed(people.head(clerk, story.scope, story.note), tuple(chosen), files)
    key = sheets.draft(people.conn, clerk, story.kind, typed, at, "")
    assert not isinstance(key, Checked), (story, key.refusals, key.refused_cards)
    listed = _review(people, clerk, key, story.submitted, story.approvals, story.then, at)
    for listing in listed:
        _afterwards(people, clerk, listing, story.then, at + timedelta(days=2))


def _review(
    people: People, clerk: User, key: int, submitted: bool, approvals: int, then: str, at: datetime
) -> list[Listing]:
    """Through its chain as far as the story goes; its listings."""
    if not submitted:
        return []
    step = timedelta(hours=3)
    standing = people.act(clerk, key, Action.SUBMIT, "", at)
    for _node in range(approvals):
        at += step
        if standing.at_node is None:
            break
        decider = people.reviewer_of(standing.at_node.unit_id)
        if then == "return":
            people.act(decider, key, Action.RETURN, "照片看不清铭牌，请补拍后再送审。", at)
            return []
        standing = people.act(decider, key, Action.APPROVE, "情况属实，同意发布。", at)
    done = standing.state is State.APPROVED
    return listings.of_sheet(people.conn, key) if done else []


def _afterwards(people: People, clerk: User, listing: Listing, then: str, at: datetime) -> None:
    if then == "delist":
        manage.delist(people.conn, clerk, listing.id, "本单位另有用途，不再调剂。", at, "")
    if then != "settle":
        return
    today = at.astimezone(ZONE).date()
    typed = {
        "partner": COLLEGE if listing.unit_name != COLLEGE else LIBRARY,
        "way": "free_transfer",
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=90)).isoformat(),
        "compensation": "",
        "note": "双方已线下协商一致。",
    }
    asked, _values, refusals = settle_form.read(people.conn, listing.kind, typed, today)
    assert asked is not None, refusals
    disposal = settle.register(people.conn, clerk, listing.id, asked, at, "")
    if disposal is not None and listing.id % 2:
        _dispose(people, clerk, disposal, at)


def _dispose(people: People, clerk: User, change: int, at: datetime) -> None:
    """The disposal document that follows goes its own way (D2)."""
    actor, action = clerk, Action.SUBMIT
    while True:
        at += timedelta(hours=2)
        found = changes.require(people.conn, actor, change)
        seen = review.standing(people.conn, found.review_id).version
        standing = changes.act(people.conn, actor, change, action, seen, "", at, "")
        if standing.at_node is None:
            return
        actor, action = people.reviewer_of(standing.at_node.unit_id), Action.APPROVE


def _tell_demand(people: People, story: DemandStory, now: datetime) -> None:
    clerk, at = people.called(PREPARERS[story.unit]), now - timedelta(days=story.days)
    today = now.astimezone(ZONE).date()
    division = scalar(people.conn, DIVISION, unit=clerk.unit_id)
    typed = {
        **people.head(clerk, story.scope, ""),
        "title": story.title,
        "wanted": story.wanted,
        "category": story.category,
        "quantity": story.quantity,
        "measure": story.measure,
        "description": story.description,
        "division": str(division),
        "wanted_by": (today + timedelta(days=story.closes)).isoformat(),
        "closing_on": (today + timedelta(days=story.closes)).isoformat(),
        "urgency": story.urgency,
        "ledger_account": "1601 固定资产",
        "creator": clerk.name,
        "handler": clerk.name,
    }
    files = papers.keep(people.conn, people.data, clerk, story.papers, (), at)
    key = sheets.draft(people.conn, clerk, D, Typed(typed, (), files), at, "")
    assert not isinstance(key, Checked), (story, key.refusals)
    for listing in _review(people, clerk, key, True, story.approvals, story.then, at):
        _afterwards(people, clerk, listing, story.then, at + timedelta(days=1))


DIVISION: LiteralString = "SELECT division FROM unit WHERE id = %(unit)s"
MARK: LiteralString = """
    INSERT INTO shortlist (user_id, listing_id, added_at)
    SELECT %(user)s, id, %(now)s FROM listing
     WHERE kind = 'transfer' AND state = 'listed' AND unit_id <> %(own)s
     ORDER BY id LIMIT 3
"""


def _marks(people: People, now: datetime) -> None:
    """The library's and the hospital's preparers have marked some."""
    for login in ("clerk", "clerk2"):
        one = people.called(login)
        people.conn.execute(MARK, {"user": one.id, "own": one.unit_id, "now": now})
