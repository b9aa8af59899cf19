"""Every field of a card (A3), in the order in which people read them."""

from typing import Final

from registry.cards.field import LASTING, NOTED, PAST, CardField, Choices, Form, Whose, named
from registry.cards.kinds import CardType, ChangeKind, Group, Status
from registry.words import Label

K, T = ChangeKind, CardType
THING, HOLDER, PRIVATE = Whose.THING, Whose.HOLDER, Whose.PRIVATE
NEW: Final = frozenset({K.REGISTER, K.IMPORT})
EDIT: Final = NEW | {K.ATTRIBUTES}
HANDED: Final = EDIT | {K.REQUISITION, K.RETURN, K.LEASE_LEND, K.RECOVER}
YUAN: Final = Label("元", "yuan")
SQUARE_METRES: Final = Label("㎡", "m²")

WAYS: Final[Choices] = (
    ("purchase", Label("购置", "Purchase")),
    ("transfer", Label("调拨", "Transfer")),
    ("donation", Label("接受捐赠", "Donation")),
    ("exchange", Label("置换", "Exchange")),
    ("construction", Label("自建", "Construction")),
    ("development", Label("自行研制", "Own development")),
    ("surplus", Label("盘盈", "Surplus")),
    ("lease", Label("租入", "Lease")),
    ("other", Label("其他", "Other")),
)
VALUE_TYPES: Final[Choices] = (
    ("original", Label("原值", "Original cost")),
    ("provisional", Label("暂估值", "Provisional")),
    ("revalued", Label("重置价值", "Replacement cost")),
    ("appraised", Label("评估值", "Appraised")),
    ("nominal", Label("名义金额", "Nominal amount")),
)
ACCOUNTS: Final = (
    "1601 固定资产",
    "1611 固定资产（控制）",
    "1613 在建工程",
    "1701 无形资产",
    "1801 公共基础设施",
    "1821 文物文化资产",
    "1302 库存物品",
)

