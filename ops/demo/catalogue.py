"""What the demo's units own: kinds of assets, where they stand, and which are watched."""

from dataclasses import dataclass
from typing import Final

from registry.cards import CardType, Status

T = CardType
Brands = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of asset. Values in yuan; life in years; `archetype` is how the simulator uses it."""

    key: str
    name: str
    category: str
    type: CardType
    plate: str
    prefix: str
    measure: str
    brands: Brands
    value: tuple[int, int]
    life: int
    archetype: str = ""


KINDS: Final = {
    kind.key: kind
    for kind in (
        Kind("pc", "台式计算机", "A02010105", T.GENERAL_EQUIPMENT, "computer", "TY", "台",
             (("联想", "启天 M455"), ("清华同方", "超越 E500"), ("长城", "世恒 TD120")),
             (4200, 7800), 6, "desk"),
        Kind("laptop", "便携式计算机", "A02010108", T.GENERAL_EQUIPMENT, "computer", "TY", "台",
             (("联想", "昭阳 X7"), ("华为", "擎云 L420")), (5200, 9800), 6, "portable"),
        Kind("server", "机架式服务器", "A02010104", T.GENERAL_EQUIPMENT, "server", "TY", "台",
             (("浪潮", "NF5280M6"), ("华为", "TaiShan 200")), (46000, 98000), 6, "always_warm"),
        Kind("copier", "彩色数码复印机", "A02020100", T.GENERAL_EQUIPMENT, "copier", "TY", "台",
             (("奔图", "CM9105DN"), ("理光", "IM C3010")), (16000, 38000), 6, "printer"),
        Kind("printer", "激光打印机", "A02021004", T.GENERAL_EQUIPMENT, "copier", "TY", "台",
             (("奔图", "P3305DN"), ("得力", "GA3340DN")), (1800, 4600), 6, "printer"),
        Kind("projector", "激光工程投影机", "A02020200", T.GENERAL_EQUIPMENT, "projector", "TY", "台",
             (("爱普生", "CB-L500"), ("索尼", "VPL-P500")), (26000, 118000), 6, "desk"),
        Kind("air", "立柜式空调机", "A02061804", T.GENERAL_EQUIPMENT, "air_conditioner", "TY", "台",
             (("格力", "RF7.2"), ("美的", "RFD-72")), (6200, 11800), 8),
        Kind("screen", "会议平板显示设备", "A02091104", T.GENERAL_EQUIPMENT, "projector", "TY", "台",
             (("MAXHUB", "V6 75"), ("海信", "75MR6")), (12800, 26800), 6, "desk"),
        Kind("scanner", "古籍书刊扫描仪", "A02021118", T.SPECIAL_EQUIPMENT, "scanner", "ZY", "台",
             (("赛数", "OS 12002"), ("赛数", "OS 14000")), (286000, 420000), 8, "instrument"),
        Kind("microscope", "生物显微镜", "A02100000", T.INSTRUMENT, "microscope", "ZY", "台",
             (("奥林巴斯", "BX53"), ("舜宇", "RX50")), (38000, 126000), 10, "instrument"),
        Kind("centrifuge", "台式高速离心机", "A02100000", T.INSTRUMENT, "centrifuge", "ZY", "台",
             (("湘仪", "H1850R"), ("艾本德", "5430R")), (32000, 86000), 8, "instrument"),
        Kind("analyser", "全自动生化分析仪", "A02320000", T.SPECIAL_EQUIPMENT, "centrifuge", "ZY", "台",
             (("迈瑞", "BS-480"), ("日立", "3500")), (180000, 460000), 8, "instrument"),
        Kind("ultrasound", "彩色超声诊断仪", "A02320000", T.SPECIAL_EQUIPMENT, "ultrasound", "ZY", "台",
             (("迈瑞", "M9"), ("开立", "S9")), (260000, 520000), 8, "instrument"),
        Kind("carried", "便携式彩色超声诊断仪", "A02320000", T.SPECIAL_EQUIPMENT, "ultrasound", "ZY",
             "台", (("迈瑞", "TE7"), ("索诺声", "Edge II")), (160000, 260000), 8, "portable"),
        Kind("car", "七座越野车", "A02030500", T.VEHICLE, "vehicle", "CL", "辆",
             (("比亚迪", "唐 DM-i"), ("丰田", "普拉多")), (198000, 420000), 8, "vehicle"),
        Kind("bus", "流动图书车", "A02030500", T.VEHICLE, "vehicle", "CL", "辆",
             (("江铃", "全顺 T8"),), (268000, 330000), 8, "vehicle"),
        Kind("hall", "多功能活动室", "A01010200", T.BUILDING, "building", "FW", "㎡",
             (("", ""),), (380000, 1260000), 50, "room"),
        Kind("shelf", "钢制双面书架", "A05010501", T.FURNITURE, "shelf", "JJ", "组",
             (("广雅", "SJ-06"),), (12000, 73000), 15),
        Kind("desk", "会议桌椅", "A05010303", T.FURNITURE, "table", "JJ", "套",
             (("震旦", "CT-12"),), (6800, 26000), 15),
        Kind("cabinet", "文件柜", "A05010502", T.FURNITURE, "shelf", "JJ", "组",
             (("广雅", "WG-04"),), (1600, 9800), 15),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stock:
    """So many of a kind in a section; the first `watched` of them are watched by its gateway."""

    kind: str
    cards: int
    watched: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """A section's room: what stands there, and its gateway where there is one.

    What a store keeps has one status: it is what the squares are filled from.
    """

    unit: str
    section: str
    place: str
    stock: tuple[Stock, ...]
    gateway: bool = True
    status: Status | None = None  # of all that stands there; None: drawn
    watched: tuple[str, ...] = ()  # what the gateway's sensors of the room itself measure


S = Stock
LIBRARY, HOSPITAL = "海口市图书馆", "三亚市人民医院"
COLLEGE, CENTRE = "海南热带海洋学院", "海口市教育信息技术中心"
BUREAU = "海口市旅游和文化广电体育局"
ROOMS: Final = (
    Room(LIBRARY, "数字资源部", "三楼 302", (S("scanner", 4, 4), S("pc", 5, 3), S("printer", 1, 1))),
    Room(LIBRARY, "采编部", "二楼 205", (S("pc", 8, 4), S("copier", 2, 2), S("printer", 3, 2)),
         watched=("photoelectric", "temperature")),
    Room(LIBRARY, "活动部", "一楼报告厅", (S("projector", 4, 3), S("hall", 2, 2), S("screen", 3, 2),
                                     S("bus", 2, 2), S("laptop", 3, 1))),
    Room(LIBRARY, "信息技术部", "地下机房", (S("server", 6, 4), S("pc", 3, 2), S("laptop", 3, 1))),
    Room(LIBRARY, "读者服务部", "一楼大厅", (S("pc", 14), S("shelf", 18), S("desk", 6)), False),
    Room(LIBRARY, "办公室", "五楼 501", (S("cabinet", 6), S("car", 1), S("air", 5)), False),
    Room(HOSPITAL, "检验科", "门诊楼 3 层", (S("analyser", 4, 3), S("microscope", 5, 3),
                                       S("centrifuge", 4, 2))),
    Room(HOSPITAL, "超声科", "医技楼 2 层", (S("ultrasound", 5, 4), S("carried", 4, 3), S("pc", 4, 1))),
    Room(HOSPITAL, "门诊部", "门诊楼 1 层", (S("pc", 10, 5), S("printer", 6, 3))),
    Room(HOSPITAL, "总务科", "后勤楼", (S("car", 4, 3), S("air", 4), S("desk", 3), S("hall", 1, 1))),
    Room(COLLEGE, "实验中心", "实验楼 A 座 4 层", (S("microscope", 8, 4), S("centrifuge", 5, 3),
                                            S("pc", 4, 1))),
    Room(COLLEGE, "信息中心", "图文楼 6 层", (S("server", 6, 3), S("pc", 5, 2), S("screen", 2, 2))),
    Room(COLLEGE, "后勤处", "行政楼 1 层", (S("car", 3, 2), S("copier", 2, 2), S("hall", 2, 2),
                                      S("cabinet", 6))),
    Room(CENTRE, "培训部", "培训楼 2 层", (S("pc", 12, 5), S("projector", 2, 2), S("laptop", 4, 2))),
    Room(CENTRE, "网络部", "主楼 5 层", (S("server", 4), S("cabinet", 3)), False),
    Room(BUREAU, "办公室", "8 层 803", (S("pc", 5), S("car", 1), S("desk", 3)), False),
    Room("海南省财政厅", "资产管理处", "9 层 912", (S("pc", 8), S("cabinet", 2)), False),
    Room(LIBRARY, "办公室", "地下一层库房", (S("scanner", 1), S("projector", 2), S("server", 2), S("copier", 1),
                                      S("pc", 6), S("shelf", 4)), False, Status.IDLE),
    Room(LIBRARY, "办公室", "地下一层待处置区", (S("pc", 4), S("printer", 2), S("shelf", 2)), False,
         Status.TO_DISPOSE),
    Room(HOSPITAL, "设备科", "设备库房", (S("ultrasound", 1), S("carried", 1), S("microscope", 2),
                                    S("centrifuge", 1), S("pc", 5)), False, Status.IDLE),
    Room(HOSPITAL, "设备科", "待处置区", (S("pc", 3), S("printer", 2)), False, Status.TO_DISPOSE),
    Room(COLLEGE, "实验中心", "实验楼 B 座库房", (S("microscope", 4), S("centrifuge", 2), S("server", 1),
                                          S("copier", 1)), False, Status.IDLE),
    Room(COLLEGE, "后勤处", "后勤库房", (S("pc", 6), S("cabinet", 3)), False, Status.TO_DISPOSE),
    Room(CENTRE, "培训部", "主楼库房", (S("projector", 2), S("laptop", 3), S("pc", 6)), False,
         Status.IDLE),
    Room(CENTRE, "网络部", "主楼待处置区", (S("server", 1), S("cabinet", 2)), False,
         Status.TO_DISPOSE),
    Room(BUREAU, "办公室", "车库与库房", (S("car", 1), S("desk", 2)), False, Status.IDLE),
)  # fmt: skip

SENSORS: Final = {
    "desk": ("photoelectric", "temperature"),
    "printer": ("pulses", "temperature"),
    "instrument": ("photoelectric", "temperature"),
    "always_warm": ("photoelectric", "temperature"),
    "room": ("photoelectric", "pulses"),
    "vehicle": ("position", "temperature"),
    "portable": ("position", "photoelectric"),
}
PREFIXES: Final = {"photoelectric": "pe", "pulses": "pc", "temperature": "tc", "position": "gp"}
