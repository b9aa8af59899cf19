"""The inbox: who is told what, once; who reads it, and nobody else (J2, J4)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest

from db import Connection, scalar
from registry import notices, review
from registry.notices import Event, Tab, inbox
from registry.notices.event import EVENTS
from registry.review import Action, DocumentKind
from registry.words import Label
from tests.fixtures.paging import both_ways
from tests.registry.conftest import NOW, Organisation, Person

ADDRESS = "/changes/7"
FACTS = {"number": "BD-2026-000007", "title": "书架", "actor": "林晓岚", "opinion": ""}
Users = dict[str, int]


class Why(StrEnum):
    """A room's reasons, as those of the exchange are."""

    SPLIT = "split"

    @property
    def label(self) -> Label:
        return Label("信息卡已拆分", "The card was split")


@pytest.fixture
def users(organisation: Organisation) -> Users:
    return organisation.users


def tell(
    conn: Connection,
    *keys: int,
    event: Event = Event.REVIEW_RETURNED,
    address: str = ADDRESS,
    at: datetime = NOW,
    **facts: str,
) -> None:
    notices.tell(conn, keys, event, address, at, **{**FACTS, **facts})


def mails(conn: Connection) -> list[dict[str, Any]]:
    rows = conn.execute("SELECT payload FROM delivery WHERE channel = 'email' ORDER BY id")
    return [payload for (payload,) in rows]


