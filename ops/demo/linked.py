"""The demo's linked systems (F4): what they push, what has vanished there, what was refused."""

import json
from datetime import datetime, timedelta
from typing import Any, Final

from db import Connection, scalar
from exchange.linked import Way, items, push, systems
from exchange.linked.systems import System
from registry.org import User

COLLEGE, HOSPITAL = "海南热带海洋学院", "三亚市人民医院"
LABORATORY: Final = {"contact": "陈教授", "phone": "0898-88651866", "address": "三亚市育才路 1 号"}
EQUIPMENT: Final = {"contact": "设备科", "phone": "0898-88258866", "address": "三亚市解放路 558 号"}
S, T = "share", "transfer"


def _item(
    key: str, kind: str, name: str, category: str, value: int, status: str, about: str,
    of: dict[str, str],
) -> dict[str, Any]:  # fmt: skip
    return {
        "key": key, "kind": kind, "name": name, "category": category, "quantity": 1,
        "measure": "台", "value": value, "status": status, "description": about, **of,
    }  # fmt: skip


INSTRUMENTS: Final = (
    _item("HY-SEM-01", S, "场发射扫描电子显微镜", "A02100000", 3_280_000, "in_use", "每周二、四对外开放，配能谱仪，须提前一周预约。", LABORATORY),
    _item("HY-NMR-02", S, "核磁共振波谱仪 400 MHz", "A02100000", 4_150_000, "in_use", "液体样品测试，送样后三个工作日出谱图。", LABORATORY),
    _item("HY-CTD-03", S, "船载温盐深剖面仪", "A02100000", 860_000, "in_use", "随科考航次共享，可单独借用水下单元。", LABORATORY),
    _item("HY-ICP-04", S, "电感耦合等离子体质谱仪", "A02100000", 1_960_000, "in_use", "海水、沉积物中痕量元素分析。", LABORATORY),
)  # fmt: skip
WARD: Final = (
    _item("SB-0117", T, "多参数监护仪", "A02320000", 28_600, "idle", "病区调整后闲置，附件齐全，检定在有效期内。", EQUIPMENT),
    _item("SB-0233", T, "电动手术床", "A02320000", 96_000, "to_dispose", "手术室更新后退出，功能正常。", EQUIPMENT),
)  # fmt: skip
WRONG: Final = (
    {**WARD[0], "key": "SB-0251", "name": "输液泵", "quantity": 0},  # the sender's own mistake
)


def load_linked(conn: Connection, admin: User, now: datetime) -> int:
    """Register both, and push as they do; how many systems."""
    platform = _register(conn, admin, COLLEGE, "大型科研仪器开放共享平台", now - timedelta(days=21))
    _push(conn, platform, INSTRUMENTS, Way.API, now - timedelta(days=20), complete=True)
    # One of them is gone there since, another is described anew.
    told = {**INSTRUMENTS[0], "description": "每周二至周五对外开放，配能谱仪，须提前三天预约。"}
    left = (told, *INSTRUMENTS[1:3])
    _push(conn, platform, left, Way.API, now - timedelta(days=2), complete=True)
    store = _register(conn, admin, HOSPITAL, "医疗设备院内调剂系统", now - timedelta(days=9))
    _push(conn, store, WARD, Way.FILE, now - timedelta(days=8), complete=False)
    refused_at = now - timedelta(days=1)
    checked = push.check(conn, store, _sent(WRONG, complete=False), refused_at)
    push.note_refused(conn, store, checked.sent, len(checked.wrong), Way.API, refused_at)
    return 2


UNIT: Final = "SELECT id FROM unit WHERE name = %(name)s"


def _register(conn: Connection, admin: User, unit: str, name: str, at: datetime) -> System:
    """A system whose token nobody has seen: the page makes a new one."""
    key = scalar(conn, UNIT, name=unit)
    assert isinstance(key, int)
    system, _token = systems.register(conn, admin, key, name, at)
    return systems.require(conn, admin, system)


def _sent(pushed: tuple[dict[str, Any], ...], *, complete: bool) -> items.Sent:
    return items.of_json(json.dumps({"items": list(pushed), "complete": complete}).encode())


def _push(
    conn: Connection, system: System, pushed: tuple[dict[str, Any], ...], way: Way, at: datetime,
    *, complete: bool,
) -> None:  # fmt: skip
    checked = push.check(conn, system, _sent(pushed, complete=complete), at)
    assert not checked.wrong, [one.refusals for one in checked.wrong]
    push.take(conn, checked, way, f"system:linked:{system.id}", at)
