"""The sandbox over HTTP: the contract below /v1, a page with buttons at /, faults at /control."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from exchange.ministry.documents import Decision, Type
from exchange.ministry.https import AFTER, AT_ONCE, asked
from exchange.ministry.refusals import Unacceptable
from ops.sandbox_ministry import provinces, tricks
from ops.sandbox_ministry.faults import Faults
from ops.sandbox_ministry.ministry import Ministry

OLDEST_S: Final = 300
SHOWN: Final = 30
LARGEST: Final = 2 << 20
STANDINGS: Final = {"waiting": "待审核", "accepted": "已审核", "returned": "已退回"}
STATES: Final = {"listed": "上架", "settled": "已登记结果", "delisted": "下架"}
DOCUMENTS: Final = {
    "publish": "发布",
    "update": "更新",
    "settle": "登记结果",
    "delist": "下架",
    "decision": "审核决定",
}


def application(ministry: Ministry) -> Flask:
    """The WSGI application of one ministry."""
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.register_blueprint(contract(ministry))
    app.register_blueprint(desk(ministry))
    return app


def contract(ministry: Ministry) -> Blueprint:
    """What docs/ministry-exchange.md asks of an aggregator."""
    bp = Blueprint("contract", __name__, url_prefix="/v1")

    @bp.before_request
    def misbehave() -> ResponseReturnValue | None:
        faults = Faults.of(ministry.store)
        faults.dawdle()
        return ("out of order", 503) if faults.fails() else None

    @bp.post("/documents")
    def take() -> ResponseReturnValue:
        return _answer(ministry, request.get_data())

    @bp.post("/receipts")
    def answered() -> ResponseReturnValue:
        return _answer(ministry, request.get_data())

    @bp.get("/documents")
    def waiting() -> ResponseReturnValue:
        _require_province(ministry)
        after = request.args.get("after", 0, int)
        limit = min(request.args.get("limit", AT_ONCE, int), AT_ONCE)
        found = ministry.waiting(after, limit)
        lines = Faults.of(ministry.store).shuffled([body for _, _, body in found])
        if not after:
            lines = [*_raw(ministry), *lines]
        answer = Response(b"".join(line + b"\n" for line in lines), mimetype="application/x-ndjson")
        if len(found) == limit:
            answer.headers[AFTER] = str(found[-1][0])
        return answer

    @bp.get("/statement")
    def statement() -> ResponseReturnValue:
        _require_province(ministry)
        return Response(ministry.statement(), mimetype="application/json")

    return bp


def _answer(ministry: Ministry, body: bytes) -> ResponseReturnValue:
    try:
        receipt = ministry.take(body)
    except Unacceptable as refused:
        query = "INSERT INTO refused (at, id, why) VALUES (datetime('now'), '', ?)"
        ministry.store.run(query, str(refused))
        return str(refused), 400
    if Faults.of(ministry.store).loses():
        return "lost on its way", 503
    if receipt is None:
        return "", 204
    return Response(receipt, mimetype="application/json")


def _raw(ministry: Ministry) -> list[bytes]:
    with ministry.store.changing():
        found = [row["body"] for row in ministry.store.rows("SELECT body FROM raw ORDER BY n")]
        ministry.store.run("DELETE FROM raw")
    return found


def _require_province(ministry: Ministry) -> None:
    """Whoever asks without a body signs the address and the time."""
    words = request.headers.get("Authorization", "").removeprefix("Panhuo ")
    proof = dict(part.split("=", 1) for part in words.split(",") if "=" in part)
    query = request.query_string.decode()
    path = request.path + (f"?{query}" if query else "")
    try:
        at = int(proof["time"])
        ministry.settings.ring.check(proof["key"], asked("GET", path, at), proof["signature"])
        known = proof["sender"] == ministry.settings.ministry_province
    except (KeyError, ValueError, Unacceptable):
        abort(401)
    if not known or abs(time.time() - at) > OLDEST_S:
        abort(401)


def desk(ministry: Ministry) -> Blueprint:
    """The page of whoever plays the ministry."""
    bp = Blueprint("desk", __name__)

    @bp.before_request
    def from_here() -> None:
        """Other sites' pages can't press our buttons."""
        if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "none") not in {
            "none",
            "same-origin",
        }:
            abort(403)

    @bp.get("/")
    def index() -> ResponseReturnValue:
        return render_template("sandbox.html", **_shown(ministry))

    @bp.post("/decide/<uuid:uid>")
    def decide(uid: Any) -> ResponseReturnValue:
        decision = Decision(request.form["decision"])
        ministry.decide(str(uid), decision, request.form.get("opinion", "")[:200])
        return redirect(url_for(".index"))

    @bp.post("/elsewhere/<uuid:uid>")
    def change(uid: Any) -> ResponseReturnValue:
        provinces.change(ministry, str(uid), Type(request.form["document"]))
        return redirect(url_for(".index"))

    @bp.post("/trick/<name>")
    def trick(name: str) -> ResponseReturnValue:
        if name not in tricks.TRICKS:
            abort(404)
        tricks.play(ministry, name)
        return redirect(url_for(".index"))

    @bp.get("/control")
    def control() -> ResponseReturnValue:
        return asdict(Faults.of(ministry.store))

    @bp.post("/control")
    def set_control() -> ResponseReturnValue:
        given = request.get_json() if request.is_json else _typed()
        try:
            Faults.of(ministry.store).changed(given).keep(ministry.store)
        except ValueError as error:
            return {"error": str(error)}, 400
        return control() if request.is_json else redirect(url_for(".index"))

    return bp


def _typed() -> dict[str, Any]:
    """The form of the page: an unticked box isn't sent."""
    return {"reorder": "false", **{name: value or "0" for name, value in request.form.items()}}


def _shown(ministry: Ministry) -> dict[str, Any]:
    store = ministry.store
    reported = [
        {**dict(row), "content": json.loads(row["content"])}
        for row in store.rows("SELECT * FROM reported ORDER BY received_at DESC LIMIT ?", SHOWN)
    ]
    elsewhere = [
        {**dict(row), "content": json.loads(row["content"])}
        for row in store.rows("SELECT * FROM elsewhere ORDER BY state, uid LIMIT ?", SHOWN)
    ]
    counts = store.one(
        "SELECT count(*) AS every, count(*) FILTER (WHERE answer = '') AS open FROM down"
    )
    standing = store.rows("SELECT standing, count(*) AS n FROM reported GROUP BY standing")
    return {
        "reported": reported,
        "elsewhere": elsewhere,
        "down": counts,
        "counts": {row["standing"]: row["n"] for row in standing},
        "lately": store.rows("SELECT * FROM down ORDER BY n DESC LIMIT 12"),
        "refused": store.rows("SELECT * FROM refused ORDER BY n DESC LIMIT 8"),
        "faults": Faults.of(store),
        "habits": ministry.habits,
        "tricks": {name: label for name, (label, _) in tricks.TRICKS.items()},
        "standings": STANDINGS,
        "states": STATES,
        "documents": DOCUMENTS,
        "now": datetime.now(UTC),
    }
