"""Take what a linked system pushes: each key once, all of a push or nothing of it (F4).

What is being settled is no fault of the sender's, who can't know: it stays as it is and is named
in the answer, and the rest is taken.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString

import psycopg

from db import Connection, Refused, audit, scalar
from exchange import listings
from exchange.kinds import Happened, Reason, State
from exchange.linked import items, rows
from exchange.linked.checked import Checked, Left, check, differs, digest_of
from exchange.linked.items import Item, Sent
from exchange.linked.rows import Known
from exchange.linked.systems import System
from registry import notices
from registry.cards.fields import CLASSES
from registry.notices import Event
from registry.org import preparers_of

__all__ = ["Checked", "Left", "Pushed", "Way", "check", "note_refused", "take"]


class Way(StrEnum):
    """How a push came."""

    API = "api"
    FILE = "file"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did, as keys. `closed`: taken down here, and left so; push a new key instead.

    `settling`: to be changed or taken back, but being settled, and left as it is.
    """

    added: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    settling: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each."""
        return {name: len(getattr(self, name)) for name in self.__slots__}


def _left_alone(there: Known | None) -> bool:
    """Whether it was taken down here, and is none of the sender's business any more."""
    return there is not None and not there.state.live and there.reason != Reason.SENDER


def take(conn: Connection, checked: Checked, way: Way, actor: str, now: datetime) -> Pushed:
    """Do what was checked, in the same transaction.

    Raises Refused 'linked.has_errors' or, where somebody published one of its cards this very
    moment, 'linked.listed_meanwhile'.
    """
    if checked.wrong:
        raise Refused("linked.has_errors", rows=len(checked.wrong))
    system, before = checked.system, checked.before
    new, changed, done = [], [], Pushed()
    for one in checked.items:
        key = one.values["key"]
        there = before.get(key)
        if _left_alone(there):
            done.closed.append(key)
        elif not differs(one, there):
            done.unchanged.append(key)
        elif checked.waits(one):
            done.settling.append(key)
        elif there is None or not there.state.live:
            new.append(_row(checked, one))
        else:
            changed.append(_row(checked, one) | {"listing": there.listing_id})
    done.added.extend(row["key"] for row in new)
    done.refreshed.extend(row["key"] for row in changed)
    try:
        with conn.transaction():
            made, kept = rows.add(conn, system, new, now), rows.refresh(conn, system, changed, now)
    except psycopg.errors.UniqueViolation as error:
        raise Refused("linked.listed_meanwhile") from error
    rows.seen(conn, system, done.unchanged + done.closed + done.settling, now)
    # The audit log has one entry for the whole push.
    listings.noted(conn, made, Happened.LISTED, actor, now, system=system.name)
    listings.noted(conn, kept, Happened.REFRESHED, actor, now, system=system.name)
    _withdraw(conn, checked, done, actor, now)
    _look_for_vanished(conn, checked, done, now)
    rows.note(conn, system.id, way.value, checked.sent.complete, now, **done.counts)
    audit.record(
        conn, actor, "linked_system.pushed", f"linked_system:{system.id}", "",
        way=way.value, complete=checked.sent.complete, listed=made, refreshed=kept,
        withdrawn=done.withdrawn, vanished=done.vanished, settling=done.settling,
    )  # fmt: skip
    return done


def _row(checked: Checked, one: Item) -> dict[str, Any]:
    card, card_type = checked.cards.get(one.values["code"], (None, ""))
    if not card_type:
        # What the class holds, where it holds one type only: it decides the drawing that is shown.
        types = CLASSES.get(one.values["category"][:3], frozenset())
        card_type = next(iter(types)).value if len(types) == 1 else ""
    digest = digest_of(one.values)
    return items.row(one.values) | {"card": card, "card_type": card_type, "digest": digest}


def _withdraw(conn: Connection, checked: Checked, done: Pushed, actor: str, now: datetime) -> None:
    """Take back by key; what is closed already, or being settled, stays as it is."""
    for key in checked.sent.withdraw:
        one = listings.hold(conn, checked.before[key].listing_id)
        if one.state is State.SETTLING:
            done.settling.append(key)
        elif one.state is State.LISTED:
            listings.close(conn, one, State.DELISTED, Reason.SENDER, "", actor, now)
            done.withdrawn.append(key)


def _look_for_vanished(conn: Connection, checked: Checked, done: Pushed, now: datetime) -> None:
    """Tell the unit what a complete push lacks, and what its sender would take back while it is
    being settled; only people take it down (F4).
    """
    system, address = checked.system, f"/linked/{checked.system.id}"
    gone = [one.key for one in checked.left if one.row is None]
    if checked.sent.complete or gone:
        keys = [one.values["key"] for one in checked.items] if checked.sent.complete else None
        done.vanished.extend(rows.vanish(conn, system, keys, gone, now))
    if done.vanished:
        told = preparers_of(conn, system.unit_id)
        facts = {"title": system.name, "number": str(len(done.vanished))}
        notices.tell(conn, told, Event.LINKED_VANISHED, address, now, **facts)
    elif not scalar(conn, STILL_VANISHED, system=system.id):
        notices.settle(conn, Event.LINKED_VANISHED, address, now)


STILL_VANISHED: LiteralString = """
    SELECT count(*) FROM linked_listing JOIN listing ON listing.id = linked_listing.listing_id
     WHERE linked_listing.system_id = %(system)s AND linked_listing.vanished_at IS NOT NULL
       AND listing.state IN ('listed', 'settling')
"""


def note_refused(
    conn: Connection, system: System, sent: Sent | None, wrong: int, way: Way, now: datetime
) -> None:
    """Keep that a push was refused, in a transaction of its own: the push's was undone."""
    complete = sent.complete if sent else False
    rows.note(conn, system.id, way.value, complete, now, refused=max(wrong, 1))
