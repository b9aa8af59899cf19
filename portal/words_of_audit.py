"""The audit log in words (J1): a row for each action, for each part of the system that acts by
itself, and for each sort of thing that is acted on; guard tests check them against the code.
"""

from typing import Final

from exchange import Happened, Kind
from registry.review import DocumentKind
from registry.words import Label

WORDS: Final = {
    "address.unlocked": Label("解除了地址的登录限制", "Removed an address's sign-in limit"),
    "audit.exported": Label("导出了审计日志", "Exported the audit log"),
    "audit.verified": Label("校验了审计链", "Verified the audit chain"),
    "campaign.ended": Label("结束了录入", "Ended an entry campaign"),
    "campaign.reminded": Label("提醒了未完成的单位", "Reminded units that are behind"),
    "campaign.started": Label("设定了录入截止日期", "Set a deadline for publishing"),
    "closure.added": Label("登记了暂停办公", "Entered a closure"),
    "closure.changed": Label("修改了暂停办公", "Changed a closure"),
    "closure.removed": Label("删除了暂停办公", "Deleted a closure"),
    "card.exported": Label("导出了卡片", "Exported cards"),
    "card_change.deleted": Label("删除了变动草稿", "Deleted a change's draft"),
    "card_change.drafted": Label("起草了卡片变动", "Drafted a card change"),
    "card_change.restored": Label("恢复了变动草稿", "Restored a change's draft"),
    "card_change.edited": Label("修改了变动草稿", "Edited a change's draft"),
    "delivery.resent": Label("重发了通知", "Sent a notice again"),
    "demo.loaded": Label("装入了演示数据", "Loaded the demo data"),
    "fault_value.kept": Label("登记了传感器故障值", "Recorded a sensor's fault value"),
    "sensor_kind.added": Label("添加了传感器类型", "Added a kind of sensor"),
    "gateway.activated": Label("启用了网关", "Activated a gateway"),
    "gateway.added": Label("登记了网关", "Registered a gateway"),
    "gateway.deactivated": Label("停用了网关", "Deactivated a gateway"),
    "gateway.password_renewed": Label("更换了网关口令", "Renewed a gateway's password"),
    "label.printed": Label("打印了标签", "Printed labels"),
    "linked_system.added": Label("登记了对接系统", "Registered a linked system"),
    "linked_system.pushed": Label("接收了对接系统的推送", "Took a linked system's push"),
    "linked_system.switched_off": Label("停用了对接系统", "Switched a linked system off"),
    "linked_system.switched_on": Label("启用了对接系统", "Switched a linked system on"),
    "linked_system.token_renewed": Label("更换了对接系统的令牌", "Renewed a linked system's token"),
    "listing.taken_down": Label("单位下架了发布", "Took a listing down"),
    "ministry.resent": Label("重发了上报文件", "Sent a document to the ministry again"),
    "ministry.resent_all": Label(
        "重发了一条发布的全部文件", "Sent all documents of a listing again"
    ),
    "ministry.told": Label(
        "按卡片更新发布并上报", "Made a listing as its card is, and reported it"
    ),
    "reference.imported": Label("导入了基础数据", "Imported reference data"),
    "review_chain.changed": Label("修改了审核链", "Changed a review chain"),
    "rule.added": Label("新增了闲置规则的版本", "Added a version of an idle rule"),
    "scan_device.added": Label("添加了扫码设备", "Added a scanning device"),
    "scan_device.revoked": Label("停用了扫码设备", "Revoked a scanning device"),
    "section.added": Label("新增了部门", "Added a section"),
    "section.removed": Label("删除了部门", "Removed a section"),
    "section.restored": Label("恢复了部门", "Restored a section"),
    "section.renamed": Label("修改了部门名称", "Renamed a section"),
    "sensor.activated": Label("启用了传感器", "Activated a sensor"),
    "sensor.added": Label("登记了传感器", "Registered a sensor"),
    "sensor.bound": Label("绑定了传感器", "Bound a sensor to an asset"),
    "sensor.commissioned": Label("传感器通过调试验证", "A sensor passed its commissioning test"),
    "sensor.commissioning_failed": Label(
        "传感器未通过调试验证", "A sensor failed its commissioning test"
    ),
    "sensor.deactivated": Label("停用了传感器", "Deactivated a sensor"),
    "sensor.proof_ended": Label("传感器不再可信", "A sensor can't be believed any more"),
    "sensor.proven": Label("由使用验证了传感器", "Use seen proved a sensor"),
    "sensor.put_up": Label("设为房间传感器", "Let a sensor watch its room"),
    "sensor.replaced": Label("更换了传感器", "Replaced a sensor"),
    "sensor.taken_down": Label("不再用作房间传感器", "A sensor no longer watches its room"),
    "sensor.unbound": Label("解除了传感器绑定", "Unbound a sensor"),
    "second_factor.rules_set": Label("修改了两步验证要求", "Changed who needs a second factor"),
    "settlement.registered": Label("登记了结果", "Registered a result"),
    "sheet.deleted": Label("删除了发布单草稿", "Deleted a sheet's draft"),
    "sheet.drafted": Label("起草了发布单", "Drafted a sheet"),
    "sheet.restored": Label("恢复了发布单草稿", "Restored a sheet's draft"),
    "sheet.edited": Label("修改了发布单草稿", "Edited a sheet's draft"),
    "shortlist.added": Label("加入了预选资产", "Shortlisted assets"),
    "shortlist.restored": Label("放回了预选资产", "Put assets back on the shortlist"),
    "shortlist.removed": Label("移除了预选资产", "Removed assets from the shortlist"),
    "session.ended": Label("结束了一处登录", "Ended a session"),
    "square.exported": Label("导出了广场", "Exported a square"),
    "stocktake.changes_drafted": Label("由盘点起草了卡片变动", "Drafted a stocktake's changes"),
    "stocktake.closed": Label("结束了盘点", "Closed a count"),
    "stocktake.conflict_decided": Label("裁定了矛盾的盘点记录", "Decided between counts"),
    "stocktake.count_confirmed": Label("确认盘点结果仍有效", "Confirmed that a count still holds"),
    "stocktake.due_changed": Label("修改了盘点截止日期", "Changed a stocktake's due date"),
    "stocktake.explanation_void": Label(
        "差异有变，原说明作废", "Differences changed: explanations void"
    ),
    "stocktake.explained": Label("说明了盘点差异", "Explained differences"),
    "stocktake.exported": Label("导出了盘点报告", "Exported a stocktake's report"),
    "stocktake.handed_over": Label("移交了待盘资产", "Handed cards over to count"),
    "stocktake.planned": Label("制定了盘点任务", "Planned a stocktake"),
    "stocktake.removed": Label("删除了盘点任务", "Removed a stocktake"),
    "stocktake.restored": Label("恢复了盘点任务", "Restored a stocktake"),
    "stocktake.reopened": Label("恢复了盘点", "Reopened a count"),
    "stocktake.started": Label("开始了盘点", "Started a count"),
    "stocktake.surplus_completed": Label("补充了盘盈资产", "Completed a surplus"),
    "suggestion.accepted": Label("采纳了闲置建议", "Accepted an idle suggestion"),
    "suggestion.agreed": Label("同意闲置建议，请经办岗起草", "Agreed with an idle suggestion"),
    "suggestion.dismissed": Label("未采纳闲置建议", "Dismissed an idle suggestion"),
    "suggestion.raised": Label("提出了闲置建议", "Raised an idle suggestion"),
    "suggestion.reopened": Label(
        "草稿删除，闲置建议回到待处理", "Opened an idle suggestion again, its draft was deleted"
    ),
    "suggestion.resumed": Label("恢复了闲置建议", "Took an idle suggestion up again"),
    "suggestion.taken_up": Label("撤销了不采纳", "Took a dismissal back"),
    "suggestion.waiting": Label("暂缓了闲置建议", "Set an idle suggestion aside"),
    "suggestion.withdrawn": Label("撤回了闲置建议", "Withdrew an idle suggestion"),
    "unit.activated": Label("恢复了单位", "Reactivated a unit"),
    "unit.added": Label("新增了单位", "Added a unit"),
    "unit.changed": Label("修改了单位", "Changed a unit"),
    "unit.deactivated": Label("停用了单位", "Deactivated a unit"),
    "unknown_code.bound": Label("把未知编号对应到卡片", "Bound an unknown code to a card"),
    "unknown_code.taken_up": Label("撤销了搁置", "Took an unknown code up again"),
    "unknown_code.set_aside": Label("搁置了未知编号", "Set an unknown code aside"),
    "user.activated": Label("恢复了用户", "Reactivated a user"),
    "user.added": Label("新增了用户", "Added a user"),
    "user.changed": Label("修改了用户", "Changed a user"),
    "user.contact_changed": Label("修改了自己的联系方式", "Changed their own contact details"),
    "user.deactivated": Label("停用了用户", "Deactivated a user"),
    "user.notices_chosen": Label("修改了邮件通知", "Chose which notices come by e-mail"),
    "user.password_set": Label("设置了口令", "Set a password"),
    "user.recovery_codes_made": Label("换了一组恢复码", "Made new recovery codes"),
    "user.second_factor_off": Label("关闭了两步验证", "Turned the second factor off"),
    "user.second_factor_on": Label("开启了两步验证", "Turned the second factor on"),
    "user.sign_in_failed": Label("登录失败", "Failed to sign in"),
    "user.signed_in": Label("登录", "Signed in"),
    "user.signed_out": Label("退出", "Signed out"),
    "user.signed_out_everywhere": Label("退出了其他设备", "Signed out everywhere else"),
    "user.unlocked": Label("解除了登录限制", "Removed a sign-in limit"),
    "webhook.added": Label("添加了推送地址", "Added a webhook"),
    "webhook.changed": Label("修改了推送地址", "Changed a webhook"),
    "webhook.removed": Label("删除了推送地址", "Removed a webhook"),
    "webhook.secret_renewed": Label("更换了推送密钥", "Renewed a webhook's secret"),
    "webhook.switched_off": Label("关闭了推送", "Switched a webhook off"),
    "webhook.switched_on": Label("开启了推送", "Switched a webhook on"),
    "webhook.tested": Label("测试了推送", "Tested a webhook"),
}
# What happened to listings (exchange.listings), mostly by themselves.
LISTING: Final = Label("上架资产", "Listing")
ON_SQUARES: Final = {f"listing.{one.value}": one.label for one in Happened}
# What was done with any document under review (registry.review).
REVIEWED: Final = {
    "submitted": Label("送审", "submitted"),
    "recalled": Label("取消送审", "recalled"),
    "approved": Label("审核通过", "approved"),
    "returned": Label("退回", "returned"),
    "revoked": Label("取消审核", "approval revoked"),
    "made_void": Label("作废", "voided"),
}

