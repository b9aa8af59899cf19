"""Refusals about notices, mail and webhooks."""

from typing import Final

from registry.words import Label

WORDS: Final[dict[str, Label]] = {
    "webhook.not_found": Label("没有这个推送地址。", "There is no such webhook."),
    "webhook.name_missing": Label(
        "请填写名称，不超过 {most} 个字。", "Give it a name of at most {most} characters."
    ),
    "webhook.url_malformed": Label(
        "请填写以 http:// 或 https:// 开头的完整地址，地址里不能有用户名、密码和中文。",
        "Give a full address that begins with http:// or https://, in plain letters, without login or password.",
    ),
    "webhook.url_private": Label(
        "这个地址在内部网络，默认不允许推送。确有需要，请运维人员在 PANHUO_WEBHOOK_NETWORKS 中放行该网段。",
        "This address is inside a private network, where nothing is sent by default. If it is needed, ask the operator to list that network in PANHUO_WEBHOOK_NETWORKS.",
    ),
    "webhook.events_missing": Label("请至少选择一种事件。", "Choose at least one event."),
    "webhook.too_many": Label(
        "每个单位最多 {most} 个推送地址，请先删除不用的。",
        "A unit may have {most} webhooks; remove one that isn't used first.",
    ),
    "webhook.off": Label(
        "推送已关闭，请先开启再测试。", "It is switched off; switch it on first, then test it."
    ),
    "delivery.not_dead": Label(
        "这一条现在不能重发：它不是失败状态，或者推送已关闭。",
        "This can't be sent again now: it hasn't failed, or its webhook is switched off.",
    ),
}
