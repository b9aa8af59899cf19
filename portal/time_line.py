"""The time line of a card: changes, splits, listings, counts, use, newest first (A7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from flask import url_for

from analytics import monitoring
from analytics.suggestions import State as Suggested
from analytics.suggestions import Suggestion
from db import Connection
from exchange import DESCRIPTIONS, Happened, Reason, listing_history
from exchange.listing_history import OnSquare
from portal import edge
from portal.formats import ZONE, clock_off, duration, money, percent
from portal.language import gettext as _
from portal.language import language
from portal.words_of_change import outcome
from registry import cards
from registry.cards import Card
from registry.cards.change_list import OfCard
from registry.cards.life import relatives
from registry.org import Permission
from registry.review import State
from registry.stocktake import Condition, counts
from registry.stocktake.counts import OfCard as OfCountedCard

MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: `mark` is the class of its dot."""

    at: datetime
    title: str
    text: str
    address: str = ""
    mark: str = ""
    dated: bool = False  # a day, not a time
    note: str = ""  # what is to be known of the time itself


def moments(
    conn: Connection, one: Card, changes: Sequence[OfCard], suggestion: Suggestion | None
) -> tuple[list[Moment], bool]:
    """(what happened to the card, newest first; whether more did than is told here).

    The caller has read its changes, and its standing suggestion where the reader may see it.
    """
    found = [_changed(change) for change in changes]
    found += [_related(relative) for relative in relatives(conn, one.id, edge.viewer().id)]
    found += [_listed(event) for event in listing_history.events_of_card(conn, one.id)]
    if one.acquired_on:
        at = datetime.combine(one.acquired_on, time(), ZONE)
        way = cards.fields.BY_NAME["acquisition_way"]
        word = dict(way.choices).get(one.acquisition_way)
        title = word.of(language()) if word else _("取得")
        text = _("原值 ¥ %(value)s", value=money(one.original_value))
        found.append(Moment(at, title, text, dated=True))
    if edge.viewer().may(Permission.STOCKTAKE_VIEW):
        found += [_counted(count) for count in counts.of_card(conn, edge.viewer(), one.id)]
    if edge.viewer().may(Permission.MONITORING_VIEW):
        found += _sensed(conn, one, suggestion)
    found.sort(key=lambda moment: moment.at, reverse=True)
    return found[:MOST], len(found) > MOST


def _changed(change: OfCard) -> Moment:
    sees = edge.viewer().may(Permission.CHANGE_VIEW)
    address = url_for("changes.show", change_id=change.id) if sees else ""
    at = change.applied_at or change.moved_at
    kind = change.kind.label.of(language())
    if change.applied_at:
        return Moment(at, kind, outcome(change), address)
    if change.state is State.RETURNED:
        return Moment(at, _("%(kind)s被退回", kind=kind), change.number, address, "is-warning")
    return Moment(at, _("%(kind)s审核中", kind=kind), change.number, address, "is-now")


def _counted(count: OfCountedCard) -> Moment:
    condition = Condition(count.condition).label.of(language()) if count.condition else ""
    facts = (count.stocktake, count.counted_by, count.place, condition)
    address = url_for("stocktakes.show", stocktake=count.stocktake_id)
    note = clock_off(count.clock_off) if count.clock_wrong else ""
    return Moment(count.counted_at, _("盘点"), " · ".join(filter(None, facts)), address, note=note)


def _related(relative: cards.life.Relative) -> Moment:
    """Split from or into, or moved from or to another unit; that unit's card is its own secret."""
    titles = {
        (False, True): _("由拆分而来"),
        (False, False): _("拆出"),
        (True, True): _("由调剂调入"),
        (True, False): _("调出"),
    }
    title = titles[relative.moved, relative.origin]
    if not relative.visible:
        return Moment(relative.at, title, relative.unit_name)
    unit = f" · {relative.unit_name}" if relative.moved else ""
    address = url_for("cards.show", code=relative.code)
    return Moment(relative.at, title, f"{relative.code} {relative.name}{unit}", address)


def _listed(event: OnSquare) -> Moment:
    """What happened to a listing of the card; its sheet, for who may see sheets."""
    one = DESCRIPTIONS[event.kind]
    title = f"{one.label.of(language())} · {event.event.label.of(language())}"
    sees = event.sheet_id is not None and edge.viewer().may(Permission.SHEET_VIEW)
    address = url_for(f"{one.room}.show", sheet_id=event.sheet_id) if sees else ""
    why = Reason(event.reason).label.of(language()) if event.reason else ""
    text = " · ".join(part for part in (why, event.text or event.partner) if part)
    mark = "is-warning" if event.event is Happened.DELISTED else ""
    return Moment(event.at, title, text or event.number, address, mark)


def _sensed(conn: Connection, one: Card, suggestion: Suggestion | None) -> list[Moment]:
    """The suggestion that is open or waits, and the latest use that was seen."""
    found = []
    if suggestion:
        used = percent(suggestion.evidence["utilisation"])
        address = url_for("suggestions.index", pick=suggestion.id)
        text = _("利用率 %(used)s", used=used)
        waits = suggestion.state == Suggested.WAITING
        title = _("提示闲置（暂缓）") if waits else _("提示闲置")
        mark = "" if waits else "is-now"
        found.append(Moment(suggestion.raised_at, title, text, address, mark))
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    for session in monitoring.sessions(conn, one.id, long_ago, edge.now(), 1):
        text = duration(session.ended_at - session.started_at)
        found.append(Moment(session.started_at, _("最近一次使用"), text))
    return found
