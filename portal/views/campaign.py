"""`/campaign`: how far each unit has come with publishing, a deadline, and reminders (A9)."""

from datetime import date
from functools import partial
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from db import Refused
from exchange import campaign, progress
from exchange.campaign import Reminded
from exchange.progress import Progress, ProgressQuery, Sort
from portal import asked, asked_values, edge, once, paging
from portal.consequence import campaigns, warns
from portal.language import gettext as _
from portal.language import language, ngettext
from portal.permissions import needs
from portal.words import by_field, words_for
from registry import org
from registry.org import Permission

bp = Blueprint("campaign", __name__, url_prefix="/campaign")
RUNNING: Final = f"int(max={asked.LARGEST_NUMBER}):campaign_id"
LONGEST: Final = 64


@bp.get("")
@needs(Permission.CAMPAIGN_VIEW)
def index() -> ResponseReturnValue:
    """Every unit in the viewer's sight that has something to publish, or has published."""
    return _page({})


def _page(refusals: dict[str, str]) -> str:
    viewer = edge.viewer()
    with edge.database().transaction("campaign") as conn:
        query = _query(org.visible_units(conn, viewer.id))
        every = progress.of_units(conn, query)
        rows, more = progress.page(every, query)
        found = campaign.campaigns(conn, viewer)
        running = next((one for one in found if not one.ended_at), None)
        units = [row.unit_id for row in rows]
        facts: dict[str, Any] = {
            "totals": progress.totals(every),
            "reminded": campaign.last_reminded(conn, running.id, units) if running else {},
            "runs": campaign.oversees(conn, viewer) and viewer.may(Permission.CAMPAIGN_RUN),
        }
    return render_template(
        "pages/campaign.html",
        rows=rows,
        query=query,
        pages=paging.pager(
            rows, more, partial(_key, query.sort), link, paged=query.after is not None
        ),
        running=running,
        past=[one for one in found if one.ended_at][:5],
        sorts=list(Sort),
        refusals=refusals,
        longest=campaign.LONGEST_NAME,
        link=link,
        **facts,
    )


def _query(units: list[int]) -> ProgressQuery:
    sort = Sort(asked_values.member("sort", Sort, Sort.BEHIND))
    text = request.args.get("q", "").strip()[:LONGEST]
    key, tilde, code = request.args.get("after", "").partition("~")
    after = (key, code[:LONGEST]) if tilde and progress.is_key(key) else None
    back = paging.back(after)
    return ProgressQuery(units, text, "behind" in request.args, sort, after, back=back)


def link(**changes: Any) -> str:
    """This page's address with some of what it asks changed, from the first page on."""
    kept = {name: request.args[name] for name in ("q", "behind", "sort") if name in request.args}
    return url_for("campaign.index", **{**kept, **changes})


def _key(sort: Sort, row: Progress) -> str:
    return f"{progress.key_of(sort, row)}~{row.code}"


@bp.post("")
@needs(Permission.CAMPAIGN_RUN)
@once.makes
def start() -> ResponseReturnValue:
    """Set a deadline for all units in sight."""
    name, typed = request.form.get("name", ""), request.form.get("deadline", "")
    try:
        deadline = date.fromisoformat(typed)
    except ValueError:
        return _page({"deadline": _("请填写截止日期，例如 2026-12-31。")}), 422
    try:
        with edge.database().transaction("start campaign") as conn:
            once.claim(conn)
            viewer = edge.viewer()
            campaign.start(conn, viewer, name, deadline, edge.now(), edge.request_id())
            once.made(conn, url_for(".index"))
    except Refused as refused:
        return _page(by_field(refused, language())), 422
    flash(_("已设定截止日期，可以提醒未完成的单位。"))
    return redirect(url_for(".index"), 303)


@bp.post(f"/<{RUNNING}>/end")
@needs(Permission.CAMPAIGN_RUN)
@warns(campaigns.ending)
def end(campaign_id: int) -> ResponseReturnValue:
    """End it before, or after, its deadline."""
    try:
        with edge.database().transaction("end campaign") as conn:
            campaign.end(conn, edge.viewer(), campaign_id, edge.now(), edge.request_id())
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
    else:
        flash(_("已结束这次录入。"))
    return redirect(url_for(".index"), 303)


@bp.post(f"/<{RUNNING}>/remind")
@needs(Permission.CAMPAIGN_RUN)
def remind(campaign_id: int) -> ResponseReturnValue:
    """Remind one unit (`unit`), or all that are behind."""
    chosen = asked.bounded(request.form.get("unit", ""), asked.LARGEST_NUMBER)
    units = None if chosen is None else [chosen]
    try:
        with edge.database().transaction("remind units") as conn:
            viewer, now = edge.viewer(), edge.now()
            done = campaign.remind(conn, viewer, campaign_id, units, now, edge.request_id())
    except Refused as refused:
        flash(words_for(refused, language()), "warning")
    else:
        flash(_said(done), "message" if done.told else "warning")
    return redirect(url_for(".index"), 303)


def _said(done: Reminded) -> str:
    """What came of it, in one line."""
    parts = []
    if done.told:
        parts.append(ngettext("已提醒 %(num)s 个单位", "%(num)s units reminded", len(done.told)))
    if done.already:
        parts.append(ngettext(
            "%(num)s 个单位今天已提醒过", "%(num)s reminded today already", len(done.already)
        ))  # fmt: skip
    if done.nobody:
        parts.append(ngettext(
            "%(num)s 个单位没有经办岗", "%(num)s have no preparer", len(done.nobody)
        ))  # fmt: skip
    return _("，").join(parts)
