"""The words that the gun page says by itself, in the reader's language (A2)."""

from portal.language import gettext as _
from portal.language import language
from registry.cards import Status
from registry.stocktake import Condition


def words() -> dict[str, str]:
    """By the names that js/scan-says.js and its neighbours ask for; {n}, {who} and such are filled
    in there.
    """
    spoken = language()
    named = {f"status_{one.value}": one.label.of(spoken) for one in Status}
    named |= {f"condition_{one.value}": one.label.of(spoken) for one in Condition}
    return named | _answers() | _choices() | _facts() | _states()


def _answers() -> dict[str, str]:
    return {
        "found": _("已盘"),
        "again": _("已盘过"),
        "elsewhere": _("不在本任务"),
        "not_mine": _("不在您名下"),
        "unknown": _("没有这个编号"),
        "surplus": _("已登记盘盈"),
        "waiting": _("已记下"),
        "refused": _("没有存上"),
        "undone": _("已撤销"),
        "not_undone": _("没有撤销"),
        "not_undone_for": _("没有撤销：{why}"),
        "not_told": _("没有告诉"),
        "not_told_for": _("没有告诉：{why}"),
        "not_told_kept": _("{why}已留在“没有存上的记录”里，可以再试或丢弃。"),
        "kept_safe": _("已收进未知编号，不会丢"),
        "checking": _("正在核对"),
        "checked_later": _("联网后核对"),
        "nothing_to_undo": _("没有可以撤销的盘点记录。"),
        "another_unit": _("其他单位的资产"),
    }


def _choices() -> dict[str, str]:
    return {
        "of_this": _("本件情况"),
        "what_to_do": _("怎么处理"),
        "good": _("完好"),
        "repair": _("待修"),
        "idle": _("闲置"),
        "to_dispose": _("待处置"),
        "moved": _("换了地点"),
        "none_is_good": _("不选即为“完好”"),
        "note_only": _("只作记录"),
        "is_here": _("就在我这里"),
        "tell": _("告诉{who}"),
        "none_is_note": _("不选即为“只作记录”，可接着扫"),
        "change_it": _("改上次的记录"),
        "or_go_on": _("不改就接着扫"),
        "keep": _("收着，以后再查"),
        "surplus_it": _("登记盘盈"),
        "photograph": _("拍照"),
        "press_enter": _("按回车选定"),
        "told": _("已告诉{who}"),
        "telling": _("正在告诉{who}"),
        "told_later": _("联网后告诉{who}"),
        "tell_again": _("再告诉一次{who}"),
        "failed": _("没有成功，请稍后再试。"),
    }


def _facts() -> dict[str, str]:
    return {
        "place": _("存放地点"),
        "custodian": _("使用人"),
        "status": _("账面状态"),
        "net_value": _("净值"),
        "last_time": _("上次"),
        "registered_by": _("登记人"),
        "by_whom": _("{at}，{who}"),
        "myself": _("本人"),
        "go_on": _("不用再扫"),
        "next_one": _("接着扫下一件"),
        "belongs": _("属于"),
        "booked_place": _("账面地点"),
        "noted": _("已记录"),
        "is_stray": _("归属不符"),
        "they_see": _("归属不符，{who}会看到"),
        "please": _("请"),
        "put_back": _("放回原处或说明"),
        "alike": _("相近编号"),
        "none_alike": _("没有"),
        "from_where": _("来历"),
        "old_label": _("可能是旧标签"),
        "unknown_all": _("未知编号"),
        "n_items": _("共 {n} 件"),
        "add_surplus": _("补拍照片或登记盘盈"),
        "belongs_to": _("属于{who}"),
        "counted_before": _("{at}已盘，{who}"),
        "contradicts": _("与{who}的记录不一致，等待裁定"),
        "ago_s": _("刚才"),
        "ago_m": _("{n} 分钟前"),
        "ago_h": _("{n} 小时前"),
        "ago_d": _("{n} 天前"),
    }


def _states() -> dict[str, str]:
    return {
        "all_kept": _("已全部存好"),
        "some_refused": _("{n} 条没有存上"),
        "sending": _("{n} 条正在发送"),
        "offline": _("网络断开，{n} 条存在本机，联网后自动发送"),
        "signed_out": _("登录已过期，{n} 条存在本机"),
        "sign_in": _("重新登录"),
        "ready": _("扫码枪已就绪"),
        "not_ready": _("点一下这里，再扫描"),
        "photo_kept": _("照片已上传"),
        "name_missing": _("请填写资产名称。"),
        "quantity_wrong": _("数量应为 {least} 到 {most} 之间的数，最多两位小数。"),
    }
