"""The review of a document as pages draw it: its chain, and where it stands in words (B5, C2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from db import Connection
from portal import edge
from portal.formats import short_moment
from portal.language import gettext as _
from portal.language import language
from portal.words import words_for
from registry import org, review
from registry.org import contacts
from registry.org.contacts import Contact
from registry.review import CHAINS, Action, Body, DocumentKind, Done, Standing, State, Step


@dataclass(frozen=True, slots=True)
class Nobody:
    """That nobody may decide at a node, in words, and who can name somebody."""

    said: str
    contacts: list[Contact]


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the drawn chain: `mark` is-done, is-at, is-back or is-todo."""

    mark: str
    name: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Check:
    """What a reviewer should look at: 符合, or 请看."""

    name: str
    text: str
    right: bool


MARKS: Final = {
    State.DRAFT: "is-idle",
    State.IN_REVIEW: "is-listed",
    State.RETURNED: "is-warning",
    State.APPROVED: "is-ok",
    State.VOID: "is-disposed",
}


def said(state: State, body: Body | None, last: Action | None, last_body: Body | None) -> str:
    """待单位审核, 单位审核退回, 单位审核取消审核 (C2), 已终审, 草稿."""
    if last is Action.REVOKE and last_body:
        return _("%(node)s取消审核", node=last_body.label.of(language()))
    if state is State.RETURNED and last_body:
        return _("%(node)s退回", node=last_body.label.of(language()))
    if state is State.IN_REVIEW and body:
        return _("待%(node)s", node=body.label.of(language()))
    return state.label.of(language())


def said_of(standing: Standing, history: Sequence[Done]) -> str:
    """As `said`, of a document that is read in full."""
    node, last = standing.at_node, history[-1] if history else None
    return said(
        standing.state,
        node.body if node else None,
        last.action if last else None,
        last.body if last else None,
    )


def nodes(
    conn: Connection, standing: Standing, chain: tuple[Step, ...], history: Sequence[Done]
) -> list[Node]:
    """The preparer, then each node of the chain."""
    units = dict(org.units_named(conn, [step.unit_id for step in chain]))
    latest = {one.position: one for one in history if one.round == standing.round}
    back = standing.state is State.RETURNED
    sent = latest.get(None)
    first = Node(
        "is-at" if standing.editable else "is-done",
        _("经办修改") if back else _("经办送审"),
        sent.actor if sent else "",
        short_moment(sent.at) if sent else "",
    )
    return [first, *(_node(standing, step, latest, units) for step in chain)]


def _node(
    standing: Standing, step: Step, latest: Mapping[int | None, Done], units: Mapping[int, str]
) -> Node:
    name, done = step.body.label.of(language()), latest.get(step.position)
    if standing.state is State.RETURNED and done and done.action is Action.RETURN:
        return Node("is-back", name, done.actor, short_moment(done.at))
    passed = standing.state is State.APPROVED or (
        standing.position is not None and step.position < standing.position
    )
    if passed and done:
        return Node("is-done", name, done.actor, short_moment(done.at))
    if step.position == standing.position:
        return Node("is-at", name, units[step.unit_id], "")
    return Node("is-todo", name, units[step.unit_id], "")


def nobody(conn: Connection, standing: Standing) -> list[Nobody]:
    """What a document under review says where nobody may decide on it (C1)."""
    steps = review.vacant(conn, standing)
    units = dict(org.units_named(conn, [step.unit_id for step in steps]))
    return [
        Nobody(
            _("无人可审：%(unit)s没有可以审核这份单据的人。", unit=units[step.unit_id])
            if step == standing.at_node
            else _(
                "后续环节无人可审：%(unit)s没有可以审核这份单据的人。", unit=units[step.unit_id]
            ),
            contacts.administrators(conn, step.unit_id),
        )
        for step in steps
    ]


def nobody_for_draft(conn: Connection, standing: Standing) -> list[Nobody]:
    """What the page of a draft says that its reader could not submit (C1)."""
    if Action.SUBMIT not in review.allowed(standing, edge.viewer()):
        return []
    kind = DocumentKind(standing.kind)
    return nobody_ahead(conn, kind, [standing.scope], standing.authors)


def nobody_ahead(
    conn: Connection,
    kind: DocumentKind,
    scopes: Collection[str],
    authors: frozenset[int] = frozenset(),
) -> list[Nobody]:
    """What the form of a document of the reader's unit says that could not be submitted (C1).

    `scopes`: those that it may be submitted in; `authors`: who has prepared it beside the reader.
    """
    viewer = edge.viewer()
    found = {
        scope: refused
        for scope in scopes
        if (refused := review.foreseen(conn, kind, scope, viewer.unit_id, authors | {viewer.id}))
    }
    everywhere = len(found) == len(scopes)
    said: dict[str, Nobody] = {}
    for scope, refused in found.items():
        words = words_for(refused, language())
        if not everywhere:
            words = _("%(scope)s：%(said)s", scope=CHAINS[kind, scope].of(language()), said=words)
        said[words] = Nobody(words, [])  # the refusal names who can mend it
    return list(said.values())
