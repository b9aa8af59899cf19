"""What may happen to a document under review, as rules (B4, C1, C2, C4). Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from db import Refused
from registry.org import Role, User
from registry.review.documents import DocumentKind
from registry.review.nodes import Body
from registry.words import Label

LONGEST_OPINION: Final = 500


class State(StrEnum):
    """Where a document stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    APPROVED = "approved"
    VOID = "void"

    @property
    def label(self) -> Label:
        """Its name."""
        return STATES[self]


STATES: Final = {
    State.DRAFT: Label("草稿", "Draft"),
    State.IN_REVIEW: Label("审核中", "Under review"),
    State.RETURNED: Label("被退回", "Returned"),
    State.APPROVED: Label("已终审", "Approved"),
    State.VOID: Label("已作废", "Void"),
}


class Action(StrEnum):
    """What somebody does with it."""

    SUBMIT = "submit"
    RECALL = "recall"
    APPROVE = "approve"
    RETURN = "return"
    REVOKE = "revoke"
    VOID = "void"

    @property
    def label(self) -> Label:
        """Its name."""
        return ACTIONS[self]


ACTIONS: Final = {
    Action.SUBMIT: Label("送审", "submit"),
    Action.RECALL: Label("取消送审", "recall"),
    Action.APPROVE: Label("审核通过", "approve"),
    Action.RETURN: Label("退回", "return"),
    Action.REVOKE: Label("取消审核", "revoke"),
    Action.VOID: Label("作废", "make void"),
}


class Part(StrEnum):
    """Whose turn an action needs."""

    PREPARER = "preparer"  # of the document's unit
    AT_NODE = "at_node"  # a reviewer of the node whose turn it is
    BEFORE_NODE = "before_node"  # a reviewer of the node that acted last


@dataclass(frozen=True, slots=True)
class Rule:
    """An action is possible from these states, for this part."""

    action: Action
    at: frozenset[State]
    who: Part


RULES: Final = {
    rule.action: rule
    for rule in (
        #    action          from                                      who
        Rule(Action.SUBMIT, frozenset({State.DRAFT, State.RETURNED}), Part.PREPARER),
        Rule(Action.RECALL, frozenset({State.IN_REVIEW}), Part.PREPARER),
        Rule(Action.APPROVE, frozenset({State.IN_REVIEW}), Part.AT_NODE),
        Rule(Action.RETURN, frozenset({State.IN_REVIEW}), Part.AT_NODE),
        Rule(Action.REVOKE, frozenset({State.IN_REVIEW, State.APPROVED}), Part.BEFORE_NODE),
        Rule(Action.VOID, frozenset({State.DRAFT, State.RETURNED}), Part.PREPARER),
    )
}


@dataclass(frozen=True, slots=True)
class Step:
    """A node of a chain: reviewers of the unit with this id decide."""

    position: int
    body: Body
    unit_id: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a document stands: `position` is the node whose turn it is, None where nobody's.

    `authors` are the ids of all who prepared, edited or submitted it: they never review it (C1).
    `version` rises with every action.
    """

    id: int
    kind: str
    scope: str
    number: str
    title: str
    address: str
    unit_id: int
    prepared_by: int
    state: State
    round: int
    position: int | None
    version: int
    moved_at: datetime
    chain: tuple[Step, ...]
    authors: frozenset[int]

    @property
    def editable(self) -> bool:
        """Whether the preparer may change it now."""
        return self.state in {State.DRAFT, State.RETURNED}

    @property
    def at_node(self) -> Step | None:
        """The node whose turn it is."""
        return next((step for step in self.chain if step.position == self.position), None)

    @property
    def before_node(self) -> Step | None:
        """The node that approved last in this round."""
        if self.state is State.APPROVED:
            return self.chain[-1]
        before = [step for step in self.chain if step.position < (self.position or 0)]
        return before[-1] if before else None


def check(standing: Standing, action: Action, actor: User) -> None:
    """Refuse what the rules don't allow `actor` to do now.

    Raises Refused 'review.not_now', 'review.acted_already' (recall after a node has acted),
    'review.not_yours' or 'review.own_document'.
    """
    rule = RULES[action]
    if standing.state not in rule.at:
        raise Refused("review.not_now", number=standing.number, state=standing.state.label)
    if action is Action.RECALL and standing.before_node is not None:
        raise Refused("review.acted_already", number=standing.number)
    if rule.who is Part.PREPARER:
        preparers = DocumentKind(standing.kind).preparers
        if actor.unit_id != standing.unit_id or not preparers & actor.roles:
            raise Refused("review.not_yours", number=standing.number)
        return
    node = standing.at_node if rule.who is Part.AT_NODE else standing.before_node
    if node is None:
        raise Refused("review.nothing_to_revoke", number=standing.number)
    if actor.unit_id != node.unit_id or Role.REVIEWER not in actor.roles:
        raise Refused("review.not_yours", number=standing.number)
    if actor.id in standing.authors:
        raise Refused("review.own_document", number=standing.number)


def allowed(standing: Standing, actor: User) -> frozenset[Action]:
    """What `actor` may do with it now."""
    possible = set()
    for action in Action:
        try:
            check(standing, action, actor)
        except Refused:
            continue
        possible.add(action)
    return frozenset(possible)


def move(standing: Standing, action: Action, actor: User, chain: tuple[Step, ...]) -> Standing:
    """The standing after `action`; `chain` is the chain that a submitted document gets.

    Raises as `check`.
    """
    check(standing, action, actor)
    return replace(MOVES[action](standing, actor, chain), version=standing.version + 1)


def _submit(standing: Standing, actor: User, chain: tuple[Step, ...]) -> Standing:
    return replace(
        standing,
        state=State.IN_REVIEW,
        round=standing.round + 1,
        chain=chain,
        position=chain[0].position,
        authors=standing.authors | {actor.id},
    )


def _approve(standing: Standing, _actor: User, _chain: tuple[Step, ...]) -> Standing:
    following = [step for step in standing.chain if step.position > (standing.position or 0)]
    if following:
        return replace(standing, position=following[0].position)
    return replace(standing, state=State.APPROVED, position=None)


def _revoke(standing: Standing, _actor: User, _chain: tuple[Step, ...]) -> Standing:
    before = standing.before_node
    assert before is not None
    return replace(standing, state=State.IN_REVIEW, position=before.position)


def _to(state: State) -> "Move":
    return lambda standing, _actor, _chain: replace(standing, state=state, position=None)


Move = Callable[[Standing, User, tuple[Step, ...]], Standing]
MOVES: Final[dict[Action, Move]] = {
    Action.SUBMIT: _submit,
    Action.RECALL: _to(State.DRAFT),
    Action.APPROVE: _approve,
    Action.RETURN: _to(State.RETURNED),
    Action.REVOKE: _revoke,
    Action.VOID: _to(State.VOID),
}
