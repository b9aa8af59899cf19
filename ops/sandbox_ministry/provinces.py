"""Other provinces' listings, invented: what the aggregator sends down beside its decisions."""

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any, Final
from uuid import UUID, uuid5

from exchange import demand_fields
from exchange.ministry.documents import NAMESPACE, Type
from ops.demo import drawing
from ops.demo.catalogue import KINDS
from ops.demo.catalogue import Kind as Asset
from ops.sandbox_ministry.ministry import Ministry
from registry.cards import CardType, photos

SEED: Final = 20261124
ENDS: Final = {Type.SETTLE: "settled", Type.DELIST: "delisted"}


@dataclass(frozen=True, slots=True)
class Unit:
    """Somebody elsewhere who has something, or wants something."""

    name: str
    division: str
    place: str
    province: str
    contact: str
    phone: str
    address: str


UNITS: Final = (
    Unit("广州市越秀区图书馆", "440104", "广州市越秀区", "广东", "梁嘉敏",
         "020-83550216", "广州市越秀区东风中路 268 号"),
    Unit("广东省农业技术推广中心", "440001", "广东省本级", "广东", "陈伟杰",
         "020-37281935", "广州市天河区柯木塱南路 28 号"),
    Unit("深圳市南山区人民医院", "440305", "深圳市南山区", "广东", "黄思远",
         "0755-26553111", "深圳市南山区桃园路 89 号"),
    Unit("湛江市教育装备中心", "440800", "湛江市", "广东", "莫海燕",
         "0759-3336120", "湛江市赤坎区跃进路 42 号"),
    Unit("南宁市档案馆", "450100", "南宁市", "广西", "韦丽娟",
         "0771-5530927", "南宁市嘉宾路 1 号"),
    Unit("广西海洋研究所", "450001", "广西壮族自治区本级", "广西", "覃国栋",
         "0779-2056118", "北海市长青东路 92 号"),
    Unit("桂林市妇幼保健院", "450300", "桂林市", "广西", "蒋玉珍",
         "0773-2822471", "桂林市临桂路 20 号"),
    Unit("厦门市科学技术馆", "350200", "厦门市", "福建", "林志鹏",
         "0592-5047886", "厦门市体育路 95 号"),
    Unit("福建省计量科学研究院", "350001", "福建省本级", "福建", "郑文彬",
         "0591-87841702", "福州市屏东路 9-3 号"),
    Unit("泉州市公共卫生服务中心", "350500", "泉州市", "福建", "王淑华",
         "0595-22180339", "泉州市丰泽区云鹿路 12 号"),
    Unit("昆明市盘龙区文化馆", "530103", "昆明市盘龙区", "云南", "杨晓燕",
         "0871-63125590", "昆明市盘龙区白云路 15 号"),
    Unit("大理白族自治州农科院", "532900", "大理白族自治州", "云南", "段志强",
         "0872-2125633", "大理市下关镇龙山路 1 号"),
    Unit("贵阳市职业技术学校", "520100", "贵阳市", "贵州", "罗文静",
         "0851-85982017", "贵阳市观山湖区云潭南路 8 号"),
    Unit("长沙市环境监测站", "430100", "长沙市", "湖南", "刘建军",
         "0731-84127365", "长沙市雨花区韶山中路 117 号"),
)  # fmt: skip
ASSETS: Final = (
    "microscope", "server", "projector", "copier", "car", "centrifuge", "pc", "ultrasound",
    "scanner", "laptop", "screen", "shelf", "analyser", "air", "hall",
)  # fmt: skip
TRANSFERS, SHARES, DEMANDS = 30, 16, 14
EVERY: Final = TRANSFERS + SHARES + DEMANDS
WISHES: Final = (
    ("pc", 20, "乡镇文化站电子阅览室用，配置不限，能上网即可。"),
    ("projector", 2, "社区报告厅用，亮度 5000 流明以上。"),
    ("microscope", 6, "农技推广培训用，双目即可。"),
    ("car", 1, "下乡巡检用车，七座以上。"),
    ("shelf", 24, "新馆搬迁，需要钢制双面书架。"),
    ("server", 2, "数据备份用，两路以上处理器。"),
    ("ultrasound", 1, "县级保健院门诊用，便携式优先。"),
)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A listing of another province: its id everywhere, and what documents say of it."""

    uid: UUID
    content: dict[str, Any]


def listings(now: datetime) -> Iterator[Elsewhere]:
    """The invented set, the same at every call but for its dates."""
    rng = random.Random(SEED)  # noqa: S311  # a sandbox's dice
    for n in range(TRANSFERS + SHARES):
        kind = "transfer" if n < TRANSFERS else "share"
        unit, asset = UNITS[n % len(UNITS)], KINDS[ASSETS[n % len(ASSETS)]]
        yield _made(n, _asset(rng, kind, unit, asset, now))
    for n in range(DEMANDS):
        unit, wish = UNITS[(n * 3 + 1) % len(UNITS)], WISHES[n % len(WISHES)]
        yield _made(TRANSFERS + SHARES + n, _demand(rng, unit, wish, now))


def _made(n: int, content: dict[str, Any]) -> Elsewhere:
    return Elsewhere(uuid5(NAMESPACE, f"elsewhere/{n}"), content)


def _asset(
    rng: random.Random, kind: str, unit: Unit, asset: Asset, now: datetime
) -> dict[str, Any]:
    bought = now.date() - timedelta(days=rng.randrange(900, 3600))
    code = f"{asset.prefix}{bought.year}{rng.randrange(10**6):06}"
    brand, model = rng.choice(asset.brands)
    value = rng.randrange(*asset.value) // 100 * 100
    disposing = kind == "transfer" and rng.random() < 0.3
    status = "to_dispose" if disposing else "idle" if kind == "transfer" else "in_use"
    quantity = f"{rng.randrange(60, 400)}.00" if asset.type is CardType.BUILDING else "1.00"
    listed = now - timedelta(hours=rng.randrange(2, 500))
    facts = {
        "code": code, "name": asset.name, "category": asset.category, "type": asset.type.value,
        "quantity": quantity, "measure": asset.measure, "acquisition_way": "purchase",
        "acquired_on": bought.isoformat(), "brand": brand, "model": model,
        "original_value": f"{value}.00", "status": status,
        "shareable": "true" if kind == "share" else "false",
    }  # fmt: skip
    ends = (listed + timedelta(days=30)).date() if disposing else None
    return {
        **_head(kind, unit, listed, ends), "name": asset.name, "code": code,
        "category": asset.category, "card_type": asset.type.value, "status": status,
        "quantity": quantity, "measure": asset.measure, "value": f"{value}.00", "facts": facts,
        "thumbnail": _picture(asset.plate, rng.randrange(4), asset.name, code, unit.name),
    }  # fmt: skip


def _demand(
    rng: random.Random, unit: Unit, wish: tuple[str, int, str], now: datetime
) -> dict[str, Any]:
    key, number, words = wish
    asset, listed = KINDS[key], now - timedelta(hours=rng.randrange(2, 200))
    wanted = rng.choice(("transfer", "transfer", "share"))
    closing = now.date() + timedelta(days=rng.randrange(20, 90))
    facts = dict.fromkeys((field.name for field in demand_fields.FIELDS), "") | {
        "title": f"求{asset.name}", "wanted": wanted, "category": asset.category,
        "quantity": f"{number}.00", "measure": asset.measure, "description": words,
        "division": unit.division, "closing_on": closing.isoformat(),
        "wanted_by": (closing - timedelta(days=10)).isoformat(),
        "urgency": rng.choice(("ordinary", "urgent")), "creator": unit.contact,
        "handler": unit.contact,
    }  # fmt: skip
    return {
        **_head("demand", unit, listed, closing), "name": facts["title"], "code": "",
        "category": asset.category, "card_type": "", "status": wanted,
        "quantity": facts["quantity"], "measure": asset.measure, "value": "0.00", "facts": facts,
    }  # fmt: skip


def _head(kind: str, unit: Unit, listed: datetime, ends: date | None) -> dict[str, Any]:
    return {
        "kind": kind,
        "state": "listed",
        "division": unit.division,
        "division_name": unit.place,
        "province": unit.province,
        "unit": unit.name,
        "contact": {"contact": unit.contact, "phone": unit.phone, "address": unit.address},
        "listed_at": listed.astimezone(UTC).isoformat(timespec="seconds"),
        "until_on": ends.isoformat() if ends else None,
    }


@cache
def _picture(plate: str, ground: int, name: str, code: str, owner: str) -> str:
    """A drawn thumbnail, in base64."""
    drawn = photos.decode(drawing.photo(plate, ground, name, code, owner))
    return base64.b64encode(drawn.thumbnail).decode()


def send(ministry: Ministry, now: datetime, most: int = EVERY) -> int:
    """Send the set down, once, or its first `most`; how many went."""
    store = ministry.store
    known = {row["uid"] for row in store.rows("SELECT uid FROM elsewhere")}
    fresh = [one for one in islice(listings(now), most) if str(one.uid) not in known]
    with store.changing():
        for one in fresh:
            text = json.dumps(one.content, ensure_ascii=False)
            store.run("INSERT INTO elsewhere VALUES (?, 'listed', ?)", str(one.uid), text)
            ministry.send_down(str(one.uid), Type.PUBLISH, one.content)
    return len(fresh)


def change(ministry: Ministry, uid: str, kind: Type) -> None:
    """Let another province update, settle or take down one of its listings."""
    store = ministry.store
    with store.changing():
        row = store.one("SELECT * FROM elsewhere WHERE uid = ? AND state = 'listed'", uid)
        if row is None:
            return
        content = json.loads(row["content"])
        state = ENDS.get(kind, "listed")
        content |= {"state": state}
        if kind is Type.UPDATE:
            content["contact"] |= {"note": "可现场看样，请先电话联系。"}
        text = json.dumps(content, ensure_ascii=False)
        store.run("UPDATE elsewhere SET state = ?, content = ? WHERE uid = ?", state, text, uid)
        ministry.send_down(uid, kind, content)
