"""What the form of a draft says above its fields: why it was returned, and who was quicker."""

from dataclasses import dataclass
from typing import Final

from db import Connection, Refused
from portal.language import language
from portal.words import words_for
from registry import review
from registry.review import Action, Done, Standing, State

STALE: Final = "review.edited"


@dataclass(frozen=True, slots=True)
class Above:
    """The version that the form was filled from, the last return, and a clash in words or ''."""

    seen: int = 0
    returned: Done | None = None
    clash: str = ""


NOTHING: Final = Above()  # of what was never kept


def above(conn: Connection, standing: Standing, seen: int) -> Above:
    """What stands above the form that somebody fills from version `seen`."""
    return Above(seen, _returned(conn, standing))


def clashed(conn: Connection, review_id: int, refused: Refused) -> Above:
    """As `above`, of what was typed over an older version: saving it again is a decision."""
    standing = review.standing(conn, review_id)
    return Above(standing.version, _returned(conn, standing), words_for(refused, language()))


def _returned(conn: Connection, standing: Standing) -> Done | None:
    if standing.state is not State.RETURNED:
        return None
    history = review.history(conn, standing.id)
    return next((one for one in reversed(history) if one.action is Action.RETURN), None)
