"""Refusals about suggestions."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "suggestion.closed_already": Label(
        "这条建议刚才已经有人处理，请刷新查看。", "Somebody has just closed this suggestion."
    ),
    "suggestion.not_found": Label("没有这条建议。", "There is no such suggestion."),
    "suggestion.reason_long": Label("原因最多 {most} 个字。", "A reason has {most} characters at most."),
    "suggestion.reason_missing": Label(
        "请写明不采纳的原因，如“每年汛期集中使用”。",
        "Say why you dismiss it, such as “used in the flood season only”.",
    ),
}  # fmt: skip
