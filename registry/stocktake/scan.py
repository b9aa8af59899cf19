"""What was seen, as a device sends it, and what it is answered (H2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from db import Connection, Refused
from db.text import clean
from registry.cards import uploads, values
from registry.cards.fields import BY_NAME
from registry.cards.kinds import Status
from registry.cards.known import known
from registry.cards.named import whole
from registry.org import User
from registry.stocktake.kinds import Condition, Method, Outcome, Standing

LONGEST_CODE: Final = 512  # of another system's address, or text, that a label bears
LONGEST_PLACE: Final = BY_NAME["place"].longest
LONGEST_CUSTODIAN: Final = BY_NAME["custodian"].longest
LONGEST_NOTE: Final = 500
MOST_PHOTOS: Final = 6
LONGEST_AGO: Final = timedelta(days=3660)
CLOCK_WANDERS: Final = timedelta(minutes=1)  # nothing to speak of
# Of a thing without a card, what its card will have by which name.
SURPLUS_AS: Final = {
    "name": "name", "category": "category", "quantity": "quantity", "measure": "measure",
    "place": "place", "custodian": "custodian", "value": "original_value",
}  # fmt: skip
OF_SURPLUS: Final = tuple(SURPLUS_AS)
# Who stands before a thing sees these; the others are agreed with somebody and need a change.
SEEN_AS: Final = (Status.IN_USE, Status.IDLE, Status.TO_DISPOSE)


@dataclass(frozen=True, slots=True)
class Count:
    """What was seen, as the device sends it. `client_id` is made once, where it was counted.

    `place` and `custodian` None, `status` '': as on the card. `code` '' with `surplus`: a thing
    without a card (its name, category, quantity, measure). `here`: counted although the card is
    another's. `counted_at` is right already (`set_right`); `clock_off`: by how much, at least, the
    device's clock was wrong all the same (its moment less the nearest one that can be).
    `device`: the id of what sent it.
    """

    client_id: UUID
    code: str
    method: Method
    counted_at: datetime
    raw: str = ""
    condition: Condition | None = None
    status: str = ""
    place: str | None = None
    custodian: str | None = None
    note: str = ""
    photos: Sequence[str] = ()
    surplus: Mapping[str, str] = field(default_factory=dict)
    doubtful: bool = False
    here: bool = False
    device: int | None = None
    clock_off: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a scan is answered. Of a card of another unit no more than that it is one (J4).

    `repeated`: this very count was sent before; nothing was stored again. Of an unknown code that
    was registered as a surplus, `name` and `by` say as what and by whom.
    """

    count_id: int
    client_id: UUID
    outcome: Outcome
    standing: Standing
    code: str
    card_id: int | None = None
    name: str = ""
    section: str = ""
    custodian: str = ""
    place: str = ""
    status: str = ""
    assignee: str = ""
    photo: str | None = None
    card_type: str = ""
    category: str = ""
    net_value: Decimal | None = None
    by: str = ""
    at: datetime | None = None
    repeated: bool = False


def set_right(at: datetime, sent_at: datetime, now: datetime) -> datetime:
    """When it was counted by our clock: the device's clock may be wrong by hours (H3).

    `at` and `sent_at` are the device's; what it counted so long before it sent is right.
    """
    ago = min(max(sent_at - at, timedelta(0)), LONGEST_AGO)
    return now - ago


def within(one: Count, started: datetime, now: datetime) -> Count:
    """Counted after the task's start and before now, whatever a clock says that was mended between
    counting and sending; told apart from what the clock had right.
    """
    at = min(max(one.counted_at, started), now)
    moved = one.counted_at - at
    off = moved if abs(moved) > CLOCK_WANDERS else timedelta(0)
    return replace(one, counted_at=at, clock_off=one.clock_off or off)


def cleaned(one: Count) -> Count:
    """Texts without what no person types; of a surplus just what is known of one."""
    surplus = {name: clean(one.surplus[name]) for name in OF_SURPLUS if one.surplus.get(name)}
    return replace(
        one,
        code=whole(one.code),
        raw=clean(one.raw),
        place=clean(one.place) if one.place is not None else None,
        custodian=clean(one.custodian) if one.custodian is not None else None,
        note=clean(one.note, lines=True),
        surplus=surplus,
    )


def checked(conn: Connection, user: User, one: Count, now: datetime) -> Count:
    """It, with the category of a surplus by its code; what can't be kept is refused.

    Raises Refused 'count.code', 'count.text_long', 'count.status', 'count.photos',
    'count.photo_unknown', 'count.surplus_name', or as `values.read` of a card's values.
    """
    _check(conn, user, one)
    return replace(one, surplus=_surplus(conn, user, one.surplus, now)) if one.surplus else one


def _surplus(
    conn: Connection, user: User, told: Mapping[str, str], now: datetime
) -> Mapping[str, str]:
    """Told so that its card can be drafted of it: by the register's own rules."""
    facts = known(conn, user.unit_id, now)
    read: dict[str, str] = {}
    for name, text in told.items():
        try:
            read[name] = values.read(BY_NAME[SURPLUS_AS[name]], text, facts)
        except Refused as why:
            raise Refused(why.code, **{**why.facts, "field": name}) from why
    return {**told, **{name: read[name] for name in read.keys() & {"category"}}}


def _check(conn: Connection, user: User, one: Count) -> None:
    code = one.code
    if (not code and not one.surplus) or len(code) > LONGEST_CODE:
        raise Refused("count.code", field="code", most=LONGEST_CODE)
    for name, text, most in (
        ("place", one.place or "", LONGEST_PLACE),
        ("custodian", one.custodian or "", LONGEST_CUSTODIAN),
        ("note", one.note, LONGEST_NOTE),
    ):
        if len(text) > most:
            raise Refused("count.text_long", field=name, most=most)
    if one.status and one.status not in SEEN_AS:
        raise Refused("count.status", field="status", value=one.status[:20])
    if len(one.photos) > MOST_PHOTOS:
        raise Refused("count.photos", field="photos", most=MOST_PHOTOS)
    wanted = list(dict.fromkeys(one.photos))
    if wanted and len(uploads.of_unit(conn, user.unit_id, "photo", wanted)) != len(wanted):
        raise Refused("count.photo_unknown", field="photos")
    if one.surplus and not one.surplus.get("name"):
        raise Refused("count.surplus_name", field="surplus")
