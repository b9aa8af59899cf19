"""`/audit`: the append-only log, read, verified and exported (J1)."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue

from db import audit, audit_pages
from db.audit import Entry, Verdict
from db.audit_pages import LogQuery
from portal import asked, edge, words_of_audit
from portal.downloads import kept_as
from portal.formats import local
from portal.language import language
from portal.permissions import needs
from registry.org import Permission

bp = Blueprint("audit", __name__, url_prefix="/audit")
SHOWN_BREAKS: Final = 20
CHUNK: Final = 200  # lines sent at once


@bp.get("")
@needs(Permission.AUDIT_VIEW)
def index() -> ResponseReturnValue:
    """The log, newest first."""
    return _page(None)


def _query() -> LogQuery:
    args = request.args
    until = asked.moment("to")
    return LogQuery(
        args.get("q", "")[:64],
        args.get("action", "")[:64],
        args.get("actor", "")[:64],
        asked.moment("from"),
        _end(until) if until else None,
        asked.key("before"),
    )


def _end(day: datetime) -> datetime:
    """A day is asked for with all of it."""
    return day + timedelta(days=1) if day.time().isoformat() == "00:00:00" else day


def _page(verdict: Verdict | None) -> str:
    query = _query()
    with edge.database().transaction("audit log") as conn:
        rows, more = audit_pages.page(conn, query)
        actions = audit_pages.actions(conn)
        total, head = audit.head(conn)
    following = None
    if more:
        following = url_for(".index", **{**request.args.to_dict(), "before": rows[-1].id})  # type: ignore[arg-type]
    known = sorted((words_of_audit.said(action, language()), action) for action in actions)
    return render_template(
        "pages/audit.html",
        rows=[(row, words_of_audit.said(row.action, language()), _facts(row)) for row in rows],
        query=query,
        actions=known,
        total=total,
        head=head.hex(),
        verdict=verdict,
        shown_breaks=SHOWN_BREAKS,
        following=following,
    )


def _facts(entry: Entry) -> list[tuple[str, str]]:
    """The facts as lines: a value that is a list or more stays JSON."""
    found: dict[str, Any] = json.loads(entry.facts)
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for name, value in found.items()
        if value not in ("", None)
    ]


@bp.post("/verify")
@needs(Permission.AUDIT_VIEW)
def verify() -> ResponseReturnValue:
    """Recompute the chain up to this moment; that it was done is in the log itself."""
    with edge.database().transaction("verify audit log") as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        verdict = audit.verify(audit.entries(conn), audit.head(conn))
    with edge.database().transaction("note verification") as conn:
        facts = {"entries": verdict.entries, "breaks": len(verdict.breaks)}
        head = verdict.head.hex()
        viewer, request_id = edge.viewer().login, edge.request_id()
        audit.record(conn, viewer, "audit.verified", "audit:log", request_id, head=head, **facts)
    return _page(verdict)


@bp.post("/export")
@needs(Permission.AUDIT_VIEW)
def export() -> ResponseReturnValue:
    """Every entry as a line of JSON, this export's own included: `panhuo audit verify --file`."""
    with edge.database().transaction("note export") as conn:
        viewer, request_id = edge.viewer().login, edge.request_id()
        entries, _head = audit.head(conn)
        audit.record(conn, viewer, "audit.exported", "audit:log", request_id, entries=entries + 1)
    name = f"audit-{local(edge.now()):%Y%m%d-%H%M%S}.jsonl"
    lines = stream_with_context(_lines(entries + 1))
    return kept_as(Response(lines, mimetype="application/x-ndjson"), name)


def _lines(last: int) -> Iterator[str]:
    """The lines up to this entry, some at once."""
    with edge.database().transaction("export audit log") as conn:
        chunk: list[str] = []
        for entry in audit.entries(conn):
            if entry.id > last:
                break
            chunk.append(entry.to_json() + "\n")
            if len(chunk) == CHUNK:
                yield "".join(chunk)
                chunk = []
        yield "".join(chunk)
