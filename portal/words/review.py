"""Refusals about reviews."""

from typing import Final

from registry.words import Label

WORDS: Final = {
    "batch.check_fails": Label(
        "没有通过：{checks}。请打开单据核对后再决定。",
        "Not approved: {checks}. Open it and look before you decide.",
    ),
    "batch.entangled": Label(
        "刚才正被别的操作占用，没有办理，请再试一次。",
        "Others were just working on it and nothing was done: try again.",
    ),
    "batch.not_found": Label(
        "没有这份单据，或它不归您办理。",
        "There is no such document, or it is not yours to act on.",
    ),
    "batch.nothing": Label("请先勾选要办理的单据。", "Tick what you want to act on first."),
    "batch.undecided": Label(
        "请按要办的按钮：回车不会办理。", "Press the button of what you want: Enter does nothing."
    ),
    "batch.too_many": Label(
        "一次最多办理 {most} 份，请分几次办。", "At most {most} at once: do it in several turns."
    ),
    "review.acted_already": Label(
        "{number} 的下一环节已经审核，不能取消送审。",
        "The next node has acted on {number}: it can't be recalled.",
    ),
    "review.edited": Label(
        "{number} 刚才有人修改过，请看过新的内容再办。",
        "{number} has just been edited: look at it again first.",
    ),
    "review.moved": Label(
        "{actor}在 {at} 已对 {number} 作了“{action}”，请看过现在的情况再办。",
        "{actor} did “{action}” with {number} at {at}: look at it again first.",
    ),
    "review.no_chain": Label(
        "这类单据还没有设置审核流程，请联系系统管理员设置{administrators}。",
        "No review chain is set for this kind of document. Ask an administrator to set one{administrators}.",
    ),
    "review.no_such_review": Label(
        "没有这份单据的审核记录。",
        "There is no such review.",
    ),
    "review.nobody": Label(
        "{unit}没有可以审核的人（经办不能审核自己的单据），请联系管理员指定审核岗{administrators}。",
        "Nobody in {unit} can review it (nobody reviews their own). Ask an administrator to name a reviewer{administrators}.",
    ),
    "review.not_now": Label(
        "{number} 现在是“{state}”，不能这样操作。",
        "{number} is “{state}” now: this is not possible.",
    ),
    "review.not_yours": Label(
        "{number} 不由您办理。",
        "{number} is not yours to act on.",
    ),
    "review.nothing_to_revoke": Label(
        "{number} 没有您可以取消的审核。",
        "There is no approval of {number} that you could revoke.",
    ),
    "review.opinion_long": Label(
        "审核意见最多 {most} 个字。",
        "An opinion has {most} characters at most.",
    ),
    "review.own_document": Label(
        "{number} 是您起草、修改或送审的，须由别人审核。",
        "You prepared, edited or submitted {number}: somebody else must review it.",
    ),
    "review.reason_missing": Label(
        "退回时请写明原因。",
        "Say why you return it.",
    ),
    "review.chain_empty": Label("审核链至少要有一个环节。", "A chain has one step at least."),
    "review.chain_twice": Label("同一环节不能出现两次。", "A step must not come twice."),
    "review.chain_stale": Label(
        "审核链刚被别人修改过，请核对后重新保存。",
        "Somebody has just changed this chain. Check it, then save again.",
    ),
}  # fmt: skip
