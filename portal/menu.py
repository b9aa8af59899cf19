"""The menu (A1): rows. One whose page isn't built yet is drawn as not open, and lights up by
itself once its endpoint exists; one that the reader may not open is not drawn.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from flask import Flask, current_app, render_template, request, url_for
from markupsafe import Markup

from exchange import DESCRIPTIONS, Description, Kind
from portal import edge, rooms
from portal.figures import figure
from portal.language import N_, language
from registry.org import Permission

P = Permission


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: its sentence, icon, endpoint, permission, children; which count it bears."""

    text: str
    icon: str
    endpoint: str
    permission: Permission
    children: tuple["Row", ...] = ()
    count: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows below a heading; the first group has none."""

    heading: str
    rows: tuple[Row, ...]


def _four(one: Description) -> tuple[Row, ...]:
    """发布, 审核, 管理, 查询 of one kind of document."""
    room = one.room
    return (
        Row(N_("发布"), "", f"{room}.sheets", rooms.prepares(one)),
        Row(N_("审核"), "", f"{room}.reviews", P.SHEET_REVIEW, count=one.document.value),
        Row(N_("管理"), "", f"{room}.listings", P.SHEET_VIEW),
        Row(N_("查询"), "", f"{room}.query", P.SHEET_VIEW),
    )


MENU: Final = (
    Group("", (Row(N_("我的一天"), "home", "home.show", P.HOME),)),
    Group(
        N_("资产调剂共享"),
        (
            Row(N_("调剂广场"), "grid", "squares.transfer", P.SQUARE_VIEW),
            Row(N_("共享广场"), "share", "squares.share", P.SQUARE_VIEW),
            Row(N_("需求广场"), "flag", "squares.demand", P.SQUARE_VIEW),
            Row(N_("调剂资产"), "swap", "", P.SHEET_VIEW, _four(DESCRIPTIONS[Kind.TRANSFER])),
            Row(N_("共享资产"), "box", "", P.SHEET_VIEW, _four(DESCRIPTIONS[Kind.SHARE])),
            Row(N_("我的需求"), "send", "", P.SHEET_VIEW, _four(DESCRIPTIONS[Kind.DEMAND])),
            Row(N_("录入进度"), "pulse", "campaign.index", P.CAMPAIGN_VIEW),
        ),
    ),
    Group(
        N_("资产管理"),
        (
            Row(N_("资产卡片"), "card", "cards.index", P.CARD_VIEW),
            Row(N_("卡片变动"), "change", "changes.index", P.CHANGE_VIEW),
            Row(
                N_("盘点"),
                "count",
                "",
                P.STOCKTAKE_VIEW,
                (
                    Row(N_("盘点任务"), "", "stocktakes.index", P.STOCKTAKE_VIEW),
                    Row(N_("扫码枪"), "", "scan.gun", P.STOCKTAKE_COUNT),
                    Row(N_("手机盘点"), "", "app.shell", P.STOCKTAKE_COUNT),
                    Row(N_("标签"), "", "labels.index", P.LABEL_PRINT),
                ),
            ),
            Row(
                N_("动态监管"),
                "pulse",
                "",
                P.DEVICE_VIEW,
                (
                    Row(N_("运行总览"), "", "monitoring.index", P.MONITORING_VIEW),
                    Row(
                        N_("闲置建议"),
                        "",
                        "suggestions.index",
                        P.MONITORING_VIEW,
                        count="suggestions",
                    ),
                    Row(N_("采集设备"), "", "devices.index", P.DEVICE_VIEW),
                    Row(N_("规则"), "", "rules.index", P.RULE_VIEW),
                ),
            ),
        ),
    ),
    Group(
        N_("系统"),
        (
            Row(N_("系统管理"), "gear", "admin.index", P.ADMINISTER),
            Row(N_("事件推送"), "send", "webhooks.index", P.ADMINISTER),
            Row(N_("部级对接"), "swap", "ministry.index", P.MINISTRY_VIEW),
            Row(N_("审计"), "shield", "audit.index", P.AUDIT_VIEW),
        ),
    ),
)


# Pages of a room of the exchange, by the row that they belong to; the others are a sheet's.
OF_ROOM: Final = {
    **dict.fromkeys(("sheets", "new", "create", "edit", "save"), "sheets"),
    **dict.fromkeys(("listings", "delist", "settle", "register"), "listings"),
    **dict.fromkeys(("correction", "correct", "batch_delist"), "listings"),
    "reviews": "reviews",
    "query": "query",
}
# Whoever prepares reads a sheet under 发布, whoever reviews under 审核.
OF_SHEET: Final = ("sheets", "reviews", "query")
COUNTED: Final = ("suggestions", *(one.document.value for one in DESCRIPTIONS.values()))

# Pages whose menu row is another blueprint's.
BELONGS: Final = {
    "drafts": "changes",
    "change_batches": "changes",
    "card_files": "cards",
    "admin_people": "admin",
    "admin_units": "admin",
    "admin_reference": "admin",
    "admin_chains": "admin",
    "admin_calendar": "admin",
    "admin_reviews": "admin",
    "linked": "admin",
    "shortlist": "squares.transfer",
    "stocktake_acts": "stocktakes",
    "stocktake_batches": "stocktakes",
    "stocktake_hand": "stocktakes",
    "stocktake_review": "stocktakes",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row for this reader; `address` is None where the page isn't open yet."""

    text: str
    icon: str
    address: str | None
    here: bool
    count: str
    children: tuple["Drawn", ...]

    @property
    def within(self) -> bool:
        """Whether the reader is on one of its children."""
        return any(child.here for child in self.children)