BASIC: Final = (
    CardField("code", Label("资产编号", "Code"), Group.BASIC, Form.CODE, required=True, changed_by=NEW, longest=32, hint=Label("4 至 32 位大写字母、数字或 -", "4 to 32 capital letters, digits or -"), whose=HOLDER),
    CardField("name", Label("资产名称", "Name"), Group.BASIC, required=True, changed_by=EDIT | {K.SPLIT}, whose=THING),
    CardField("category", Label("资产分类", "Category"), Group.BASIC, Form.CATEGORY, required=True, changed_by=EDIT, hint=Label("GB/T 14885 编码", "Code of GB/T 14885"), whose=THING),
    CardField("type", Label("卡片类型", "Card type"), Group.BASIC, Form.CHOICE, required=True, changed_by=NEW, choices=named(CardType), whose=THING),
    CardField("quantity", Label("数量（面积）", "Quantity (area)"), Group.BASIC, Form.QUANTITY, required=True, changed_by=EDIT | {K.SPLIT}, whose=THING),
    CardField("measure", Label("计量单位", "Unit of measure"), Group.BASIC, required=True, changed_by=EDIT, longest=12, suggestions=("台", "套", "辆", "件", "组", "个", "册", "幅", "株", "㎡", "宗", "项"), whose=THING),
    CardField("acquisition_way", Label("取得方式", "Acquired by"), Group.BASIC, Form.CHOICE, changed_by=EDIT, choices=WAYS, whose=HOLDER),
    CardField("acquired_on", Label("取得日期", "Acquired on"), Group.BASIC, Form.DATE, changed_by=EDIT, days=PAST, whose=HOLDER),
    CardField("brand", Label("品牌", "Brand"), Group.BASIC, changed_by=EDIT, whose=THING),
    CardField("model", Label("规格型号", "Model"), Group.BASIC, changed_by=EDIT, whose=THING),
    CardField("serial_number", Label("出厂编号", "Serial number"), Group.BASIC, changed_by=EDIT, whose=THING),
    CardField("maker", Label("生产厂家", "Maker"), Group.BASIC, changed_by=EDIT, whose=THING),
    CardField("supplier", Label("供应商", "Supplier"), Group.BASIC, changed_by=EDIT, whose=PRIVATE),
)  # fmt: skip
FINANCIAL: Final = (
    CardField("original_value", Label("资产原值", "Original value"), Group.FINANCIAL, Form.MONEY, required=True, changed_by=EDIT | {K.SPLIT}, measure=YUAN, whose=THING),
    CardField("accumulated_depreciation", Label("累计折旧（摊销）", "Accumulated depreciation"), Group.FINANCIAL, Form.MONEY, changed_by=EDIT | {K.SPLIT}, measure=YUAN, whose=THING),
    CardField("net_value", Label("净值", "Net value"), Group.FINANCIAL, Form.MONEY, derived=True, measure=YUAN, whose=THING),
    CardField("fiscal_funds", Label("财政性资金", "Fiscal funds"), Group.FINANCIAL, Form.MONEY, changed_by=EDIT | {K.SPLIT}, measure=YUAN, whose=PRIVATE),
    CardField("other_funds", Label("非财政性资金", "Non-fiscal funds"), Group.FINANCIAL, Form.MONEY, changed_by=EDIT | {K.SPLIT}, measure=YUAN, whose=PRIVATE),
    CardField("value_type", Label("价值类型", "Value type"), Group.FINANCIAL, Form.CHOICE, changed_by=EDIT, choices=VALUE_TYPES, whose=THING),
    CardField("ledger_account", Label("单位会计科目", "Ledger account"), Group.FINANCIAL, changed_by=EDIT, suggestions=ACCOUNTS, whose=PRIVATE),
    CardField("voucher_number", Label("会计凭证号", "Voucher number"), Group.FINANCIAL, changed_by=EDIT, longest=50, whose=PRIVATE),
)  # fmt: skip
USE: Final = (
    CardField("status", Label("资产状态", "Status"), Group.USE, Form.CHOICE, required=True, changed_by=NEW | {K.STATUS, K.RECOVER, K.SPLIT}, choices=named(Status), whose=HOLDER),
    CardField("shareable", Label("是否共享共用", "Shareable"), Group.USE, Form.YES_NO, required=True, changed_by=NEW | {K.SHAREABLE, K.SPLIT}, whose=HOLDER),
    CardField("using_section", Label("使用部门", "Using section"), Group.USE, Form.SECTION, changed_by=HANDED - {K.RETURN}, whose=HOLDER),
    CardField("custodian", Label("使用人", "Custodian"), Group.USE, changed_by=HANDED - {K.RETURN}, longest=50, whose=PRIVATE),
    CardField("managing_section", Label("管理部门", "Managing section"), Group.USE, Form.SECTION, changed_by=EDIT | {K.RETURN}, whose=HOLDER),
    CardField("place", Label("存放地点", "Place"), Group.USE, changed_by=HANDED | {K.STATUS, K.SPLIT}, longest=200, whose=HOLDER),
    CardField("purpose", Label("用途", "Purpose"), Group.USE, changed_by=EDIT | {K.REQUISITION}, longest=200, whose=HOLDER),
)  # fmt: skip

EQUIPMENT: Final = frozenset({T.GENERAL_EQUIPMENT, T.SPECIAL_EQUIPMENT, T.INSTRUMENT})
C: Final = Group.CHARACTERISTIC


def _types(*types: CardType) -> frozenset[CardType]:
    return frozenset(types)