@pytest.fixture
def with_mail(
    conn: Connection, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail server is configured, and two people have an e-mail address."""
    monkeypatch.setenv("PANHUO_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("PANHUO_PORTAL_URL", "https://panhuo.example/")
    conn.execute(
        "UPDATE app_user SET email = login || '@lib.example' WHERE login IN ('reviewer', 'deputy')"
    )


def test_each_is_told_once_however_often_they_are_named(conn: Connection, users: Users) -> None:
    tell(conn, users["clerk"], users["clerk"], users["colleague"])
    assert [inbox.count(conn, users[login]) for login in ("clerk", "colleague", "reviewer")] == [
        1,
        1,
        0,
    ]


def test_inactive_users_are_not_told(conn: Connection, users: Users) -> None:
    conn.execute("UPDATE app_user SET active = false WHERE login = 'clerk'")
    tell(conn, users["clerk"])
    assert inbox.count(conn, users["clerk"]) == 0


def test_telling_again_renews_the_notice_and_makes_it_unread(
    conn: Connection, users: Users
) -> None:
    clerk = users["clerk"]
    tell(conn, clerk, opinion="照片模糊")
    tell(conn, clerk, address="/changes/8", at=NOW + timedelta(minutes=1))
    assert inbox.read_all(conn, clerk, NOW) == 2
    tell(conn, clerk, opinion="还是模糊", at=NOW + timedelta(hours=1))
    found, more = inbox.page(conn, clerk, Tab.ALL)
    assert ([one.address for one in found], more) == ([ADDRESS, "/changes/8"], False)
    assert (found[0].facts["opinion"], found[0].unread, found[1].unread) == (
        "还是模糊",
        True,
        False,
    )


def test_settled_notice_asks_for_nothing_and_the_next_one_is_new(
    conn: Connection, users: Users
) -> None:
    reviewer = users["reviewer"]
    tell(conn, reviewer, event=Event.REVIEW_WAITING)
    notices.settle(conn, Event.REVIEW_WAITING, ADDRESS, NOW)
    assert not inbox.page(conn, reviewer, Tab.ALL)[0][0].unread
    tell(conn, reviewer, event=Event.REVIEW_WAITING, at=NOW + timedelta(hours=1))
    assert [one.unread for one in inbox.page(conn, reviewer, Tab.ALL)[0]] == [True, False]


def test_what_waits_is_not_counted_among_the_unread_too(conn: Connection, users: Users) -> None:
    tell(conn, users["reviewer"], event=Event.REVIEW_WAITING)
    tell(conn, users["reviewer"], event=Event.REVIEW_RECALLED)
    assert inbox.unread_count(conn, users["reviewer"]) == 1
    assert [one.event for one in inbox.page(conn, users["reviewer"], Tab.UNREAD)[0]] == [
        Event.REVIEW_RECALLED
    ]


def test_pages_show_each_notice_once_also_of_one_moment(conn: Connection, users: Users) -> None:
    for number in range(7):
        tell(
            conn,
            users["clerk"],
            address=f"/changes/{number}",
            at=NOW + timedelta(minutes=number // 3),
        )
    for tab in (Tab.ALL, Tab.UNREAD):
        seen = both_ways(
            lambda after, back, tab=tab: inbox.page(  # type: ignore[misc]
                conn, users["clerk"], tab, after, size=2, back=back
            ),
            lambda one: (one.at, one.id),
        )
        assert [one.address for one in seen] == [f"/changes/{n}" for n in reversed(range(7))]


def test_another_persons_notice_is_neither_read_nor_seen(conn: Connection, users: Users) -> None:
    tell(conn, users["clerk"])
    key = scalar(conn, "SELECT id FROM notice")
    assert isinstance(key, int)
    assert inbox.read(conn, users["colleague"], key, NOW) is None
    assert inbox.read_all(conn, users["colleague"], NOW) == 0
    assert inbox.page(conn, users["colleague"], Tab.ALL) == ([], False)
    assert inbox.unread_count(conn, users["clerk"]) == 1
    assert inbox.read(conn, users["clerk"], key, NOW) == ADDRESS
    assert inbox.unread_count(conn, users["clerk"]) == 0


def test_sentences_take_facts_as_they_are_on_one_line(conn: Connection) -> None:
    facts = {**FACTS, "title": "书架 {number} {0} %s\r\nBcc: x"}
    assert (
        notices.said(Event.REVIEW_WAITING, facts, "zh")
        == "待您审核：书架 {number} {0} %s Bcc: x（BD-2026-000007）"
    )
    assert notices.said(Event.REVIEW_WAITING, {}, "en") == "For your review: ()"


def test_every_event_has_words_with_the_same_facts() -> None:
    assert set(EVENTS) == set(Event)
    for words in EVENTS.values():
        assert [words.sentence.zh.count(f"{{{fact}}}") for fact in FACTS] == [
            words.sentence.en.count(f"{{{fact}}}") for fact in FACTS
        ]


def test_a_document_on_its_way_tells_whose_turn_it_is(
    conn: Connection, person: Person, users: Users
) -> None:
    def act(login: str, action: Action, opinion: str = "") -> None:
        review.act(
            conn, person(login), key, action, review.standing(conn, key).version, opinion, NOW
        )

    def told(login: str) -> list[tuple[Event, bool]]:
        return [(one.event, one.unread) for one in inbox.page(conn, users[login], Tab.ALL)[0]]

    key, _ = review.begin(conn, DocumentKind.CARD_CHANGE, "ordinary", "书架", person("clerk"), NOW)
    review.describe(conn, key, "书架", "ordinary", ADDRESS)
    act("clerk", Action.SUBMIT)
    assert told("reviewer") == told("deputy") == [(Event.REVIEW_WAITING, True)]
    act("reviewer", Action.RETURN, "照片模糊")
    assert told("deputy") == [(Event.REVIEW_WAITING, False)]
    assert told("clerk") == [(Event.REVIEW_RETURNED, True)]
    assert told("clerk2") == told("department") == []


@pytest.mark.usefixtures("with_mail")
def test_mail_goes_to_those_with_an_address_who_want_it(conn: Connection, users: Users) -> None:
    notices.set_preferences(conn, users["deputy"], set(Event) - {Event.REVIEW_RECALLED})
    everyone = (users["reviewer"], users["deputy"], users["clerk"])
    tell(conn, *everyone, event=Event.REVIEW_RECALLED)
    assert [mail["to"] for mail in mails(conn)] == ["reviewer@lib.example"]
    assert mails(conn)[0]["link"] == "https://panhuo.example/changes/7"
    tell(conn, *everyone, event=Event.REVIEW_REVOKED)
    assert sorted(mail["to"] for mail in mails(conn)) == [
        "deputy@lib.example",
        "reviewer@lib.example",
        "reviewer@lib.example",
    ]


def test_without_a_mail_server_nothing_is_queued(conn: Connection, users: Users) -> None:
    conn.execute("UPDATE app_user SET email = login || '@lib.example'")
    tell(conn, *users.values())
    assert mails(conn) == []


@pytest.mark.usefixtures("with_mail")
def test_mail_about_what_is_settled_already_is_not_sent_any_more(
    conn: Connection, users: Users
) -> None:
    tell(conn, users["reviewer"], users["deputy"], event=Event.REVIEW_WAITING)
    assert len(mails(conn)) == 2
    notices.settle(conn, Event.REVIEW_WAITING, ADDRESS, NOW)
    assert mails(conn) == []


@pytest.mark.usefixtures("with_mail")
def test_reason_is_stored_by_its_key_and_mailed_in_both_languages(
    conn: Connection, users: Users
) -> None:  # A2
    address, reviewer = "/squares/transfer/7", users["reviewer"]
    because = Why.SPLIT
    notices.tell(conn, [reviewer], Event.LISTING_DELISTED, address, NOW, because, title="书架")
    (found,) = inbox.page(conn, reviewer, Tab.ALL)[0]
    assert found.facts == {"title": "书架", "reason": "split"}
    assert mails(conn)[0]["reason"] == ["信息卡已拆分", "The card was split"]


def test_mail_is_wanted_until_somebody_says_otherwise(conn: Connection, users: Users) -> None:
    clerk = users["clerk"]
    assert notices.preferences(conn, clerk) == set(Event)
    notices.set_preferences(conn, clerk, {Event.REVIEW_RETURNED})
    assert notices.preferences(conn, clerk) == {Event.REVIEW_RETURNED}
    assert notices.preferences(conn, users["colleague"]) == set(Event)
    notices.set_preferences(conn, clerk, Event)
    assert notices.preferences(conn, clerk) == set(Event)


def test_nothing_is_told_of_what_was_rolled_back(conn: Connection, users: Users) -> None:
    with conn.transaction(force_rollback=True):
        tell(conn, users["clerk"])
    assert inbox.count(conn, users["clerk"]) == 0
