"""A linked system's push against every rule: what is wrong with it, what must wait (F4)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from db import Connection, Refused, scalar
from exchange import eligibility
from exchange.kinds import Reason, State
from exchange.linked import items, rows
from exchange.linked.items import Item, Sent
from exchange.linked.rows import Known
from exchange.linked.systems import System
from registry.cards.known import known
from registry.cards.values import Values
from registry.org import hold_unit


@dataclass(frozen=True, slots=True)
class Left:
    """What was asked of a listing that is being settled, and is left: by row, or to take back."""

    row: int | None
    key: str
    why: Refused


@dataclass(frozen=True, slots=True)
class Checked:
    """A push that was checked, its cards and listings held. `before`: what we have, by key."""

    system: System
    sent: Sent
    items: list[Item]
    before: Mapping[str, Known]
    cards: Mapping[str, tuple[int, str]]

    @property
    def wrong(self) -> list[Item]:
        """The items that must be mended."""
        return items.wrong(self.items)

    @property
    def left(self) -> list[Left]:
        """What is left as it is, because somebody agreed upon it as it stands (D2)."""
        changed = {one.number: one.values["key"] for one in self.items if self.waits(one)}
        return [
            *(Left(row, key, self._being_settled(key, "key")) for row, key in changed.items()),
            *(
                Left(None, key, self._being_settled(key, "withdraw"))
                for key in self.sent.withdraw
                if self._settling(key)
            ),
        ]

    def waits(self, one: Item) -> bool:
        """Whether it would change a listing that is being settled."""
        key = one.values["key"]
        return self._settling(key) and differs(one, self.before[key])

    def shown(self, one: Item) -> bool:
        """Whether a square shows it after this push, and nobody has agreed upon it as it stands."""
        there = self.before.get(one.values["key"])
        if there is None or there.state is State.LISTED:
            return True
        return not there.state.live and there.reason == Reason.SENDER

    def _settling(self, key: str) -> bool:
        return key in self.before and self.before[key].state is State.SETTLING

    def _being_settled(self, key: str, field: str) -> Refused:
        name = self.before[key].name
        return Refused("linked.being_settled", field=field, key=key, name=name)


# Pushes of one system come one after the other: two at once would list a new key twice.
HOLD: LiteralString = "SELECT active FROM linked_system WHERE id = %(system)s FOR UPDATE"


def check(conn: Connection, system: System, sent: Sent, now: datetime) -> Checked:
    """Every item against every rule. Raises Refused 'linked.off' or 'linked.key_unknown'."""
    if not scalar(conn, HOLD, system=system.id):
        raise Refused("linked.off", name=system.name)
    found = items.read(conn, sent, known(conn, system.unit_id, now))
    keys = [one.values["key"] for one in found] + list(sent.withdraw)
    codes = [one.values["code"] for one in found if one.values["code"]]
    cards = rows.cards(conn, system, codes)  # before the listings: one order of locks for all
    if not hold_unit(conn, system.unit_id):  # it is called as it is copied until we are done
        raise Refused("linked.off", name=system.name)
    before = rows.known(conn, system.id, keys)
    for key in sent.withdraw:
        if key not in before:
            raise Refused("linked.key_unknown", field="withdraw", key=key[: items.LONGEST_KEY])
    checked = Checked(system, sent, found, before, cards)
    _refuse_other_kinds(checked)
    _refuse_codes_of_others(conn, checked, codes)
    _refuse_doubles(conn, checked, codes)
    _refuse_ineligible(conn, checked)
    return checked


def _refuse_other_kinds(checked: Checked) -> None:
    """The two squares are two publications: a key can't wander from one to the other."""
    for one in checked.items:
        there = checked.before.get(one.values["key"])
        if there and there.state is State.LISTED and one.values["kind"] != there.kind:
            key = one.values["key"]
            one.refusals.setdefault("kind", Refused("linked.other_kind", field="kind", key=key))


def _refuse_codes_of_others(conn: Connection, checked: Checked, codes: list[str]) -> None:
    """A system speaks for its own unit: another's asset is not its to list. Whose, isn't told.

    Also what stands already, pushed as before: its sender mends its code, or takes it back.
    """
    others = rows.codes_of_others(conn, checked.system, codes)
    for one in checked.items:
        code = one.values["code"]
        if code in others and checked.shown(one):
            refused = Refused("linked.code_not_yours", field="code", code=code)
            one.refusals.setdefault("code", refused)


def _refuse_doubles(conn: Connection, checked: Checked, codes: list[str]) -> None:
    """Nothing of a unit stands on the squares twice (F3: 不重), by whatever way it came."""
    by_code = {one.values["code"]: one for one in checked.items if one.values["code"]}
    for code, system, key in rows.listed(conn, checked.system, codes):
        one = by_code[code]
        own = (system, key) == (checked.system.id, one.values["key"])
        if not own and not checked.waits(one):
            double = Refused("linked.listed_already", field="code", code=code)
            one.refusals.setdefault("code", double)


# What comes from elsewhere may lack a photo; what is listed twice was told already.
UNASKED: Final = (eligibility.LISTED, eligibility.PHOTO)
UNKNOWN: Final = "sheet.no_such_card"  # the sender's own number


def _refuse_ineligible(conn: Connection, checked: Checked) -> None:
    """What bears a card of ours must be publishable as that card is (A8)."""
    for kind in items.CARDS:
        asked = {one.values["code"]: one for one in _to_take(checked)
                 if one.values["kind"] == kind and one.values["code"] in checked.cards}  # fmt: skip
        unit = checked.system.unit_id
        codes = list(asked)
        refused = eligibility.check(conn, kind, unit, None, codes, *UNASKED) if asked else {}
        for code, why in refused.items():
            if why.code != UNKNOWN:
                asked[code].refusals.setdefault("code", why)


def digest_of(values: Values) -> str:
    """By which an item is known to be as it was pushed before."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _to_take(checked: Checked) -> list[Item]:
    """The items that are new, taken back before, or changed and not being settled."""
    return [
        one
        for one in checked.items
        if differs(one, checked.before.get(one.values["key"])) and not checked.waits(one)
    ]


def differs(one: Item, there: Known | None) -> bool:
    """Whether it is new, taken back before, or changed since; `there`: what we have of its key."""
    if there is None:
        return True
    if not there.state.live:
        return there.reason == Reason.SENDER
    return there.digest != digest_of(one.values)
