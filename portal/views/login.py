"""Signing in, in one step or two, and out; and the choice of language."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import Busy, Refused
from portal import cookies, edge, errors, signed_in
from portal.language import COOKIE, LANGUAGES, language
from portal.language import gettext as _
from portal.permissions import public
from portal.words import words_for
from registry import org
from registry.org import CodeAsked, User, known_devices

bp = Blueprint("login", __name__)
LONGEST = 64
DEVICE = "panhuo_device"


def inside(target: str) -> str:
    """`target` where it is a page of ours, else the first page: never another site."""
    parts = urlsplit(target)
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if own and not parts.scheme and not parts.netloc else url_for("home.show")


@bp.get("/login")
@public
def form() -> ResponseReturnValue:
    """The form."""
    target = inside(request.args.get("next", ""))
    if current_user.is_authenticated:
        return redirect(target)
    again = words_for(Refused("org.sign_in_again"), language()) if "again" in request.args else None
    return render_template("pages/login.html", next=target, login="", refusal=again)


@bp.post("/login")
@public
def sign_in() -> ResponseReturnValue:
    """Sign in, or ask for the code, or say why not; what was typed stays."""
    login = request.form.get("login", "").strip()[:LONGEST]
    target = inside(request.form.get("next", ""))
    try:
        result = org.sign_in(
            edge.database(),
            login,
            request.form.get("password", ""),
            edge.client_address(),
            edge.now(),
            edge.request_id(),
            cookies.get(DEVICE),
        )
    except Busy as busy:
        return _form(target, login, _("同时登录的人较多，请等几秒再试。")), 503, errors.later(busy)
    if isinstance(result, Refused):
        page = _form(target, login, words_for(result, language()))
        return page, _status(result), _later(result)
    if isinstance(result, CodeAsked):
        signed_in.begin_half(result, target)
        return redirect(url_for(".code"), 303)
    return _let_in(result, target)


def _form(target: str, login: str, refusal: str) -> str:
    return render_template("pages/login.html", next=target, login=login, refusal=refusal)


def _let_in(user: User, target: str) -> ResponseReturnValue:
    """Begin the session; from now on this browser is known: nobody locks it out by guessing."""
    signed_in.begin(user)
    with edge.database().transaction("know device") as conn:
        token = known_devices.remember(conn, user.id, cookies.get(DEVICE), edge.now())
    response = redirect(target, 303)
    age = int(known_devices.KEPT.total_seconds())
    response.set_cookie(
        cookies.name(DEVICE), token, age, secure=edge.is_secure(), httponly=True, samesite="Lax"
    )
    return response


def _status(refused: Refused) -> int:
    return 429 if refused.code == "org.sign_in_locked" else 401


def _later(refused: Refused) -> dict[str, str]:
    return errors.retry_after(refused) if refused.code == "org.sign_in_locked" else {}


@bp.get("/login/code")
@public
def code() -> ResponseReturnValue:
    """The second step's form; without a fresh first step, back to it."""
    if signed_in.half() is None:
        return redirect(url_for(".form"))
    return render_template("pages/login_code.html", refusal=None)


@bp.post("/login/code")
@public
def give_code() -> ResponseReturnValue:
    """The second step: an authenticator's code, or a recovery code."""
    half = signed_in.half()
    if half is None:
        return redirect(url_for(".form", again="1"), 303)
    asked, target = half
    with edge.database().transaction("sign in with code") as conn:
        result = org.sign_in_with_code(
            conn,
            asked,
            request.form.get("code", "")[:LONGEST],
            edge.client_address(),
            edge.now(),
            edge.second_factor_key(),
            edge.request_id(),
            cookies.get(DEVICE),
        )
    if isinstance(result, Refused):
        if result.code == "org.sign_in_again":
            signed_in.end()
            return redirect(url_for(".form", again="1"), 303)
        refusal = words_for(result, language())
        page = render_template("pages/login_code.html", refusal=refusal)
        return page, _status(result), _later(result)
    return _let_in(result, inside(target))


@bp.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if current_user.is_authenticated:
        login = edge.viewer().login
        with edge.database().transaction("sign out") as conn:
            org.sign_out(conn, login, edge.request_id())
    signed_in.end()
    return redirect(url_for(".form"), 303)


@bp.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Remember the reader's language, and go back to where they were."""
    response = redirect(inside(request.form.get("next", "")), 303)
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        # The phone app's script reads it: no authority, no `__Host-`.
        response.set_cookie(COOKIE, chosen, 31_536_000, samesite="Lax", secure=edge.is_secure())
    return response
