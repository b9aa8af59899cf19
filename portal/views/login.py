"""Signing in and out, and the choice of language."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user

from db import Refused
from portal import edge, security
from portal.language import COOKIE, LANGUAGES, language
from portal.permissions import public
from portal.words import words_for
from registry import org

bp = Blueprint("login", __name__)
LONGEST = 64


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
    return render_template("pages/login.html", next=target, login="", refusal=None)


@bp.post("/login")
@public
def sign_in() -> ResponseReturnValue:
    """Sign in, or say why not; what was typed stays."""
    login = request.form.get("login", "").strip()[:LONGEST]
    target = inside(request.form.get("next", ""))
    with edge.database().transaction("sign in") as conn:
        result = org.sign_in(
            conn,
            login,
            request.form.get("password", ""),
            request.remote_addr or "",
            edge.now(),
            edge.request_id(),
        )
    if isinstance(result, Refused):
        refusal = words_for(result, language())
        code = 429 if result.code == "org.sign_in_locked" else 401
        page = render_template("pages/login.html", next=target, login=login, refusal=refusal)
        return page, code
    session.clear()  # nothing of before: no fixed session
    login_user(security.SignedIn(result))
    security.begin_session(result)
    return redirect(target, 303)


@bp.post("/logout")
@public
def sign_out() -> ResponseReturnValue:
    """End the session."""
    if current_user.is_authenticated:
        login = edge.viewer().login
        with edge.database().transaction("sign out") as conn:
            org.sign_out(conn, login, edge.request_id())
    security.sign_out()
    return redirect(url_for(".form"), 303)


@bp.post("/language")
@public
def choose_language() -> ResponseReturnValue:
    """Remember the reader's language, and go back to where they were."""
    response = redirect(inside(request.form.get("next", "")), 303)
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        secure = edge.settings().cookies_secure
        response.set_cookie(COOKIE, chosen, 31_536_000, samesite="Lax", secure=secure)
    return response
