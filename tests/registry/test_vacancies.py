"""Where nobody may decide: foreseen, said on the document, told, and over with a new reviewer (C1)."""

from dataclasses import replace

import pytest

from db import Connection, scalar
from registry import review
from registry.cards import ChangeKind, changes
from registry.org import Role, people, set_active
from registry.org.people_followers import seat
from registry.review import Action, DocumentKind
from tests.registry.conftest import Desk, Organisation

K = DocumentKind.CARD_CHANGE


@pytest.fixture
def waiting(desk: Desk, organisation: Organisation) -> int:
    """The review of a change that waits at the library, whose deputy is away."""
    set_active(desk.conn, "admin", "deputy", active=False)
    change = desk.draft(ChangeKind.ATTRIBUTES, place="三楼 301")
    desk.act("clerk", change, Action.SUBMIT)
    found = changes.change(desk.conn, organisation.users["clerk"], change)
    assert found is not None
    return found.review_id


def told(conn: Connection, event: str) -> list[tuple[str, str, str]]:
    """(login, number, address) of each notice."""
    return conn.execute(
        "SELECT login, facts ->> 'number', address FROM notice JOIN app_user ON app_user.id = user_id "
        "WHERE event = %s ORDER BY login",
        (event,),
    ).fetchall()


def alone(desk: Desk, login: str) -> int:
    key = desk.person(login).id
    return len(review.on_one(desk.conn, key, seat(desk.conn, key)))


def leave(desk: Desk, how: str) -> None:
    admin, one = desk.person("admin"), desk.person("reviewer")
    if how == "deactivated":
        people.keep_out(desk.conn, admin, one.id)
        return
    was = people.person(desk.conn, admin, one.id)
    assert was is not None
    to = scalar(desk.conn, "SELECT id FROM unit WHERE name = '医院'")
    assert isinstance(to, int)
    who = people.Who(was.name, was.type, was.unit_id, was.roles)
    who = replace(who, roles=frozenset({Role.PREPARER})) if how == "role taken" else replace(
        who, unit_id=to
    )  # fmt: skip
    people.change(desk.conn, admin, one.id, who, was.version)


@pytest.mark.parametrize("how", ["deactivated", "role taken", "moved"])
def test_what_waited_on_the_only_reviewer_alone_is_told_when_they_leave(
    desk: Desk, waiting: int, organisation: Organisation, how: str
) -> None:
    conn = desk.conn
    assert alone(desk, "reviewer") == 1
    assert alone(desk, "department") == 0
    assert review.vacant(conn, review.standing(conn, waiting)) == []
    leave(desk, how)
    library = organisation.units["图书馆"]
    assert told(conn, "review.nobody") == [("admin", "1", f"/admin/reviews?unit={library}")]
    assert [one.decides for one in review.on_nobody(conn, None)] == ["图书馆"]
    assert review.on_nobody(conn, [organisation.units["医院"]]) == []
    assert [step.unit_id for step in review.vacant(conn, review.standing(conn, waiting))] == [
        library
    ]


def test_new_reviewer_is_told_what_waits_and_it_goes_on(desk: Desk, waiting: int) -> None:
    leave(desk, "deactivated")
    set_active(desk.conn, "admin", "deputy", active=True)
    assert ("deputy", "1", "/inbox") in told(desk.conn, "review.inherited")
    assert review.on_nobody(desk.conn, None) == []
    deputy = desk.person("deputy")
    assert [one.review_id for one in review.waiting(desk.conn, deputy)] == [waiting]


def test_somebody_who_has_left_already_leaves_nobody_anew(desk: Desk, waiting: int) -> None:
    leave(desk, "deactivated")
    desk.conn.execute("DELETE FROM notice")
    set_active(desk.conn, "admin", "reviewer", active=False)  # the second click
    assert told(desk.conn, "review.nobody") == []


def test_leaving_of_one_reviewer_of_two_is_told_to_nobody(desk: Desk, waiting: int) -> None:
    set_active(desk.conn, "admin", "deputy", active=True)
    assert alone(desk, "reviewer") == 0
    leave(desk, "deactivated")
    assert told(desk.conn, "review.nobody") == []


def test_reviewer_who_wrote_the_document_does_not_count_as_one_who_may_decide(
    desk: Desk, waiting: int
) -> None:
    desk.conn.execute(
        "UPDATE review SET edited_by = edited_by || %s::integer WHERE id = %s",
        (desk.person("reviewer").id, waiting),
    )
    assert alone(desk, "reviewer") == 0
    assert len(review.on_nobody(desk.conn, None)) == 1


def test_submission_that_would_be_refused_is_foreseen_by_its_own_rule(
    desk: Desk, organisation: Organisation
) -> None:
    conn, library = desk.conn, organisation.units["图书馆"]
    reviewer, clerk = desk.person("reviewer").id, desk.person("clerk").id

    def foreseen(author: int) -> str | None:
        refused = review.foreseen(conn, K, "ordinary", library, frozenset({author}))
        return refused.code if refused else None

    assert (foreseen(clerk), foreseen(reviewer)) == (None, None)
    set_active(conn, "admin", "deputy", active=False)
    assert (foreseen(clerk), foreseen(reviewer)) == (None, "review.nobody")
    conn.execute("DELETE FROM review_node WHERE kind = 'card_change' AND scope = 'ordinary'")
    assert foreseen(clerk) == "review.no_chain"