# Who acts without a person: a process, a command, a load of data.
ACTORS: Final = {
    "system:analytics": Label("使用分析", "Usage analysis"),
    "system:demo": Label("演示数据装入", "Demo data"),
    "system:exchange": Label("上报与交换", "Exchange with the ministry"),
    "system:linked": Label("对接系统", "Linked system"),
    "system:migration": Label("系统升级", "Upgrade"),
    "system:notifier": Label("通知发送", "Notifier"),
    "system:panhuo": Label("运维命令", "Command line"),
    "system:portal": Label("门户", "Portal"),
    "system:stocktake": Label("盘点汇总", "Stocktaking"),
}
OTHER_ACTOR: Final = Label("系统程序 {name}", "System program {name}")
LINKED: Final = "system:linked:"  # and the linked system's id
# What the log calls documents by their number: `sheet` before it is submitted, then its kind.
DOCUMENTS: Final = frozenset({"sheet", *DocumentKind})
# What is acted on: the word before the colon of an entry's subject.
SUBJECTS: Final = {
    "address": Label("网络地址", "Network address"),
    "audit": Label("审计日志", "Audit log"),
    "campaign": Label("录入任务", "Entry campaign"),
    "card": Label("卡片", "Cards"),
    "closure": Label("暂停办公", "Closure"),
    "code": Label("未知编号", "Unknown code"),
    "delivery": Label("发出的通知", "Delivery"),
    "demo": Label("演示数据", "Demo data"),
    "fault_value": Label("传感器故障值", "Sensor's fault value"),
    "sensor_kind": Label("传感器类型", "Kind of sensor"),
    "file": Label("文件", "File"),
    "gateway": Label("网关", "Gateway"),
    "linked_system": Label("对接系统", "Linked system"),
    "listing": LISTING,
    "reference": Label("基础数据", "Reference data"),
    "review_chain": Label("审核链", "Review chain"),
    "rule": Label("闲置规则", "Idle rule"),
    "scan_device": Label("扫码设备", "Scanning device"),
    "second_factor": Label("两步验证要求", "Second factor rules"),
    "section": Label("内设部门", "Section"),
    "sensor": Label("传感器", "Sensor"),
    "sheet": Label("发布单", "Sheet"),
    "square": Label("广场", "Square"),
    "suggestion": Label("闲置建议", "Idle suggestion"),
    "unit": Label("单位", "Unit"),
    "user": Label("用户", "User"),
    "webhook": Label("推送地址", "Webhook"),
} | {one.value: one.label for one in DocumentKind}
ALL: Final = frozenset({"*", "all", "log"})  # no thing of its own