CHARACTERISTIC: Final = (
    CardField("title", Label("权属证号", "Title deed"), C, types=_types(T.BUILDING, T.LAND), changed_by=EDIT, whose=HOLDER),
    CardField("holder", Label("权属人", "Holder of title"), C, types=_types(T.BUILDING, T.LAND, T.INTANGIBLE), changed_by=EDIT, whose=HOLDER),
    CardField("site", Label("坐落位置", "Location"), C, types=_types(T.BUILDING, T.LAND), changed_by=EDIT, longest=200, whose=THING),
    CardField("area", Label("建筑面积", "Floor area"), C, Form.QUANTITY, types=_types(T.BUILDING), changed_by=EDIT, measure=SQUARE_METRES, whose=THING),
    CardField("structure", Label("建筑结构", "Structure"), C, Form.CHOICE, types=_types(T.BUILDING), changed_by=EDIT, choices=(("steel", Label("钢结构", "Steel")), ("reinforced", Label("钢筋混凝土结构", "Reinforced concrete")), ("mixed", Label("砖混结构", "Brick and concrete")), ("brick", Label("砖木结构", "Brick and timber")), ("other", Label("其他结构", "Other"))), whose=THING),
    CardField("floors", Label("层数", "Floors"), C, Form.WHOLE, types=_types(T.BUILDING), changed_by=EDIT, whose=THING),
    CardField("completed_on", Label("竣工日期", "Completed on"), C, Form.DATE, types=_types(T.BUILDING), changed_by=EDIT, days=PAST, whose=THING),
    CardField("land_area", Label("土地面积", "Land area"), C, Form.QUANTITY, types=_types(T.LAND), changed_by=EDIT, measure=SQUARE_METRES, whose=THING),
    CardField("right_type", Label("使用权类型", "Right of use"), C, Form.CHOICE, types=_types(T.LAND), changed_by=EDIT, choices=(("allocated", Label("划拨", "Allocated")), ("granted", Label("出让", "Granted")), ("leased", Label("租赁", "Leased")), ("contributed", Label("作价出资（入股）", "Contributed as capital"))), whose=THING),
    CardField("land_use", Label("土地用途", "Land use"), C, types=_types(T.LAND), changed_by=EDIT, whose=THING),
    CardField("plate", Label("车牌号", "Number plate"), C, types=_types(T.VEHICLE), changed_by=EDIT, longest=20, whose=HOLDER),
    CardField("vin", Label("车辆识别代号", "VIN"), C, types=_types(T.VEHICLE), changed_by=EDIT, longest=17, whose=THING),
    CardField("engine", Label("发动机号", "Engine number"), C, types=_types(T.VEHICLE), changed_by=EDIT, longest=40, whose=THING),
    CardField("registered_on", Label("注册登记日期", "Registered on"), C, Form.DATE, types=_types(T.VEHICLE), changed_by=EDIT, days=NOTED, whose=THING),
    CardField("seats", Label("核定载客", "Seats"), C, Form.WHOLE, types=_types(T.VEHICLE), changed_by=EDIT, measure=Label("人", "persons"), whose=THING),
    CardField("vehicle_use", Label("车辆用途", "Vehicle use"), C, Form.CHOICE, types=_types(T.VEHICLE), changed_by=EDIT, choices=(("confidential", Label("机要通信用车", "Confidential mail")), ("emergency", Label("应急保障用车", "Emergency")), ("enforcement", Label("执法执勤用车", "Enforcement")), ("special", Label("特种专业技术用车", "Special technical")), ("business", Label("业务用车", "Business")), ("other", Label("其他", "Other"))), whose=HOLDER),
    CardField("specification", Label("技术参数", "Specification"), C, Form.LONG_TEXT, types=EQUIPMENT | {T.MATERIAL}, changed_by=EDIT, longest=500, whose=THING),
    CardField("rated_hours", Label("年额定机时", "Rated hours a year"), C, Form.WHOLE, types=_types(T.SPECIAL_EQUIPMENT, T.INSTRUMENT), changed_by=EDIT, measure=Label("小时", "hours"), whose=THING),
    CardField("calibrated_until", Label("检定有效期至", "Calibrated until"), C, Form.DATE, types=_types(T.INSTRUMENT), changed_by=EDIT, days=LASTING, whose=THING),
    CardField("origin_country", Label("产地（国别）", "Country of origin"), C, types=EQUIPMENT, changed_by=EDIT, longest=50, whose=THING),
    CardField("warranty_until", Label("保修期至", "Warranty until"), C, Form.DATE, types=EQUIPMENT, changed_by=EDIT, days=LASTING, whose=THING),
    CardField("material", Label("材质", "Material"), C, types=_types(T.FURNITURE, T.RELIC), changed_by=EDIT, longest=50, whose=THING),
    CardField("size", Label("尺寸", "Size"), C, types=_types(T.FURNITURE, T.RELIC), changed_by=EDIT, longest=50, whose=THING),
    CardField("author", Label("著者", "Author"), C, types=_types(T.BOOKS_ARCHIVES), changed_by=EDIT, whose=THING),
    CardField("publisher", Label("出版社", "Publisher"), C, types=_types(T.BOOKS_ARCHIVES), changed_by=EDIT, whose=THING),
    CardField("isbn", Label("ISBN", "ISBN"), C, types=_types(T.BOOKS_ARCHIVES), changed_by=EDIT, longest=20, whose=THING),
    CardField("archive_number", Label("档案号（索书号）", "Archive or call number"), C, types=_types(T.BOOKS_ARCHIVES), changed_by=EDIT, longest=50, whose=HOLDER),
    CardField("era", Label("年代", "Era"), C, types=_types(T.RELIC), changed_by=EDIT, longest=50, whose=THING),
    CardField("grade", Label("文物等级", "Grade"), C, Form.CHOICE, types=_types(T.RELIC), changed_by=EDIT, choices=(("first", Label("一级", "First")), ("second", Label("二级", "Second")), ("third", Label("三级", "Third")), ("general", Label("一般", "General")), ("ungraded", Label("未定级", "Ungraded"))), whose=THING),
    CardField("species", Label("种属", "Species"), C, types=_types(T.PLANTS_ANIMALS), changed_by=EDIT, whose=THING),
    CardField("born_on", Label("出生（栽种）日期", "Born or planted on"), C, Form.DATE, types=_types(T.PLANTS_ANIMALS), changed_by=EDIT, days=PAST, whose=THING),
    CardField("native_place", Label("产地", "Native place"), C, types=_types(T.PLANTS_ANIMALS), changed_by=EDIT, whose=THING),
    CardField("batch", Label("批号", "Batch"), C, types=_types(T.MATERIAL), changed_by=EDIT, longest=50, whose=THING),
    CardField("best_before", Label("有效期至", "Best before"), C, Form.DATE, types=_types(T.MATERIAL), changed_by=EDIT, days=LASTING, whose=THING),
    CardField("right_kind", Label("无形资产类别", "Kind of right"), C, Form.CHOICE, types=_types(T.INTANGIBLE), changed_by=EDIT, choices=(("patent", Label("专利权", "Patent")), ("trademark", Label("商标权", "Trademark")), ("copyright", Label("著作权", "Copyright")), ("software", Label("计算机软件", "Software")), ("land", Label("土地使用权", "Land use right")), ("data", Label("数据资产", "Data")), ("other", Label("其他", "Other"))), whose=THING),
    CardField("right_number", Label("证书号", "Certificate number"), C, types=_types(T.INTANGIBLE), changed_by=EDIT, longest=50, whose=THING),
    CardField("granted_on", Label("授权日期", "Granted on"), C, Form.DATE, types=_types(T.INTANGIBLE), changed_by=EDIT, days=NOTED, whose=THING),
    CardField("expires_on", Label("权利期限至", "Right expires on"), C, Form.DATE, types=_types(T.INTANGIBLE), changed_by=EDIT, whose=THING),
    CardField("amortised_months", Label("摊销年限", "Amortised over"), C, Form.WHOLE, types=_types(T.INTANGIBLE), changed_by=EDIT, measure=Label("月", "months"), whose=THING),
)  # fmt: skip

