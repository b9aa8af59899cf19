"""`/audit`: the append-only log, read, verified and exported (J1)."""

import json
import tempfile
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import audit, audit_checks, audit_pages
from db.audit import Entry
from db.audit_checks import Check
from db.audit_pages import LogQuery
from portal import asked, edge, paging, words_of_audit
from portal.downloads import sent
from portal.formats import local
from portal.language import language
from portal.permissions import needs
from registry.org import Permission

bp = Blueprint("audit", __name__, url_prefix="/audit")
CHUNK: Final = 200  # lines sent at once


@bp.get("")
@needs(Permission.AUDIT_VIEW)
def index() -> ResponseReturnValue:
    """The log, newest first."""
    with edge.database().transaction("last verification") as conn:
        check = audit_checks.latest(conn)
    return _page(check, going=False)


def _query() -> LogQuery:
    args = request.args
    until, before = asked.moment("to"), asked.key("before")
    return LogQuery(
        args.get("q", "")[:64],
        args.get("action", "")[:64],
        args.get("actor", "")[:64],
        asked.moment("from"),
        _end(until) if until else None,
        before,
        paging.back(before),
    )


def _end(day: datetime) -> datetime:
    """A day is asked for with all of it."""
    return day + timedelta(days=1) if day.time().isoformat() == "00:00:00" else day


def _page(check: Check | None, *, going: bool) -> str:
    """`going`: the browser asks for the next slice by itself."""
    query = _query()
    with edge.database().transaction("audit log") as conn:
        rows, more = audit_pages.page(conn, query)
        actions = audit_pages.actions(conn)
        total, head = audit.head(conn)
    link = partial(paging.again, url_for(".index"))
    pages = paging.pager(
        rows, more, attrgetter("id"), link, paged=query.before is not None, name="before"
    )
    known = sorted((words_of_audit.said(action, language()), action) for action in actions)
    return render_template(
        "pages/audit.html",
        rows=[(row, words_of_audit.said(row.action, language()), _facts(row)) for row in rows],
        query=query,
        actions=known,
        total=total,
        head=head.hex(),
        check=check,
        going=going,
        pages=pages,
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
    """One slice of the chain's verification; what was found is in the log itself.

    `from=start`: from the first entry, else from where the last one ended.
    """
    viewer, now = edge.viewer(), edge.now()
    begin = audit_checks.begin_anew if request.form.get("from") == "start" else audit_checks.begin
    with edge.database().transaction("begin verification") as conn:
        begin(conn, viewer.login, now)
    with edge.database().transaction("verify audit log") as conn:
        check = audit_checks.advance(conn, viewer.login, now, edge.request_id())
        total, _head = audit.head(conn)
    if "HX-Request" in request.headers:
        return render_template("parts/audit_check.html", check=check, going=True, total=total)
    return _page(check, going=True)


@bp.post("/export")
@needs(Permission.AUDIT_VIEW)
def export() -> ResponseReturnValue:
    """Every entry as a line of JSON, this export's own included: `panhuo audit verify --file`.

    Written to disk first: a slow reader holds no transaction.
    """
    with edge.database().transaction("note export") as conn:
        viewer, request_id = edge.viewer().login, edge.request_id()
        entries, _head = audit.head(conn)
        audit.record(conn, viewer, "audit.exported", "audit:log", request_id, entries=entries + 1)
    file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by the response
    with edge.database().transaction("export audit log") as conn:
        for entry in audit.entries(conn):
            if entry.id > entries + 1:
                break
            file.write(f"{entry.to_json()}\n".encode())
    return sent(file, "application/x-ndjson", f"audit-{local(edge.now()):%Y%m%d-%H%M%S}.jsonl")
