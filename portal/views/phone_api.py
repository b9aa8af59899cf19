"""`/api/v1`: signing in on a phone once, and what its app keeps besides tasks (H3)."""

from flask import Blueprint, Response
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from db import Refused
from portal import api_door, asked, edge, problems, signed_in, stored
from portal.language import gettext as _
from registry.cards import categories as known_categories
from registry.org import Permission
from registry.stocktake import devices

bp = Blueprint("phone_api", __name__, url_prefix="/api/v1")
problems.install(bp)
MOST_CATEGORIES = 20_000


@bp.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """A token needs no CSRF header; with a session the door itself asks for it."""
    state.app.extensions["csrf"].exempt(bp)


@bp.get("/me")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def me() -> ResponseReturnValue:
    """In whose name the caller counts."""
    user = api_door.caller().user
    return {"id": user.id, "name": user.name, "login": user.login, "unit": user.unit_name}


@bp.post("/device")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def sign_in() -> ResponseReturnValue:
    """Stay signed in on this phone: a token that ends with what ends the person's sessions.

    Only right after signing in with the password: a token makes no further token.
    """
    caller = api_door.caller()
    if caller.device is not None:
        return problems.problem(403, _("请先用账号登录。"))
    if not signed_in.present().is_confirmed(edge.now()):
        return problems.problem(403, _("请先输入口令。"), code="password")
    body = asked.json_body()
    name = body.get("name") if isinstance(body, dict) else None
    try:
        with edge.database().transaction("sign in on a phone") as conn:
            key, token = devices.add_phone(
                conn,
                caller.user,
                str(name or ""),
                edge.now(),
                edge.request_id(),
                signed_in.device_lasts(),
            )
    except Refused as refused:
        return problems.refused(422, refused)
    return {"id": key, "token": token}, 201, {"Cache-Control": "no-store"}


@bp.delete("/device")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def sign_out() -> ResponseReturnValue:
    """From now on the caller's token opens nothing."""
    caller = api_door.caller()
    if caller.device is None:
        return problems.problem(403, _("令牌无效，或设备已停用。"))
    with edge.database().transaction("sign out on a phone") as conn:
        devices.revoke(conn, caller.user, caller.device, edge.now(), edge.request_id())
    return Response(status=204)


@bp.get("/categories")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def categories() -> ResponseReturnValue:
    """Code, name and common names of every category: what has no card yet is named without
    network too.
    """
    with edge.database().transaction("categories") as conn:
        found = known_categories.every(conn, MOST_CATEGORIES)
    return {"categories": found}


@bp.get("/photos/<digest>")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def photo(digest: str) -> ResponseReturnValue:
    """A card's photo, small, so that the thing is recognised."""
    return stored.card_photo(api_door.caller().user.id, digest, thumbnail=True)