def subject_of(actor: str) -> str:
    """As what the log would name who acted: a person, or a linked system."""
    if actor.startswith(LINKED):
        return f"linked_system:{actor.removeprefix(LINKED)}"
    return actor if actor.startswith("system:") else f"user:{actor}"


def actor_said(actor: str, language: str) -> str:
    """A part of the system in words; '' for a person."""
    if not actor.startswith("system:"):
        return ""
    name = "system:linked" if actor.startswith(LINKED) else actor
    if name in ACTORS:
        return ACTORS[name].of(language)
    return OTHER_ACTOR.of(language).format(name=actor.removeprefix("system:"))


def subject_said(subject: str, language: str) -> tuple[str, str]:
    """(what sort of thing it is, which one): the second '' where there is one alone."""
    kind, _colon, key = subject.partition(":")
    word = SUBJECTS[kind].of(language) if kind in SUBJECTS else kind
    if key in ALL:
        return word, ""
    if kind == "square" and key in set(Kind):
        return word, Kind(key).label.of(language)
    document, _dot, scope = key.partition(".")
    if kind == "review_chain" and document in set(DocumentKind):
        return word, f"{DocumentKind(document).label.of(language)} {scope}".strip()
    return word, key


def known(action: str) -> bool:
    """Whether there are words for it."""
    kind, _dot, verb = action.partition(".")
    return (
        action in WORDS or action in ON_SQUARES or (kind in set(DocumentKind) and verb in REVIEWED)
    )


def said(action: str, language: str) -> str:
    """What was done; an action of an older or newer version is named as it was recorded."""
    if action in WORDS:
        return WORDS[action].of(language)
    if action in ON_SQUARES:
        listing, done = LISTING.of(language), ON_SQUARES[action].of(language)
        return f"{listing}: {done}" if language == "en" else f"{listing}：{done}"
    if not known(action):
        return action
    kind, _dot, verb = action.partition(".")
    document, done = DocumentKind(kind).label.of(language), REVIEWED[verb].of(language)
    return f"{document} {done}" if language == "en" else f"{document}{done}"
