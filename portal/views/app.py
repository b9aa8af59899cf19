"""`/app`: the phone app (H2, H3). Its page is nobody's: a person's things stay on their phone."""

from functools import cache
from typing import Final

from flask import Blueprint, Response, abort, json, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from portal import app_files, edge, security, signed_in
from portal.app_files import ICONS, app_version, code_version, modules
from portal.app_icon import icon as drawn
from portal.app_words import app_labels, app_words
from portal.language import TAGS, language
from portal.language import gettext as _
from portal.permissions import public
from portal.static_files import address
from registry.notices import NoticeSettings
from registry.org import Permission
from scanner.labels import qr as labels_qr
from scanner.labels.qr import Level
from scanner.settings import ScannerSettings

bp = Blueprint("app", __name__, url_prefix="/app")
SEA: Final = "#0a5c58"
GROUND: Final = "#f1f4f3"
A_YEAR: Final = "public, max-age=31536000, immutable"


@bp.get("")
@public  # kept by the worker, and opened without network: who counts is asked by /app/session
def shell() -> ResponseReturnValue:
    """The one page; its modules draw the rest."""
    response = Response(_page())
    response.headers.update(security.APP_HEADERS)
    response.headers["Cache-Control"] = "no-cache"
    return response


@cache
def _page() -> str:
    """The page in both languages: the same for everybody, so that it can be kept for anybody."""
    facts = {
        "words": app_words(),
        "labels": app_labels(),
        "detector": address("vendor/detector.js"),
        "wasm": address("vendor/zxing_reader.wasm"),
        "code": code_version(),
        "shapes": ScannerSettings().code_shapes.split(),
    }
    return render_template("app/shell.html", facts=facts)


@bp.get("/session")
@public
def session() -> ResponseReturnValue:
    """Who has signed in with this browser, whether they count, and a token to stay signed in."""
    if not current_user.is_authenticated:
        return {"user": None}
    user, own = edge.viewer(), signed_in.present()
    if user.must_change_password or own.needs_second_factor:
        first = "password" if user.must_change_password else "second_factor"
        return {"user": None, "comes_first": first}
    return {
        "user": {"id": user.id, "name": user.name, "login": user.login, "unit": user.unit_name},
        "is_confirmed": own.is_confirmed(edge.now()),
        "may_count": user.may(Permission.STOCKTAKE_COUNT),
        "token": generate_csrf(),
    }


@bp.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """What makes it installable."""
    icons = [
        {"src": url_for(".icon", size=size), "sizes": f"{size}x{size}", "type": "image/png",
         "purpose": purpose}
        for size in ICONS
        for purpose in ("any", "maskable")
    ]  # fmt: skip
    facts = {
        "id": "/app",
        "name": _("盘活 · 手机盘点"),
        "short_name": _("盘点"),
        "description": _("用手机扫码盘点，没有网络也能盘。"),
        "lang": TAGS[language()],
        "start_url": url_for(".shell"),
        "scope": url_for(".shell"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": GROUND,
        "theme_color": SEA,
        "icons": icons,
    }
    return Response(json.dumps(facts), mimetype="application/manifest+json")


@bp.get("/sw.js")
@public
def worker() -> ResponseReturnValue:
    """The worker that keeps the app's files; its text changes with any of them."""
    kept = {"version": app_version(_page()), "shell": app_files.shell(), "page": url_for(".shell")}
    text = f"const KEPT = {json.dumps(kept)};\n".encode() + modules()["sw.js"]
    response = Response(text, mimetype="text/javascript")
    response.headers["Service-Worker-Allowed"] = url_for(".shell")
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/address.svg")
@public
def address_code() -> ResponseReturnValue:
    """The app's address as a QR: a phone is pointed at it."""
    home = NoticeSettings().portal_url.rstrip("/") + url_for(".shell")
    side = labels_qr.side(labels_qr.version(home, Level.M)) + 2 * labels_qr.QUIET
    text = render_template("app/address.svg", runs=labels_qr.runs(home, Level.M), side=side,
                           quiet=labels_qr.QUIET)  # fmt: skip
    return Response(text, mimetype="image/svg+xml")


@bp.get("/icon-<int:size>.png")
@public
def icon(size: int) -> ResponseReturnValue:
    """The icon in one of its sizes."""
    if size not in ICONS:
        abort(404)
    response = Response(drawn(size), mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/code/<code>/<name>")
@public
def module(code: str, name: str) -> ResponseReturnValue:
    """A module of the version that is served now."""
    if code != code_version() or name not in modules():
        abort(404)
    response = Response(modules()[name], mimetype="text/javascript")
    response.headers["Cache-Control"] = A_YEAR
    return response
