"""What the scanners' API answers: answers, tasks and cards as members of JSON (H2)."""

from collections.abc import Sequence
from typing import Any

from db import Refused
from portal import problems
from portal.language import language
from portal.words import words_for
from registry.stocktake import Answer
from registry.stocktake.counts import Stands
from registry.stocktake.expected import Expected
from registry.stocktake.task import Mine


def answer(one: Answer) -> dict[str, Any]:
    """What a scan is."""
    return {
        "client_id": str(one.client_id),
        "outcome": one.outcome.value,
        "standing": one.standing.value,
        "code": one.code,
        "name": one.name,
        "section": one.section,
        "custodian": one.custodian,
        "place": one.place,
        "status": one.status,
        "assignee": one.assignee,
        "photo": one.photo,
        "card_type": one.card_type,
        "category": one.category,
        "net_value": str(one.net_value) if one.net_value is not None else None,
        "by": one.by,
        "at": one.at.isoformat() if one.at else None,
        "repeated": one.repeated,
    }


def standing(stands: Stands | None) -> dict[str, Any]:
    """Whose count of a card stands now, '' where nobody's."""
    return {"by": stands.by, "at": stands.at.isoformat()} if stands else {"by": "", "at": None}


def refusal(client_id: object, why: Refused) -> dict[str, Any]:
    """Why a scan was not kept: the others are."""
    said = {**problems.facts_of(why), "detail": words_for(why, language())}
    return {"client_id": client_id if isinstance(client_id, str) else None, "refusal": said}


def task(one: Mine, cards: Sequence[Expected]) -> dict[str, Any]:
    """A running task with the cards that may be counted without a network (H3)."""
    return {
        "id": one.id,
        "name": one.name,
        "unit": one.unit_name,
        "created_by": one.created_by,
        "due_on": one.due_on.isoformat(),
        "methods": [method.value for method in one.methods],
        "expected": one.expected,
        "counted": one.counted,
        "cards": [card(each) for each in cards],
    }


def card(one: Expected) -> dict[str, Any]:
    """A card that is expected, and what was seen of it."""
    return {
        "code": one.code,
        "name": one.name,
        "category": one.category,
        "card_type": one.card_type,
        "section": one.section,
        "custodian": one.custodian,
        "place": one.place,
        "status": one.status,
        "net_value": str(one.net_value),
        "photo": one.photo,
        "assignee": one.assignee,
        "counted_by": one.counted_by,
        "counted_at": one.counted_at.isoformat() if one.counted_at else None,
        "condition": one.condition,
        "status_seen": one.status_seen,
        "place_seen": one.place_seen,
        "custodian_seen": one.custodian_seen,
        "note": one.note,
    }
