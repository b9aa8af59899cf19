"""Review of any document: who may do what when, whatever the order (C1, C2, C4, B4, B5)."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import Connection, Refused, scalar
from registry import review
from registry.org import Role, User, UserType
from registry.review import Action, Body, DocumentKind, Standing, State, Step
from registry.review.machine import RULES, allowed, move
from tests.registry.conftest import NOW, Organisation, Person

LIBRARY, BUREAU, FINANCE, ELSEWHERE = 1, 2, 3, 4
CHAIN = (
    Step(1, Body.UNIT, LIBRARY),
    Step(2, Body.DEPARTMENT, BUREAU),
    Step(3, Body.FINANCE, FINANCE),
)
P, R = Role.PREPARER, Role.REVIEWER


def somebody(key: int, unit: int, *roles: Role) -> User:
    return User(
        key, f"u{key}", f"u{key}", UserType.BUDGET_UNIT, unit, "", None, frozenset(roles), True, 0
    )


PEOPLE = (
    somebody(1, LIBRARY, P),
    somebody(2, LIBRARY, P, R),
    somebody(3, LIBRARY, R),
    somebody(4, BUREAU, R),
    somebody(5, BUREAU, P, R),
    somebody(6, FINANCE, R),
    somebody(7, ELSEWHERE, P, R),
    somebody(8, LIBRARY, Role.AUDITOR, Role.STOCKTAKER, Role.ADMINISTRATOR),
)
BLANK = Standing(
    id=1, kind="card_change", scope="ordinary", number="BD-1", title="", address="",
    unit_id=LIBRARY, prepared_by=1, state=State.DRAFT, round=0, position=None, version=0,
    moved_at=datetime(2026, 1, 1, tzinfo=UTC), chain=(), authors=frozenset({1}),
)  # fmt: skip
TRIES = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(Action)), max_size=40)


@given(tries=TRIES, length=st.integers(1, 3))
def test_any_sequence_of_actions_keeps_the_state_legal_and_the_history_complete(
    tries: list[tuple[User, Action]], length: int
) -> None:
    chain, standing, history = CHAIN[:length], BLANK, []
    for actor, action in tries:
        possible = action in allowed(standing, actor)
        try:
            after = move(standing, action, actor, chain)
        except Refused:
            assert not possible
            continue
        assert possible
        history.append((actor, action, standing, after))
        standing = after
        assert (standing.state is State.IN_REVIEW) == (standing.position is not None)
        assert standing.version == len(history)
    for (_, _, _, after), (_, _, before, _) in pairwise(history):
        assert after == before
    for actor, action, before, _ in history:
        assert before.state in RULES[action].at
        if action in {Action.APPROVE, Action.RETURN, Action.REVOKE}:
            assert R in actor.roles
            assert actor.id not in before.authors  # nobody reviews their own
        else:
            assert P in actor.roles
            assert actor.unit_id == LIBRARY
    if standing.state is State.APPROVED:
        approvals = _standing_approvals([(action, before) for _, action, before, _ in history])
        assert approvals == [step.position for step in chain]


def _standing_approvals(history: list[tuple[Action, Standing]]) -> list[int]:
    """Positions of the nodes whose approval still stands, replayed from the history alone."""
    found: list[int] = []
    for action, before in history:
        if action is Action.APPROVE:
            assert before.position is not None
            found.append(before.position)
        elif action is Action.REVOKE:
            found.pop()
        else:
            found = []
    return found


def reviewed(*actions: tuple[Action, User]) -> Standing:
    standing = BLANK
    for action, actor in actions:
        standing = move(standing, action, actor, CHAIN)
    return standing


CLERK, BOTH, REVIEWER, DEPARTMENT, _, OFFICIAL, STRANGER, OTHER = PEOPLE
SUBMITTED = (Action.SUBMIT, CLERK)
PASSED = (Action.APPROVE, REVIEWER)


def test_recall_works_until_the_next_node_has_acted() -> None:
    assert Action.RECALL in allowed(reviewed(SUBMITTED), CLERK)
    with pytest.raises(Refused) as refused:
        move(reviewed(SUBMITTED, PASSED), Action.RECALL, CLERK, CHAIN)
    assert refused.value.code == "review.acted_already"


def test_recall_works_again_after_the_node_has_revoked() -> None:
    standing = reviewed(SUBMITTED, PASSED, (Action.REVOKE, REVIEWER))
    assert standing.position == 1
    assert Action.RECALL in allowed(standing, CLERK)


def test_node_may_not_revoke_once_the_next_has_acted() -> None:
    standing = reviewed(SUBMITTED, PASSED, (Action.APPROVE, DEPARTMENT))
    assert Action.REVOKE not in allowed(standing, REVIEWER)
    assert Action.REVOKE in allowed(standing, DEPARTMENT)


def test_nobody_reviews_what_they_submitted_for_a_colleague() -> None:
    standing = reviewed((Action.SUBMIT, BOTH))
    with pytest.raises(Refused) as refused:
        move(standing, Action.APPROVE, BOTH, CHAIN)
    assert refused.value.code == "review.own_document"


@pytest.mark.parametrize("actor", [STRANGER, OTHER, DEPARTMENT, CLERK])
def test_only_the_nodes_own_reviewers_approve(actor: User) -> None:
    assert Action.APPROVE not in allowed(reviewed(SUBMITTED), actor)


def a_draft(conn: Connection, clerk: User, scope: str = "disposal") -> int:
    key, number = review.begin(conn, DocumentKind.CARD_CHANGE, scope, "书架", clerk, NOW)
    assert number.startswith("BD-2026-")
    return key


def act(conn: Connection, actor: User, key: int, action: Action, opinion: str = "") -> Standing:
    seen = review.standing(conn, key).version
    return review.act(conn, actor, key, action, seen, opinion, NOW)


def test_who_edited_a_draft_neither_reviews_it_nor_finds_it_waiting(
    conn: Connection, person: Person
) -> None:
    key, reviewer = a_draft(conn, person("clerk"), "ordinary"), person("reviewer")
    for editor in (reviewer, reviewer, person("clerk")):
        review.touch(conn, key, editor)
    act(conn, person("clerk"), key, Action.SUBMIT)
    assert review.standing(conn, key).authors == {person("clerk").id, reviewer.id}
    assert review.waiting(conn, reviewer) == []
    assert review.waiting_count(conn, reviewer) == 0
    assert review.waiting_count(conn, person("deputy")) == 1
    with pytest.raises(Refused) as refused:
        act(conn, reviewer, key, Action.APPROVE)
    assert refused.value.code == "review.own_document"


def test_numbers_have_no_gaps(conn: Connection, person: Person) -> None:
    clerk = person("clerk")
    numbers = [review.standing(conn, a_draft(conn, clerk)).number for _ in range(3)]
    serials = [int(number[-6:]) for number in numbers]
    assert serials == list(range(serials[0], serials[0] + 3))


def test_document_goes_to_the_unit_and_then_to_the_department_above(
    conn: Connection, person: Person, organisation: Organisation
) -> None:
    key = a_draft(conn, person("clerk"))
    standing = act(conn, person("clerk"), key, Action.SUBMIT)
    assert [(step.body, step.unit_id) for step in standing.chain] == [
        (Body.UNIT, organisation.units["图书馆"]),
        (Body.DEPARTMENT, organisation.units["文体局"]),
    ]
    assert [one.number for one in review.waiting(conn, person("reviewer"))] == [standing.number]
    assert review.waiting_count(conn, person("department")) == 0
    act(conn, person("reviewer"), key, Action.APPROVE, "同意")
    assert review.waiting_count(conn, person("reviewer")) == 0
    assert review.waiting_count(conn, person("department")) == 1
    assert act(conn, person("department"), key, Action.APPROVE).state is State.APPROVED
    history = review.history(conn, key)
    assert [(one.action, one.actor, one.opinion) for one in history] == [
        (Action.SUBMIT, "clerk", ""),
        (Action.APPROVE, "reviewer", "同意"),
        (Action.APPROVE, "department", ""),
    ]


def test_of_two_reviewers_the_second_is_told_who_was_quicker(
    conn: Connection, person: Person
) -> None:
    key = a_draft(conn, person("clerk"))
    seen = act(conn, person("clerk"), key, Action.SUBMIT).version
    review.act(conn, person("reviewer"), key, Action.APPROVE, seen, "", NOW)
    with pytest.raises(Refused) as refused:
        review.act(conn, person("deputy"), key, Action.RETURN, seen, "不行", NOW)
    assert refused.value.code == "review.moved"
    assert refused.value.facts["actor"] == "reviewer"
    assert len(review.history(conn, key)) == 2


def test_return_needs_a_reason(conn: Connection, person: Person) -> None:
    key = a_draft(conn, person("clerk"))
    act(conn, person("clerk"), key, Action.SUBMIT)
    with pytest.raises(Refused) as refused:
        act(conn, person("reviewer"), key, Action.RETURN, "  ")
    assert refused.value.code == "review.reason_missing"
    assert act(conn, person("reviewer"), key, Action.RETURN, "照片模糊").state is State.RETURNED


def test_document_nobody_could_review_is_not_submitted(conn: Connection, person: Person) -> None:
    conn.execute("UPDATE app_user SET active = false WHERE login IN ('reviewer', 'deputy')")
    key = a_draft(conn, person("clerk"))
    with pytest.raises(Refused) as refused:
        act(conn, person("clerk"), key, Action.SUBMIT)
    assert refused.value.code == "review.nobody"
    assert refused.value.facts["unit"] == "图书馆"


def test_finance_node_is_the_nearest_bureau_above_that_has_a_reviewer(
    conn: Connection, person: Person, organisation: Organisation
) -> None:
    conn.execute("INSERT INTO review_node VALUES ('card_change', 'disposal', 3, 'finance')")
    key = a_draft(conn, person("clerk"))
    assert (
        act(conn, person("clerk"), key, Action.SUBMIT).chain[-1].unit_id
        == (organisation.units["海口财政局"])
    )
    act(conn, person("clerk"), key, Action.RECALL)
    conn.execute("UPDATE app_user SET active = false WHERE login = 'finance2'")
    assert (
        act(conn, person("clerk"), key, Action.SUBMIT).chain[-1].unit_id
        == (organisation.units["省财政厅"])
    )


def test_finance_node_without_any_reviewer_above_is_refused_not_left_out(
    conn: Connection, person: Person
) -> None:
    conn.execute("INSERT INTO review_node VALUES ('card_change', 'disposal', 3, 'finance')")
    conn.execute("""
        UPDATE app_user SET active = false
         WHERE unit_id IN (SELECT id FROM unit WHERE kind = 'finance')""")
    key = a_draft(conn, person("clerk"))
    with pytest.raises(Refused) as refused:
        act(conn, person("clerk"), key, Action.SUBMIT)
    assert refused.value.code == "review.nobody"
    assert refused.value.facts["unit"] == "海口财政局"


def test_chain_under_review_stays_as_it_was_when_submitted(
    conn: Connection, person: Person
) -> None:
    key = a_draft(conn, person("clerk"))
    act(conn, person("clerk"), key, Action.SUBMIT)
    conn.execute("DELETE FROM review_node WHERE scope = 'disposal' AND position = 2")
    assert act(conn, person("reviewer"), key, Action.APPROVE).state is State.IN_REVIEW


def test_history_can_not_be_changed_by_the_portal(conn: Connection) -> None:
    for privilege in ("UPDATE", "DELETE", "TRUNCATE"):
        granted = scalar(
            conn,
            "SELECT has_table_privilege('panhuo_portal', 'review_event', %(p)s)",
            p=privilege,
        )
        assert granted is False
