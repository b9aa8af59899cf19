"""Refusals about idle rules and suggestions."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "rule.added_meanwhile": Label(
        "分类 {category} 的规则刚才已有新版本，请核对后再来。",
        "Somebody has just added a version of {category}'s rule: look at it, then try again.",
    ),
    "rule.missing": Label("请写明 {field}。", "Say {field}."),
    "rule.no_such_category": Label(
        "分类表里没有 {category}。请先导入分类表，或核对编码。",
        "No category {category} is in the list. Import the list first, or check the code.",
    ),
    "rule.out_of_range": Label(
        "{field} 应在 {least} 到 {most} 之间，不能是 {value}。",
        "{field} is from {least} to {most}, not {value}.",
    ),
    "rule.too_long": Label("{field} 最多 {most} 个字。", "{field} has {most} characters at most."),
    "rule.too_many_days": Label(
        "{field} 最多 {most}：{window} 天里没有更多的工作日。",
        "{field} is {most} at most: {window} days have no more working days.",
    ),
    "rule.upper_limit_low": Label(
        "{field} 不能低于判定线 {least}。", "{field} can't be below the threshold, {least}."
    ),
    "suggestion.closed_already": Label(
        "这条建议刚才已经有人处理，请刷新查看。", "Somebody has just closed this suggestion."
    ),
    "suggestion.not_found": Label("没有这条建议。", "There is no such suggestion."),
    "suggestion.reason_long": Label("原因最多 {most} 个字。", "A reason has {most} characters at most."),
    "suggestion.waits": Label(
        "这条建议的证据眼下不完整，证据补齐后才能采纳；可以不采纳。",
        "The evidence of this suggestion has a gap: it can be accepted once that is closed, or dismissed now.",
    ),
    "suggestion.reason_missing": Label(
        "请写明不采纳的原因，如“每年汛期集中使用”。",
        "Say why you dismiss it, such as “used in the flood season only”.",
    ),
}  # fmt: skip
