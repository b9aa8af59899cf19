"""`/account`: who I am, my password, second factor, sessions, and where notices are sent."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Refused, audit
from portal import asked, edge, once, second_factor_drawn, signed_in
from portal.consequence import account as means
from portal.consequence import warns
from portal.language import gettext as _
from portal.language import language
from portal.password_asked import asks_password, question
from portal.permissions import needs
from portal.views.login import inside
from portal.words import by_field, words_for
from registry import notices
from registry.notices import Event
from registry.org import (
    Permission,
    account,
    check_password,
    contacts,
    people,
    second_factor,
    second_factor_rules,
    sessions,
)
from registry.stocktake import devices

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@needs(Permission.ACCOUNT)
def index() -> ResponseReturnValue:
    """The page."""
    return _page({}, None)


def _page(refusals: dict[str, str], codes: list[str] | None, token: str = "") -> str:
    viewer = edge.viewer()
    with edge.database().transaction("account") as conn:
        own = people.own(conn, viewer)
        facts: dict[str, Any] = {
            "own": own,
            "sign_ins": account.last_sign_ins(conn, viewer.login),
            "codes_left": second_factor.codes_left(conn, viewer.id) if own.second_factor else 0,
            "wanted": notices.preferences(conn, viewer.id),
            "devices": devices.of_user(conn, viewer.id),
            "factor_required": second_factor_rules.required(conn, viewer.id),
            "sessions": sessions.of_user(conn, viewer.id, signed_in.limits(), edge.now()),
            "keepers": contacts.administrators(conn, viewer.unit_id, but=viewer.id),
        }
    email = request.form.get("email", own.email)
    phone = request.form.get("phone", own.phone)
    return render_template(
        "pages/account.html",
        refusals=refusals,
        codes=codes,
        token=token,
        present=signed_in.present().id,
        longest_device=devices.LONGEST_NAME,
        events=list(Event),
        email=email,
        phone=phone,
        **facts,
    )


@bp.get("/password")
@needs(Permission.ACCOUNT)
def password() -> ResponseReturnValue:
    """The form for a new password; with a temporary one there is no other page."""
    return render_template("pages/account_password.html", refusals={})


@bp.post("/password")
@needs(Permission.ACCOUNT)
def change_password() -> ResponseReturnValue:
    """Change it; this session goes on, all others end, and all guns and phones."""
    viewer, form = edge.viewer(), request.form
    try:
        account.check_new_password(viewer, form.get("password", ""), form.get("again", ""))
        epoch = account.change_password(
            edge.database(),
            viewer,
            form.get("present", ""),
            form.get("password", ""),
            edge.client_address(),
            edge.now(),
            edge.request_id(),
            signed_in.present().id,
        )
    except Refused as refused:
        refusals = by_field(refused, language())
        return render_template("pages/account_password.html", refusals=refusals), 422
    signed_in.go_on(epoch)
    flash(_("口令已更改，其他设备上的登录已退出，扫码枪和手机的令牌已失效。"))
    return redirect(url_for("home.show" if viewer.must_change_password else ".index"), 303)


@bp.post("/second-factor")
@needs(Permission.ACCOUNT)
@asks_password
def begin_second_factor() -> ResponseReturnValue:
    """Make a fresh secret, to be read from the picture."""
    try:
        with edge.database().transaction("begin second factor") as conn:
            second_factor.begin(conn, edge.viewer(), edge.second_factor_key())
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".second_factor_form"), 303)


@bp.get("/second-factor")
@needs(Permission.ACCOUNT)
def second_factor_form() -> ResponseReturnValue:
    """The picture, and the field for the first code."""
    return _picture_page({})


def _picture_page(refusals: dict[str, str]) -> ResponseReturnValue:
    viewer = edge.viewer()
    with edge.database().transaction("pending second factor") as conn:
        secret = second_factor.pending(conn, viewer, edge.second_factor_key())
    if secret is None and signed_in.present().needs_second_factor:
        return render_template("pages/account_second_factor_first.html")
    if secret is None:
        return redirect(url_for(".index"))
    if (asking := question()) is not None:
        return asking  # one that was begun long ago is no gift to whoever finds the session
    address = second_factor.address(secret, viewer.login)
    letters = second_factor.in_letters(secret)
    page = render_template(
        "pages/account_second_factor.html",
        picture=second_factor_drawn.picture(address),
        letters=" ".join(letters[at : at + 4] for at in range(0, len(letters), 4)),
        refusals=refusals,
    )
    return (page, 422) if refusals else page


@bp.post("/second-factor/confirm")
@needs(Permission.ACCOUNT)
def confirm_second_factor() -> ResponseReturnValue:
    """Turn it on with the first right code; the recovery codes are shown this once."""
    viewer, key = edge.viewer(), edge.second_factor_key()
    try:
        with edge.database().transaction("confirm second factor") as conn:
            codes, epoch = second_factor.confirm(
                conn,
                viewer,
                request.form.get("code", "")[:24],
                key,
                edge.now(),
                edge.request_id(),
                signed_in.present().id,
            )
    except Refused as refused:
        return _picture_page(by_field(refused, language()))
    signed_in.go_on(epoch)
    return _page({}, codes)


@bp.post("/second-factor/codes")
@needs(Permission.ACCOUNT)
def new_codes() -> ResponseReturnValue:
    """Fresh recovery codes, with the password."""
    return _with_password(
        lambda conn: second_factor.new_codes(conn, edge.viewer(), edge.request_id())
    )


@bp.post("/second-factor/off")
@needs(Permission.ACCOUNT)
def turn_off_second_factor() -> ResponseReturnValue:
    """Turn it off, with the password."""
    viewer = edge.viewer()
    return _with_password(
        lambda conn: second_factor_rules.turn_off_own(conn, viewer, edge.request_id())
    )


def _with_password(act: Any) -> ResponseReturnValue:
    """Do what needs the password; recovery codes are shown, else back to the page."""
    viewer, present = edge.viewer(), request.form.get("present", "")
    database, address = edge.database(), edge.client_address()
    try:
        wrong = check_password(database, viewer, present, address, edge.now(), edge.request_id())
        if wrong is not None:
            raise wrong
        with database.transaction("change second factor") as conn:
            codes: list[str] | None = act(conn)
    except Refused as refused:
        return _page({"factor": words_for(refused, language())}, None), 422
    if codes:
        return _page({}, codes)
    flash(_("两步验证已关闭。"))
    return redirect(url_for(".index"), 303)


@bp.post("/sign-out-everywhere")
@needs(Permission.ACCOUNT)
@warns(means.signing_out_everywhere)
def sign_out_everywhere() -> ResponseReturnValue:
    """End all other sessions, and all guns and phones."""
    with edge.database().transaction("sign out everywhere") as conn:
        epoch = account.sign_out_everywhere(
            conn, edge.viewer(), edge.request_id(), signed_in.present().id
        )
    signed_in.go_on(epoch)
    flash(_("其他设备上的登录已全部退出，扫码枪和手机的令牌已失效。"))
    return redirect(url_for(".index"), 303)


@bp.post(f"/sessions/<int(max={asked.LARGEST_KEY}):session_id>/end")
@needs(Permission.ACCOUNT)
@warns(means.ending_session)
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of one's sessions; this one leads to the sign-in."""
    viewer = edge.viewer()
    try:
        with edge.database().transaction("end own session") as conn:
            sessions.end(conn, viewer, viewer.id, session_id, edge.request_id())
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
    else:
        flash(_("这处登录已退出。"))
    return redirect(url_for(".index", _anchor="sessions"), 303)


