"""A surplus as the card that it becomes: what was counted, what the preparer adds to it (H4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, LiteralString

from psycopg.types.json import Jsonb

from db import Connection, Refused, audit
from registry.cards import CardType, ChangeKind, Status, drafting
from registry.cards.drafting import Draft, Typed
from registry.cards.field import Field
from registry.cards.fields import BY_NAME, CLASSES
from registry.cards.known import known
from registry.org import User
from registry.review.engine import ZONE
from registry.stocktake import tasks
from registry.stocktake.differences import Difference, differences
from registry.stocktake.kinds import Condition, DifferenceKind, Stage

# Of a card's fields those that may be completed, by the name that they have in what was counted.
NAMES: Final = {
    "name": "name", "category": "category", "type": "type", "quantity": "quantity",
    "measure": "measure", "original_value": "value", "using_section": "using_section",
    "custodian": "custodian", "place": "place", "status": "status",
}  # fmt: skip
STATUS_OF: Final = {
    Condition.GOOD: Status.IN_USE,
    Condition.REPAIR: Status.IDLE,
    Condition.DAMAGED: Status.TO_DISPOSE,
}


def fields() -> tuple[Field, ...]:
    """What the form asks: fields as the form of a new card has them."""
    asked = {one.name: one for one in drafting.asked(ChangeKind.REGISTER, CardType.FURNITURE)}
    return tuple(asked[name] for name in BY_NAME if name in NAMES)


def card_of(one: Difference, now: datetime) -> dict[str, str]:
    """The values of the card that a surplus becomes; a guess for what nobody has told.

    What needs repair is idle and what is damaged is to be disposed of, unless told otherwise.
    """
    seen = {name: str(value) for name, value in one.after.items()}
    told = {name: seen[key] for name, key in NAMES.items() if seen.get(key)}
    condition = Condition(seen.get("condition", Condition.GOOD))
    return {
        "code": f"PY{now.astimezone(ZONE):%Y%m%d}{one.id:06}",
        "name": "",
        "category": "",
        "type": _type_of(seen.get("category", "")).value,
        "quantity": "1",
        "measure": "台",
        "acquisition_way": "surplus",
        "original_value": "1",
        "value_type": "provisional" if "original_value" in told else "nominal",
        "status": STATUS_OF[condition].value,
        "shareable": "false",
        **told,
    }


def _type_of(category: str) -> CardType:
    """The commonest card type of a category's class; the preparer may choose another."""
    allowed = CLASSES.get(category[:3], frozenset(CardType))
    order: tuple[CardType, ...] = (CardType.GENERAL_EQUIPMENT, *CardType)
    return next(one for one in order if one in allowed)


def may_be_completed(stage: Stage, one: Difference) -> bool:
    """Until it is under review; once it is approved, where it could not be drafted as it was."""
    if one.kind is not DifferenceKind.SURPLUS or not one.left:
        return False
    return stage in {Stage.RUNNING, Stage.COUNTED} or (stage is Stage.DONE and bool(one.refusals))


def require(conn: Connection, stocktake: int, difference: int) -> Difference:
    """The surplus with this id. Raises Refused 'difference.no_such_surplus'."""
    for one in differences(conn, stocktake, DifferenceKind.SURPLUS):
        if one.id == difference:
            return one
    raise Refused("difference.no_such_surplus")


COMPLETE: LiteralString = """
    UPDATE stocktake_difference SET completed = %(completed)s WHERE id = %(difference)s
"""


def complete(
    conn: Connection,
    actor: User,
    stocktake: int,
    difference: int,
    typed: Mapping[str, str],
    now: datetime,
    request: str,
) -> Draft:
    """Fill in what its card needs, by the register's own checks; what was counted stays as it was.

    The card as it would be drafted; where it has refusals nothing is stored. Raises as
    `tasks.own`, 'difference.no_such_surplus', 'difference.not_to_complete'.
    """
    found = tasks.own(conn, actor, stocktake, Stage.RUNNING, Stage.COUNTED, Stage.DONE)
    one = require(conn, stocktake, difference)
    if not may_be_completed(found.stage, one):
        raise Refused("difference.not_to_complete", name=one.name)
    asked = {name: typed.get(name, "") for name in NAMES}
    made = drafting.check(ChangeKind.REGISTER, {}, Typed(card_of(one, now) | asked),
                          known(conn, actor.unit_id, now))  # fmt: skip
    if not made.refusals:
        completed = {key: made.after.get(name, "") for name, key in NAMES.items()}
        conn.execute(COMPLETE, {"difference": difference, "completed": Jsonb(completed)})
        audit.record(conn, actor.login, "stocktake.surplus_completed", f"stocktake:{found.number}",
                     request, difference=difference, values=completed)  # fmt: skip
    return made
