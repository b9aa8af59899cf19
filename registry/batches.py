"""What came of a batch of documents, line by line: kept for whoever sent it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, LiteralString

from psycopg.types.json import Jsonb

from db import Connection, Database, scalar
from registry.org import User
from registry.words import Label

KEPT: Final = timedelta(days=30)


class Act(StrEnum):
    """What is done to all documents of a batch."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    DELETE = "delete"
    DELIST = "delist"

    @property
    def label(self) -> Label:
        """Its name."""
        return ACTS[self]


ACTS: Final = {
    Act.SUBMIT: Label("批量送审", "Submit several"),
    Act.APPROVE: Label("批量审核通过", "Approve several"),
    Act.RETURN: Label("批量退回", "Return several"),
    Act.DELETE: Label("批量删除", "Delete several"),
    Act.DELIST: Label("批量下架", "Take down several"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one document: `done` or not, and in words what now or why not.

    `number` and `title` are '' where nobody may know whether there is such a document; `address`
    is '' where there is none to open.
    """

    number: str
    title: str
    address: str
    done: bool
    said: Label


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that was sent. `back`: the address of the list that it was sent from."""

    id: int
    act: Act
    at: datetime
    back: str
    lines: Sequence[Line]

    @property
    def done(self) -> int:
        """How many documents were acted upon."""
        return sum(line.done for line in self.lines)

    @property
    def left(self) -> int:
        """How many stay as they were."""
        return len(self.lines) - self.done


ADD: LiteralString = """
    INSERT INTO batch (user_id, act, at, back, lines)
    VALUES (%(user)s, %(act)s, %(now)s, %(back)s, %(lines)s)
    RETURNING id
"""


def keep(
    conn: Connection, user: User, act: Act, back: str, lines: Sequence[Line], now: datetime
) -> int:
    """Keep what came of a batch that `user` sent; its id."""
    kept = [{**_kept(line), "said": line.said._asdict()} for line in lines]
    facts = {"user": user.id, "act": act.value, "now": now, "back": back, "lines": Jsonb(kept)}
    key = scalar(conn, ADD, **facts)
    assert isinstance(key, int)
    return key


PLAIN: Final = ("number", "title", "address", "done")


def _kept(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in PLAIN}


FOUND: LiteralString = """
    SELECT act, at, back, lines FROM batch WHERE id = %(batch)s AND user_id = %(user)s
"""


def batch(conn: Connection, user: User, key: int) -> Batch | None:
    """A batch that `user` sent; None where there is none: another's is nobody else's business."""
    row = conn.execute(FOUND, {"batch": key, "user": user.id}).fetchone()
    if row is None:
        return None
    act, at, back, lines = row
    return Batch(key, Act(act), at, back, [_line(one) for one in lines])


def _line(one: Mapping[str, Any]) -> Line:
    said = Label(**one["said"])
    return Line(one["number"], one["title"], one["address"], one["done"], said)


PURGE: LiteralString = "DELETE FROM batch WHERE at < %(before)s"


def purge(database: Database, now: datetime) -> None:
    """Forget what was sent long ago: what was done stands with the documents themselves."""
    with database.transaction("purge batches") as conn:
        conn.execute(PURGE, {"before": now - KEPT})