@bp.route("/confirm", methods=["GET", "POST"])
@needs(Permission.ACCOUNT)
@asks_password
def confirm() -> ResponseReturnValue:
    """Asked for the password ahead of what needs it, as before a phone stays signed in."""
    return redirect(inside(request.args.get("next", "")), 303)


@bp.post("/devices")
@needs(Permission.STOCKTAKE_COUNT)
@asks_password
@once.makes_secret
def add_device() -> ResponseReturnValue:
    """Register a gun or an app that counts in my name; this answer alone shows its token (H3)."""
    viewer, name = edge.viewer(), request.form.get("name", "")
    try:
        with edge.database().transaction("add device") as conn:
            once.claim(conn)
            _key, token = devices.add(
                conn, viewer, name, edge.now(), edge.request_id(), signed_in.device_lasts()
            )
            once.made(conn, url_for(".index", _anchor="devices"))
    except Refused as refused:
        return _page({"device": words_for(refused, language())}, None), 422
    return _page({}, None, token), 201


@bp.post(f"/devices/<int(max={asked.LARGEST_NUMBER}):device>/revoke")
@needs(Permission.STOCKTAKE_COUNT)
@warns(means.revoking_device)
def revoke_device(device: int) -> ResponseReturnValue:
    """From now on its token opens nothing."""
    try:
        with edge.database().transaction("revoke device") as conn:
            devices.revoke(conn, edge.viewer(), device, edge.now(), edge.request_id())
    except Refused:
        abort(404)
    flash(_("设备已停用，它的令牌不再有效。"))
    return redirect(url_for(".index", _anchor="devices"), 303)


@bp.post("/contact")
@needs(Permission.ACCOUNT)
def keep_contact() -> ResponseReturnValue:
    """Address, telephone, and which notices come by e-mail."""
    viewer, form = edge.viewer(), request.form
    if (asking := _question_of(form.get("email", ""))) is not None:
        return asking
    try:
        with edge.database().transaction("own contact") as conn:
            _keep_preferences(conn, viewer.id, viewer.login)
            account.keep_contact(
                conn, viewer, form.get("email", ""), form.get("phone", ""), edge.request_id()
            )
    except Refused as refused:
        return _page(by_field(refused, language()), None), 422
    flash(_("联系方式已保存。"))
    return redirect(url_for(".index"), 303)


def _question_of(email: str) -> ResponseReturnValue | None:
    """The address gets notices: who changes it types the password. The rest asks for nothing."""
    with edge.database().transaction("own address") as conn:
        before = people.own(conn, edge.viewer()).email
    return question() if email.strip() != before else None


def _keep_preferences(conn: Connection, user: int, login: str) -> None:
    chosen = set(request.form.getlist("events"))
    wanted = frozenset(event for event in Event if event.value in chosen)
    if wanted == notices.preferences(conn, user):
        return
    notices.set_preferences(conn, user, wanted)
    facts = {"events": sorted(wanted)}
    audit.record(conn, login, "user.notices_chosen", f"user:{login}", edge.request_id(), **facts)
