"""`/admin/webhooks`: where a unit's events are posted, and what has become of each post."""

from collections.abc import Callable
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from portal import asked, edge, once
from portal.consequence import links, warns
from portal.language import gettext as _
from portal.language import language
from portal.password_asked import asks_password
from portal.permissions import needs
from portal.words import by_field, words_for
from registry.notices import Event, deliveries, webhooks
from registry.notices.webhook_post import SIGNATURE
from registry.notices.webhooks import Webhook
from registry.org import Permission

bp = Blueprint("webhooks", __name__, url_prefix="/admin/webhooks")
HOOK: Final = f"int(max={asked.LARGEST_KEY}):webhook"


@bp.get("")
@needs(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """The unit's webhooks and its last deliveries."""
    return _page()


def _page(name: str = "", secret: str = "") -> str:
    viewer = edge.viewer()
    with edge.database().transaction("webhooks") as conn:
        hooks, recent = webhooks.hooks(conn, viewer), deliveries.recent(conn, viewer)
    return render_template(
        "pages/webhooks.html",
        hooks=hooks,
        recent=recent,
        shown_most=deliveries.SHOWN,
        most=webhooks.MOST,
        names={event.value: event.label for event in Event},
        secret=secret,
        secret_of=name,
        signature=SIGNATURE,
    )


@bp.get("/new")
@needs(Permission.ADMINISTER)
def new() -> ResponseReturnValue:
    """The form of a new one."""
    return _form(None, {"name": "", "url": "", "events": list(Event)}, {})


@bp.get(f"/<{HOOK}>")
@needs(Permission.ADMINISTER)
def edit(webhook: int) -> ResponseReturnValue:
    """The form of one that there is."""
    one = _found(webhook)
    return _form(one, {"name": one.name, "url": one.url, "events": one.events}, {})


def _found(webhook: int) -> Webhook:
    try:
        with edge.database().transaction("webhook") as conn:
            return webhooks.require(conn, edge.viewer(), webhook)
    except Refused:
        abort(404)


def _form(one: Webhook | None, values: dict[str, object], refusals: dict[str, str]) -> str:
    return render_template(
        "pages/webhook_form.html",
        hook=one,
        values=values,
        refusals=refusals,
        events=list(Event),
        longest=webhooks.LONGEST_NAME,
    )


def _asked() -> tuple[str, str, list[Event]]:
    chosen = [Event(event) for event in request.form.getlist("events") if event in set(Event)]
    return request.form.get("name", ""), request.form.get("url", ""), chosen


def _refused(refused: Refused, one: Webhook | None) -> ResponseReturnValue:
    """The form again with what was typed, the refusal beside its field."""
    name, url, chosen = _asked()
    said = by_field(refused, language())
    return _form(one, {"name": name, "url": url, "events": chosen}, said), 422


@bp.post("")
@needs(Permission.ADMINISTER)
@asks_password
@once.makes_secret
def add() -> ResponseReturnValue:
    """Add one; this answer alone shows its secret."""
    name, url, chosen = _asked()
    try:
        with edge.database().transaction("add webhook") as conn:
            once.claim(conn)
            viewer = edge.viewer()
            key, secret = webhooks.add(
                conn, viewer, name, url, chosen, edge.now(), edge.request_id()
            )
            once.made(conn, _at(key))
    except Refused as refused:
        return _refused(refused, None)
    return _page(name.strip(), secret), 201


def _at(webhook: int) -> str:
    return url_for(".index", _anchor=f"webhook-{webhook}")


@bp.post(f"/<{HOOK}>")
@needs(Permission.ADMINISTER)
@asks_password
def change(webhook: int) -> ResponseReturnValue:
    """Change name, address or events."""
    one = _found(webhook)
    try:
        with edge.database().transaction("change webhook") as conn:
            webhooks.change(conn, edge.viewer(), webhook, *_asked(), edge.request_id())
    except Refused as refused:
        return _refused(refused, one)
    flash(_("已保存“%(name)s”。", name=request.form["name"].strip()))
    return redirect(url_for(".index"), 303)


@bp.post(f"/<{HOOK}>/secret")
@needs(Permission.ADMINISTER)
@warns(links.renewing_secret)
@asks_password
def renew_secret(webhook: int) -> ResponseReturnValue:
    """A new secret; this answer alone shows it."""
    one = _found(webhook)
    with edge.database().transaction("renew webhook secret") as conn:
        secret = webhooks.renew_secret(conn, edge.viewer(), webhook, edge.request_id())
    return _page(one.name, secret), 201


@bp.post(f"/<{HOOK}>/switch")
@needs(Permission.ADMINISTER)
@warns(links.switching_hook)
@asks_password
def switch(webhook: int) -> ResponseReturnValue:
    """Switch it on or off."""
    active = request.form.get("active") == "true"
    said = _("已开启推送。") if active else _("已关闭推送，还没发出的不再发送。")
    return _done(
        lambda conn: webhooks.switch(conn, edge.viewer(), webhook, active, edge.request_id()), said
    )


@bp.post(f"/<{HOOK}>/test")
@needs(Permission.ADMINISTER)
def try_out(webhook: int) -> ResponseReturnValue:
    """Post something to try the receiver with."""
    return _done(
        lambda conn: webhooks.try_out(conn, edge.viewer(), webhook, edge.now(), edge.request_id()),
        _("测试消息已排队，几秒后在下面看结果。"),
    )


@bp.post(f"/<{HOOK}>/delete")
@needs(Permission.ADMINISTER)
@warns(links.removing_hook)
def remove(webhook: int) -> ResponseReturnValue:
    """Remove it, and what was noted of its posts."""

    def act(conn: Connection) -> None:
        webhooks.remove(conn, edge.viewer(), webhook, edge.request_id())
        once.forget(conn, _at(webhook))

    return _done(act, _("推送地址已删除。"))


@bp.post(f"/deliveries/<int(max={asked.LARGEST_KEY}):delivery>/resend")
@needs(Permission.ADMINISTER)
def resend(delivery: int) -> ResponseReturnValue:
    """Try a dead one again."""
    return _done(
        lambda conn: deliveries.resend(
            conn, edge.viewer(), delivery, edge.now(), edge.request_id()
        ),
        _("已重新排队，几秒后看结果。"),
    )


def _done(act: Callable[[Connection], object], said: str) -> ResponseReturnValue:
    """Do it and go back to the list; what isn't the viewer's is not found."""
    try:
        with edge.database().transaction("webhook action") as conn:
            act(conn)
    except Refused as refused:
        if refused.code == "webhook.not_found":
            abort(404)
        flash(words_for(refused, language()), "warning")
    else:
        flash(said)
    return redirect(url_for(".index"), 303)
