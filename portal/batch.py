"""Batch work: one act on many documents of a list, each by itself, one line of result each.

Each document has a transaction of its own: what one refuses stops no other. A row of a list
carries the version that was drawn, so that nobody decides about what they have not seen.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from db import Connection, Entangled, Refused
from exchange import manage
from portal import asked, edge
from portal.language import in_each, language
from portal.words import words_for
from registry import batches, review
from registry.batches import Act, Line
from registry.review import Action, State
from registry.review.machine import LONGEST_OPINION
from registry.words import Label

MOST: Final = 200  # at once: a list's page has 30, what a stocktake drafted may be more
FIELD: Final = "document"
UNDECIDED: Final = "undecided"  # Enter on a tick, where no script holds it back


@dataclass(frozen=True, slots=True)
class Reason:
    """The one reason that an act asks for, for all: its field, and what it must be like."""

    field: str
    longest: int
    checked: Callable[[str], str]


REASONS: Final = {
    Act.RETURN: Reason(
        "opinion",
        LONGEST_OPINION,
        lambda text: review.checked_opinion(Action.RETURN, text),
    ),
    Act.DELIST: Reason("reason", manage.LONGEST_REASON, manage.checked_reason),
}


# How the view of each act is called, whatever the list.
VIEWS: Final = {act: "give_back" if act is Act.RETURN else act.value for act in Act}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A document that was ticked: its id, and the version that its row showed."""

    key: int
    seen: int


@dataclass(frozen=True, slots=True)
class Choice:
    """What a list's form says, where the list is drawn again with what is wrong with it; `field`:
    with which of its fields, '' where it is the form.
    """

    ticked: frozenset[str] = frozenset()
    act: str = ""
    reason: str = ""
    refusal: str = ""
    field: str = ""


NOTHING: Final = Choice()


@dataclass(frozen=True, slots=True)
class Document:
    """What a line of the result calls a document; `address` of its page."""

    number: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one: `say` says it, in the language of the moment. `gone`: its page is, too."""

    say: Callable[[], str]
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """What a list offers: `acts`, those that some of its rows allow; `ticks`, what a row's tick
    sends, by its id; `to`, where an act is sent; `choice`, what the form says already.
    """

    acts: Sequence[Act]
    ticks: Mapping[int, str]
    to: Callable[[Act], str]
    choice: Choice = NOTHING

    @property
    def reasons(self) -> dict[Act, Reason]:
        """By act, the reason that it asks for."""
        return REASONS


def tick(key: int, seen: int) -> str:
    """What a form sends of a document: its id, and the version that is shown."""
    return f"{key}.{seen}"


Row = tuple[int, int, frozenset[Act]]  # a document's id, its version, what its reader may do


def offer(rows: Iterable[Row], to: Callable[[Act], str], choice: Choice = NOTHING) -> Offer:
    """What a list of these rows offers."""
    open_rows = [row for row in rows if row[2]]
    acts = [act for act in Act if any(act in may for _key, _seen, may in open_rows)]
    return Offer(acts, {key: tick(key, seen) for key, seen, _may in open_rows}, to, choice)


PREPARED: Final = frozenset({Act.SUBMIT, Act.DELETE})
DECIDED: Final = frozenset({Act.APPROVE, Act.RETURN})
NO_ACT: Final[frozenset[Act]] = frozenset()


def possible(state: State, *, prepares: bool, decides: bool) -> frozenset[Act]:
    """What the reader may do with a document: `prepares`: it is theirs to prepare; `decides`: it
    waits on them.
    """
    if prepares and state in {State.DRAFT, State.RETURNED}:
        return PREPARED
    return DECIDED if decides and state is State.IN_REVIEW else NO_ACT


class Desk(Protocol):
    """A kind of document, as batches act on it; `name` of its transactions."""

    @property
    def name(self) -> str: ...

    def find(self, conn: Connection, key: int) -> Document:
        """The document; Refused where there is none that the reader may see (J4)."""

    def do(self, conn: Connection, act: Act, one: Chosen, reason: str) -> Done:
        """Act on one, in the version that was seen."""


def chosen() -> list[Chosen]:
    """What is ticked, each once.

    Raises Refused 'batch.undecided', 'batch.nothing' or 'batch.too_many'.
    """
    if UNDECIDED in request.form:
        raise Refused("batch.undecided")
    found: dict[int, Chosen] = {}
    for text in request.form.getlist(FIELD):
        key, _dot, seen = text.partition(".")
        number, version = (
            asked.bounded(key, asked.LARGEST_KEY),
            asked.bounded(seen, asked.LARGEST_NUMBER),
        )
        if number is not None:
            found.setdefault(number, Chosen(number, version or 0))
    if not found:
        raise Refused("batch.nothing")
    if len(found) > MOST:
        raise Refused("batch.too_many", most=MOST)
    return list(found.values())


def reason_for(act: Act) -> str:
    """The reason that an act asks for, '' where it asks for none; Refused with its field."""
    if act not in REASONS:
        return ""
    reason = REASONS[act]
    return reason.checked(request.form.get(reason.field, ""))


def sent(act: Act, desk: Desk, again: Callable[[Choice], str], back: str) -> ResponseReturnValue:
    """Act on all that is ticked, and show what came of each.

    `again`: draws the list once more, with what is wrong with its form; `back`: its address.
    """
    try:
        documents, reason = chosen(), reason_for(act)
    except Refused as refused:
        return again(_choice(act, refused)), 422
    lines = [_line(act, desk, one, reason) for one in documents]
    with edge.database().transaction("keep batch") as conn:
        key = batches.keep(conn, edge.viewer(), act, back, lines, edge.now())
    return redirect(url_for("batches.show", batch=key), 303)


def _choice(act: Act, refused: Refused) -> Choice:
    """What the form says, and what is wrong with it."""
    field = REASONS[act].field if act in REASONS else ""
    return Choice(
        frozenset(request.form.getlist(FIELD)),
        act.value,
        request.form.get(field, ""),
        words_for(refused, language()),
        str(refused.facts.get("field", "")),
    )


def _line(act: Act, desk: Desk, one: Chosen, reason: str) -> Line:
    """Act on one document: what came of it."""
    document = None
    try:
        with edge.database().transaction(f"{act.value} {desk.name} of a batch") as conn:
            document = desk.find(conn, one.key)
            done = desk.do(conn, act, one, reason)
    except Refused as refused:
        return _left(document, refused)
    except Entangled:
        return _left(document, Refused("batch.entangled"))
    address = "" if done.gone else document.address
    return Line(document.number, document.title, address, done=True, said=in_each(done.say))


def _left(document: Document | None, refused: Refused) -> Line:
    """That it stays as it was. Of what is not theirs nobody learns even that it is there."""
    if document is None:
        document, refused = Document("", "", ""), Refused("batch.not_found")
    why = Label(words_for(refused, "zh"), words_for(refused, "en"))
    return Line(document.number, document.title, document.address, done=False, said=why)
