"""Refusals about linked systems and what they push."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "linked.being_settled": Label("“{name}”（{key}）已登记接收方，正在办理，不能更改或撤回。", "“{name}” ({key}) is being handed over: it can't be changed or taken back."),
    "linked.both": Label("来源编号“{key}”不能同时推送和撤回。", "The key “{key}” can't be pushed and taken back at once."),
    "linked.field_unknown": Label("没有名为“{name}”的字段。", "There is no field “{name}”."),
    "linked.has_errors": Label("{rows} 行有误，整批没有接收。", "Rows at fault: {rows}. Nothing was taken."),
    "linked.key_unknown": Label("本系统没有推送过来源编号“{key}”。", "This system has never pushed the key “{key}”."),
    "linked.code_not_yours": Label("资产编号 {code} 不能由本单位使用：对接系统只能发布本单位的资产。", "The code {code} can't be used by this unit: a linked system lists assets of its own unit only."),
    "linked.listed_already": Label("资产编号 {code} 已在广场上架，不能重复发布。", "The asset {code} is on a square already: it can't be listed twice."),
    "linked.listed_meanwhile": Label("推送中有资产刚刚由其他途径上架，请重新推送以查看是哪一行。", "An asset of this push was listed by another way this very moment: push again to see which."),
    "linked.name_missing": Label("请填写系统名称，最多 {most} 个字。", "Give the system a name of {most} characters at most."),
    "linked.name_taken": Label("已有名为“{name}”的对接系统。", "There is a linked system “{name}” already."),
    "linked.no_text": Label("“{label}”应是文字或数字。", "“{label}” must be a text or a number."),
    "linked.not_found": Label("没有这个对接系统。", "There is no such linked system."),
    "linked.not_json": Label("请求内容不是有效的 JSON（UTF-8）。", "The body is no valid JSON in UTF-8."),
    "linked.nothing": Label("没有要推送或撤回的内容。", "There is nothing to push or to take back."),
    "linked.off": Label("对接系统“{name}”已停用。", "The linked system “{name}” is switched off."),
    "linked.other_kind": Label("“{key}”已按另一种类型上架，请先撤回再推送。", "“{key}” is listed as the other kind: take it back first."),
    "linked.shape": Label("“{field}”的格式不对：应为 {{\"items\": [{{…}}], \"complete\": false, \"withdraw\": [\"…\"]}}。", "“{field}” has the wrong shape: send {{\"items\": [{{…}}], \"complete\": false, \"withdraw\": [\"…\"]}}."),
    "linked.status": Label("调剂的资产状态应为闲置或待处置。", "What is offered for transfer must be idle or to be disposed of."),
    "linked.too_many": Label("一次最多 {most} 条，请分批推送。", "At most {most} at once: push in several parts."),
    "linked.twice": Label("“{label}”{value} 与第 {row} 行重复。", "“{label}” {value} is that of row {row} too."),
}  # fmt: skip
