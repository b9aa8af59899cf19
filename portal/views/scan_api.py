"""`/api/v1`: scans, tasks and pictures for guns, phones and other apps (H2, H3)."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, current_app, json, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from db import Connection, Entangled, Refused
from portal import (
    api_door,
    asked,
    asked_files,
    edge,
    problems,
    scan_answered,
    scan_asked,
    scan_read,
)
from portal.language import gettext as _
from portal.scan_asked import Clock
from registry.cards import uploads
from registry.org import Permission, User
from registry.stocktake import (
    Count,
    Method,
    counting,
    counts,
    expected,
    late,
    locks,
    strays,
    task,
    undoing,
)
from registry.stocktake.locks import Wanted

bp = Blueprint("scan_api", __name__, url_prefix="/api/v1")
problems.install(bp)
# Scans of one transaction: few enough that what it locks is little, and that a lost connection
# loses little; the device sends again what it had no answer for, and each is kept once.
TOGETHER: Final = 20
PICTURE_NAMES: Final = {
    "image/jpeg": "photo.jpg",
    "image/png": "photo.png",
    "image/webp": "photo.webp",
}


@bp.record_once
def _exempt(state: BlueprintSetupState) -> None:
    """A token needs no CSRF header; with a session the door itself asks for it."""
    state.app.extensions["csrf"].exempt(bp)


@bp.post("/scans")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def take() -> ResponseReturnValue:
    """Take a batch: one answer a scan, a wrong one refused by itself."""
    body = asked.json_body()
    if not isinstance(body, dict) or not isinstance(body.get("scans"), list):
        return problems.problem(400, _("请求应为 JSON 对象，scans 是数组。"), field="scans")
    sent: list[Any] = body["scans"]
    if len(sent) > scan_asked.MOST:
        detail = _("每次最多 %(most)s 条。", most=scan_asked.MOST)
        return problems.problem(413, detail, field="scans", most=scan_asked.MOST)
    try:
        clock = _clock(body)
    except Refused as refused:
        return problems.problem(422, _("device_now 要写成 ISO 8601，并带时区。"),
                                code=refused.code, field="device_now")  # fmt: skip
    return {"now": edge.now().isoformat(), "answers": _answers(sent, clock)}


def _clock(body: Mapping[str, Any]) -> Clock:
    """Without a word of the device's clock it is taken to be right."""
    said = body.get("device_now")
    return Clock(scan_asked.moment(said) if said is not None else edge.now(), edge.now())


def _answers(sent: Sequence[Any], clock: Clock) -> list[dict[str, Any]]:
    """In the order in which they were sent."""
    found: list[dict[str, Any]] = []
    for first in range(0, len(sent), TOGETHER):
        found += _together(sent[first : first + TOGETHER], clock)
    return found


def _together(sent: Sequence[Any], clock: Clock) -> list[dict[str, Any]]:
    """In one transaction; once more where others were in its way. A second time the device is told
    to send again.
    """
    try:
        return _taken(sent, clock)
    except Entangled:
        return _taken(sent, clock)


def _taken(sent: Sequence[Any], clock: Clock) -> list[dict[str, Any]]:
    """All that they want is held before the first is counted: no two batches that hold each other's
    cards wait for one another.
    """
    user = api_door.caller().user
    with edge.database().transaction("take scans") as conn:
        read = [_read(conn, user, one, clock) for one in sent]
        wanted = [one for each in read if isinstance(each, Asked) for one in each.wanted]
        if len(wanted) > 1:
            locks.hold(conn, user, wanted)
        return [_answer(conn, user, each) if isinstance(each, Asked) else each for each in read]


@dataclass(frozen=True, slots=True)
class Asked:
    """A scan that could be read: its id as it was sent, its task, a count for each of its codes."""

    client_id: str
    stocktake: int
    counts: Sequence[Count]

    @property
    def wanted(self) -> list[Wanted]:
        """What is to be held for it."""
        return [Wanted(self.stocktake, one.client_id, one.code) for one in self.counts]


def _read(conn: Connection, user: User, sent: Any, clock: Clock) -> Asked | dict[str, Any]:
    """The scan; why it can't be read, as its answer."""
    if not isinstance(sent, dict):
        return scan_answered.refusal(None, Refused("scan.shape"))
    try:
        one = scan_asked.read(sent, clock, api_door.caller().device)
        key = scan_asked.stocktake(sent.get("stocktake"))
        return Asked(sent["client_id"], key, _counts(conn, user, one))
    except Refused as refused:
        return scan_answered.refusal(sent.get("client_id"), refused)