def menu() -> Markup:
    """The reader's menu. There are few different ones, so each is drawn once and kept."""
    user = edge.viewer()
    room = _room()
    granted = frozenset(row.permission for row in _all_rows() if user.may(row.permission))
    if not figure("overseen"):  # A9: of one unit alone there is nothing to compare
        granted -= {P.CAMPAIGN_VIEW}
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # the proxy's
    counts = tuple((name, figure(name)) for name in COUNTED)
    return _drawn(app, request.script_root, language(), granted, room, counts)


def _room() -> str:
    """The blueprint whose row is lit; in a room of the exchange, the very row's endpoint."""
    blueprint = request.blueprint or ""
    if blueprint == "squares":
        kind = (request.view_args or {}).get("square") or (request.endpoint or "").rpartition(".")[
            2
        ]
        return f"{blueprint}.{kind}"
    if blueprint not in rooms.ROOMS:
        return BELONGS.get(blueprint, blueprint)
    rows = {row.endpoint: row for row in _four(rooms.ROOMS[blueprint])}
    page = OF_ROOM.get((request.endpoint or "").rpartition(".")[2])
    wanted = [f"{blueprint}.{name}" for name in ((page,) if page else OF_SHEET)]
    return next((one for one in wanted if edge.viewer().may(rows[one].permission)), wanted[-1])


def _all_rows() -> Iterator[Row]:
    for group in MENU:
        for row in group.rows:
            yield row
            yield from row.children


@lru_cache(maxsize=512)
def _drawn(
    _app: Flask,
    _root: str,
    _language: str,
    granted: frozenset[Permission],
    room: str,
    counts: tuple[tuple[str, int], ...],
) -> Markup:
    """The menu of these: whatever it depends on is an argument."""
    groups = [(group.heading, [_draw(row, granted, room) for row in group.rows
                               if _may(row, granted)]) for group in MENU]  # fmt: skip
    groups = [(heading, rows) for heading, rows in groups if rows]
    return Markup(render_template("parts/menu.html", groups=groups, counts=dict(counts)))  # noqa: S704  # our template


def _may(row: Row, granted: frozenset[Permission]) -> bool:
    if row.children:
        return any(_may(child, granted) for child in row.children)
    return row.permission in granted


def _draw(row: Row, granted: frozenset[Permission], room: str) -> Drawn:
    known = row.endpoint in current_app.view_functions
    return Drawn(
        text=row.text,
        icon=row.icon,
        address=url_for(row.endpoint) if known else None,
        here=known and room in {row.endpoint, row.endpoint.split(".")[0]},
        count=row.count,
        children=tuple(_draw(child, granted, room) for child in row.children
                       if _may(child, granted)),
    )  # fmt: skip
