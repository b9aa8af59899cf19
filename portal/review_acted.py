"""What a document's pages do with its review: hand in, take back, approve, return, revoke (C)."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import edge
from portal.language import gettext as _
from portal.language import language
from portal.words import words_for
from registry.review import Action, Standing, State


@dataclass(frozen=True, slots=True)
class Desk:
    """A kind of document on its pages, by its id.

    `name`: of its transactions and of its refusal "<name>.not_found". `act`: does it, with the
    opinion. `again`: the page with what was typed and why it was refused, where the page itself
    says so; else None. `back`: the page's address. `approved`: what final approval brought about.
    """

    name: str
    act: Callable[[Connection, int, Action, str], Standing]
    again: Callable[[int, str, Refused], str | None]
    back: Callable[[int], str]
    approved: Callable[[Standing], str]


def act(desk: Desk, key: int, action: Action) -> ResponseReturnValue:
    """Do it, and say what comes next."""
    opinion = request.form.get("opinion", "")
    try:
        with edge.database().transaction(f"{action.value} {desk.name}") as conn:
            after = desk.act(conn, key, action, opinion)
    except Refused as refused:
        again = desk.again(key, opinion, refused)
        return (again, 422) if again is not None else sent_back(desk, key, refused)
    flash(what_next(action, after, desk.approved))
    return redirect(desk.back(key), 303)


def sent_back(desk: Desk, key: int, refused: Refused) -> ResponseReturnValue:
    """The answer to what was refused: the page as it is now, and why."""
    if refused.code == f"{desk.name}.not_found":
        abort(404)
    flash(words_for(refused, language()), "warning")
    return redirect(desk.back(key), 303)


def what_next(action: Action, after: Standing, approved: Callable[[Standing], str]) -> str:
    """What has happened, and what comes next; `approved`: what final approval brought about."""
    if after.state is State.APPROVED:
        return approved(after)
    node = after.at_node.body.label.of(language()) if after.at_node else ""
    if action is Action.SUBMIT:
        return _("%(number)s 已送审，下一环节：%(node)s。", number=after.number, node=node)
    if action is Action.APPROVE:
        return _("%(number)s 审核通过，下一环节：%(node)s。", number=after.number, node=node)
    if action is Action.RETURN:
        return _("%(number)s 已退回经办修改。", number=after.number)
    if action is Action.REVOKE:
        return _("已取消审核，%(number)s 回到待审核。", number=after.number)
    return _("%(number)s 已取消送审，可以继续修改。", number=after.number)