FIELDS: Final = BASIC + FINANCIAL + USE + CHARACTERISTIC
BY_NAME: Final = {field.name: field for field in FIELDS}
# Which card types the classes of GB/T 14885 hold; others are not checked.
CLASSES: Final = {
    "A01": _types(T.BUILDING, T.LAND),
    "A02": EQUIPMENT | {T.VEHICLE},
    "A03": _types(T.RELIC),
    "A04": _types(T.BOOKS_ARCHIVES),
    "A05": _types(T.FURNITURE),
    "A06": _types(T.PLANTS_ANIMALS),
    "A07": _types(T.MATERIAL),
    "A08": _types(T.INTANGIBLE, T.LAND),
}


def other_classes(card_type: CardType) -> list[str]:
    """The classes (A01) that hold no cards of this type."""
    return [name for name, types in CLASSES.items() if card_type not in types]


def fields_of(card_type: CardType, group: Group | None = None) -> tuple[CardField, ...]:
    """The fields of a card type, all or those of a group."""
    return tuple(
        field for field in FIELDS if field.of(card_type) and (group is None or field.group is group)
    )


def changeable(card_type: CardType, kind: ChangeKind) -> tuple[CardField, ...]:
    """The fields of a card type that a kind of change may set."""
    return tuple(field for field in fields_of(card_type) if kind in field.changed_by)


def names_of(whose: Whose) -> frozenset[str]:
    """The names of the fields that are the asset's, its holder's, or its holder's alone."""
    return frozenset(field.name for field in FIELDS if field.whose is whose)
