"""The unknown bin on a task's page: the task's own codes or the unit's, page by page (H2)."""

from typing import Any, Final

from flask import request, url_for

from db import Connection, keyset
from portal import asked_values, paging
from registry.org import User
from registry.stocktake import Stocktake, unknown
from registry.stocktake.scan import LONGEST_CODE
from registry.stocktake.unknown import After, Query, Unknown

UNIT: Final = "unit"  # of whom: the whole unit's, not just the task's
ASKED: Final = ("q", "of", "after", paging.BACK)  # what a form on the page hands on


def facts(conn: Connection, viewer: User, found: Stocktake) -> dict[str, Any]:
    """What the tab shows."""
    args, after = request.args, _after()
    whole = asked_values.member("of", (UNIT,)) == UNIT
    query = Query(
        None if whole else found.id, args.get("q", "")[:LONGEST_CODE], after, paging.back(after)
    )
    rows, more = unknown.page(conn, viewer, query)
    kept = {name: args[name] for name in ASKED if name in args}

    def link(**changes: object) -> str:
        there = {name: value for name, value in (kept | changes).items() if value is not None}
        return url_for("stocktakes.show", stocktake=found.id, tab="unknown", **there)  # type: ignore[arg-type]

    pages = paging.pager(rows, more, _key, link, paged=after is not None)
    return {"rows": rows, "query": query, "whole": whole, "kept": kept, "pages": pages}


def _key(one: Unknown) -> str:
    undecided, at, code = one.key
    return f"{int(undecided)}~{at.isoformat()}~{code}"


def _after() -> After | None:
    """`<1 where undecided>~<moment>~<code>`: where the page before ended."""
    undecided, _tilde, rest = request.args.get("after", "").partition("~")
    text, _tilde, code = rest.partition("~")
    try:
        at = keyset.moment(text.replace(" ", "+"))
    except ValueError:
        return None
    sensible = undecided in {"0", "1"}
    return (undecided == "1", at, code[:LONGEST_CODE]) if sensible and code else None
