"""The closed sets of a card: its status and its type, with their words and marks."""

from enum import StrEnum
from typing import Final

from registry.words import Label


class Status(StrEnum):
    """资产状态. The mark of the same name (`is-idle`) means the same on every page."""

    IN_USE = "in_use"
    LEASED = "leased"
    LENT = "lent"
    IDLE = "idle"
    TO_DISPOSE = "to_dispose"
    DISPOSED = "disposed"

    @property
    def label(self) -> Label:
        """Its name."""
        return STATUSES[self]

    @property
    def mark(self) -> str:
        """The class of its badge."""
        return f"is-{self.value}"


STATUSES: Final = {
    Status.IN_USE: Label("在用", "In use"),
    Status.LEASED: Label("出租", "Leased"),
    Status.LENT: Label("出借", "Lent"),
    Status.IDLE: Label("闲置", "Idle"),
    Status.TO_DISPOSE: Label("待处置", "To dispose"),
    Status.DISPOSED: Label("已处置", "Disposed"),
}


class CardType(StrEnum):
    """卡片类型: decides the characteristic fields (A3)."""

    BUILDING = "building"
    LAND = "land"
    VEHICLE = "vehicle"
    GENERAL_EQUIPMENT = "general_equipment"
    SPECIAL_EQUIPMENT = "special_equipment"
    INSTRUMENT = "instrument"
    FURNITURE = "furniture"
    BOOKS_ARCHIVES = "books_archives"
    RELIC = "relic"
    PLANTS_ANIMALS = "plants_animals"
    MATERIAL = "material"
    INTANGIBLE = "intangible"

    @property
    def label(self) -> Label:
        """Its name."""
        return CARD_TYPES[self]


CARD_TYPES: Final = {
    CardType.BUILDING: Label("房屋和构筑物", "Building"),
    CardType.LAND: Label("土地", "Land"),
    CardType.VEHICLE: Label("车辆", "Vehicle"),
    CardType.GENERAL_EQUIPMENT: Label("通用设备", "General equipment"),
    CardType.SPECIAL_EQUIPMENT: Label("专用设备", "Special equipment"),
    CardType.INSTRUMENT: Label("仪器设备", "Instrument"),
    CardType.FURNITURE: Label("家具和用具", "Furniture"),
    CardType.BOOKS_ARCHIVES: Label("图书和档案", "Books and archives"),
    CardType.RELIC: Label("文物和陈列品", "Relic"),
    CardType.PLANTS_ANIMALS: Label("特种动植物", "Plants and animals"),
    CardType.MATERIAL: Label("物资", "Material"),
    CardType.INTANGIBLE: Label("无形资产", "Intangible"),
}


class Group(StrEnum):
    """The four groups of a card's facts (A3)."""

    BASIC = "basic"
    FINANCIAL = "financial"
    USE = "use"
    CHARACTERISTIC = "characteristic"

    @property
    def label(self) -> Label:
        """Its name."""
        return GROUPS[self]


GROUPS: Final = {
    Group.BASIC: Label("基本信息", "Basic"),
    Group.FINANCIAL: Label("财务信息", "Financial"),
    Group.USE: Label("使用信息", "Use"),
    Group.CHARACTERISTIC: Label("特性信息", "Characteristic"),
}


class ChangeKind(StrEnum):
    """Kinds of change (A5); the first two bring cards in."""

    REGISTER = "register"
    IMPORT = "import"
    ATTRIBUTES = "attributes"
    STATUS = "status"
    SHAREABLE = "shareable"
    REQUISITION = "requisition"
    RETURN = "return"
    REPAIR = "repair"
    LEASE_LEND = "lease_lend"
    RECOVER = "recover"
    SPLIT = "split"
    DISPOSE = "dispose"

    @property
    def label(self) -> Label:
        """Its name."""
        return CHANGE_KINDS[self]


CHANGE_KINDS: Final = {
    ChangeKind.REGISTER: Label("新增", "New card"),
    ChangeKind.IMPORT: Label("批量导入", "Import"),
    ChangeKind.ATTRIBUTES: Label("属性变动", "Attributes"),
    ChangeKind.STATUS: Label("状态变动", "Status"),
    ChangeKind.SHAREABLE: Label("共享变动", "Sharing"),
    ChangeKind.REQUISITION: Label("领用", "Requisition"),
    ChangeKind.RETURN: Label("退库", "Return to store"),
    ChangeKind.REPAIR: Label("维修", "Repair"),
    ChangeKind.LEASE_LEND: Label("出租出借", "Lease or lend"),
    ChangeKind.RECOVER: Label("出租出借收回", "Recover"),
    ChangeKind.SPLIT: Label("拆分", "Split"),
    ChangeKind.DISPOSE: Label("处置", "Dispose"),
}