def _counts(conn: Connection, user: User, one: Count) -> list[Count]:
    """The count; of what a gun typed or a camera read, one for each code that it holds."""
    if one.surplus or not one.raw or (one.code and not _in_doubt(conn, user, one)):
        return [one]
    codes = scan_read.codes(conn, user, one.method, one.raw)
    if one.code and not any(counting.known(conn, user, code) for code in codes):
        return [one]
    return [
        replace(one, client_id=scan_read.id_of(one.client_id, place), code=code)
        for place, code in enumerate(codes)
    ]


def _in_doubt(conn: Connection, user: User, one: Count) -> bool:
    """Whether a phone, which knows few cards, may have read another code than is in its raw."""
    return one.method is Method.APP and not counting.known(conn, user, one.code)


def _answer(conn: Connection, user: User, asked: Asked) -> dict[str, Any]:
    """All of its codes are counted or none: the scan has one answer."""
    together = conn.transaction() if len(asked.counts) > 1 else nullcontext()
    try:
        with together:
            first, *also = [
                counting.count(conn, user, asked.stocktake, each, edge.now())
                for each in asked.counts
            ]
    except Refused as refused:
        if refused.code == "count.task_over":
            for each in asked.counts:
                late.note(conn, user, asked.stocktake, each, edge.now())
        return scan_answered.refusal(asked.client_id, refused)
    return {**scan_answered.answer(first), "also": [scan_answered.answer(each) for each in also]}


@bp.delete("/scans/<uuid:client>")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def undo(client: UUID) -> ResponseReturnValue:
    """Undo one of the caller's own counts; undone twice is undone. Another's may stand then."""
    user = api_door.caller().user
    try:
        with edge.database().transaction("undo scan") as conn:
            key = counts.task_of(conn, user, client)
            code = undoing.undo(conn, user, key, client, edge.now())
            stands = counts.stands(conn, user, client)
    except Refused as refused:
        return problems.refused(404 if refused.code == "count.nothing_to_undo" else 409, refused)
    return {"client_id": str(client), "code": code, **scan_answered.standing(stands)}


@bp.post("/scans/<uuid:client>/tell")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def tell(client: UUID) -> ResponseReturnValue:
    """Tell whose it is that it was seen."""
    try:
        with edge.database().transaction("tell whose it is") as conn:
            code = strays.tell_whose(conn, api_door.caller().user, client, edge.now())
    except Refused as refused:
        return problems.refused(404, refused)
    return {"client_id": str(client), "code": code}


@bp.get("/stocktakes/mine")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def mine() -> ResponseReturnValue:
    """The tasks that the caller counts in, each with its cards: all that is needed offline."""
    user = api_door.caller().user
    with edge.database().transaction("tasks of mine") as conn:
        tasks = [
            scan_answered.task(one, expected.of_user(conn, one.id, user))
            for one in task.countable(conn, user)
        ]
    whose = {"id": user.id, "name": user.name, "unit": user.unit_name}
    response = Response(
        json.dumps({"user": whose, "stocktakes": tasks}), mimetype="application/json"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


@bp.post("/photos")
@api_door.asks(Permission.STOCKTAKE_COUNT)
def take_photo() -> ResponseReturnValue:
    """Keep a picture for the caller's unit: the form's field `file`, or the body itself."""
    sent = _picture()
    if sent is None:
        return problems.problem(
            400, _("请以表单字段 file 上传一张图片，或直接以图片为请求体。"), field="file"
        )
    folder, user = current_app.extensions["panhuo.data"], api_door.caller().user
    try:
        read = uploads.photo(*sent)
        with edge.database().transaction("take photo") as conn:
            one = uploads.keep(conn, folder, user, read, edge.now())
    except Refused as refused:
        return problems.refused(422, refused)
    return {"digest": one.digest, "bytes": one.bytes, "width": one.width, "height": one.height}


def _picture() -> tuple[str, bytes] | None:
    if request.mimetype in PICTURE_NAMES:
        return PICTURE_NAMES[request.mimetype], request.get_data(cache=False)
    sent = list(asked_files.files("file"))
    return sent[0] if len(sent) == 1 else None
