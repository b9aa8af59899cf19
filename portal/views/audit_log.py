"""`/audit`: the append-only log, read, verified and exported (J1)."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from portal import asked, asked_values, audit_named, edge, paging, words_of_audit
from portal.audit_named import Named
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
    until, before = asked.moment_or_day("to"), asked.key("before")
    return LogQuery(
        args.get("q", "")[:64],
        "",  # of those that there are: `_page`
        args.get("actor", "")[:64],
        asked.moment_or_day("from"),
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
        actions = audit_pages.actions(conn)
        query = replace(query, action=asked_values.member("action", actions))
        rows, more = audit_pages.page(conn, query)
        names = audit_named.names(conn, (row.actor for row in rows), (row.subject for row in rows))
        total, head = audit.head(conn)
    link = partial(paging.again, url_for(".index"))
    pages = paging.pager(
        rows, more, attrgetter("id"), link, paged=query.before is not None, name="before"
    )
    known = sorted((words_of_audit.said(action, language()), action) for action in actions)
    return render_template(
        "pages/audit.html",
        rows=[_line(row, names) for row in rows],
        query=query,
        faults=asked.faults(moments=("from", "to")),
        actions=known,
        total=total,
        head=head.hex(),
        check=check,
        going=going,
        pages=pages,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is shown: who did what, to which thing, in words, with where they lead.

    `kind` is the sort of thing; `which` its number or key, where `thing` has no name.
    """

    entry: Entry
    words: str
    facts: list[tuple[str, str]]
    actor: Named
    kind: str
    which: str
    thing: Named | None


def _line(row: Entry, names: Mapping[str, Named]) -> Line:
    said = words_of_audit.actor_said(row.actor, language())
    person = names.get(words_of_audit.subject_of(row.actor))
    if said and person:
        person = Named(f"{said} · {person.name}", person.address)
    kind, which = words_of_audit.subject_said(row.subject, language())
    return Line(
        entry=row,
        words=words_of_audit.said(row.action, language()),
        facts=_facts(row),
        actor=person or Named(said or row.actor),
        kind=kind,
        which=which,
        thing=names.get(row.subject),
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
