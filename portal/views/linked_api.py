"""`/api/v1/linked/listings`: where linked systems push with a token of their own (F4)."""

from typing import Any, Final

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from db import Connection, Refused
from exchange.linked import Way, items, push, systems
from exchange.linked.push import Checked, Pushed
from exchange.linked.systems import System
from portal import api_door, edge
from portal.language import gettext as _
from portal.language import language
from portal.permissions import public
from portal.problems import install, problem
from portal.words import words_for

bp = Blueprint("linked_api", __name__, url_prefix="/api/v1/linked")
install(bp)
BEARER: Final = "Bearer "
MOST_FAULTS: Final = 500  # told in one answer; the rest is counted


@bp.post("/listings")
@public  # the token is what lets it in
def take() -> ResponseReturnValue:
    """Take a push as JSON, all of it or nothing; the answer says what became of each key.

    What is being settled is left, and told as an error of its row.
    """
    if request.mimetype != "application/json":
        return problem(415, _("请用 Content-Type: application/json 发送。"))
    with edge.database().transaction("linked system") as conn:
        system = systems.of_token(conn, _token())
        locked = api_door.token_locked(conn) if system is None else None
    if locked is not None:
        return locked
    if system is None:
        answer = problem(401, _("令牌无效，或对接系统已停用。"))
        answer.headers["WWW-Authenticate"] = 'Bearer realm="panhuo"'
        return answer
    return _pushed(system, request.get_data(cache=False))


def _token() -> str:
    said = request.headers.get("Authorization", "")
    return said.removeprefix(BEARER).strip() if said.startswith(BEARER) else ""


def _pushed(system: System, content: bytes) -> ResponseReturnValue:
    wrong: Checked | None = None
    try:
        pushed = items.of_json(content)
        with edge.database().transaction("take push") as conn:
            checked = push.check(conn, system, pushed, edge.now())
            wrong = checked if checked.wrong else None
            done = _take(conn, checked)
    except Refused as refused:
        with edge.database().transaction("note refused push") as conn:
            sent, count = (wrong.sent, len(wrong.wrong)) if wrong else (None, 0)
            push.note_refused(conn, system, sent, count, Way.API, edge.now())
        return _refused(refused, wrong)
    left = [_fault(one.row, one.key, one.why) for one in checked.left]
    return {**{name: getattr(done, name) for name in done.counts}, **_told(left)}


def _take(conn: Connection, checked: Checked) -> Pushed:
    actor = f"system:linked:{checked.system.id}"
    return push.take(conn, checked, Way.API, actor, edge.now())


def _refused(refused: Refused, wrong: Checked | None) -> Response:
    faults = [
        _fault(one.number, one.values["key"], why, name)
        for one in (wrong.wrong if wrong else [])
        for name, why in one.refusals.items()
    ]
    more = _told(faults) if wrong else {}
    return problem(422, words_for(refused, language()), code=refused.code, **more)


def _fault(row: int | None, key: str, why: Refused, field: str = "") -> dict[str, object]:
    """One error; `row` None: of what was to be taken back."""
    told = {"key": key, "field": field or why.facts["field"], "code": why.code,
            "detail": words_for(why, language())}  # fmt: skip
    return told if row is None else {"row": row, **told}


def _told(faults: list[dict[str, object]]) -> dict[str, Any]:
    return {"errors": faults[:MOST_FAULTS], "errors_in_all": len(faults)}


@bp.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """No cookie opens this door, so that no other page can push with somebody's session."""
    state.app.extensions["csrf"].exempt(take)
