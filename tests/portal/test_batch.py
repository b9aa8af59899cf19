"""Batch work: several documents of a list in one act, each by itself, one line of result each."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import Database, single_connection
from db.roles import DatabaseRole
from db.server import Server
from exchange.kinds import Kind
from portal import PortalSettings, batch, create_app
from tests.fixtures.database import _copied
from tests.portal.office import Office, Paper
from tests.portal.test_admin import confirmed, send
from tests.registry.conftest import furnish, organise

SHEETS = {"transfer": Kind.TRANSFER, "share": Kind.SHARE, "demands": Kind.DEMAND}
LISTS = {"changes": "/changes", **{room: f"/{room}/sheets" for room in SHEETS}}
REASON = "请补充资产照片"
# act, who, from, then, whether it is done
STEPS = (
    ("submit", "clerk", "draft", "in_review", True),
    ("submit", "clerk", "returned", "in_review", True),
    ("submit", "clerk", "in_review", "in_review", False),
    ("delete", "clerk", "draft", "gone", True),
    ("delete", "clerk", "returned", "void", True),
    ("delete", "clerk", "in_review", "in_review", False),
    ("approve", "reviewer", "in_review", "in_review", True),
    ("approve", "reviewer", "draft", "draft", False),
    ("return", "reviewer", "in_review", "returned", True),
    ("return", "reviewer", "returned", "returned", False),
)


@pytest.fixture(scope="module")
def office(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("batch")
    for copy in _copied(postgres):
        with single_connection(copy.url()) as conn:
            organisation = organise(conn)
            furnish(conn, organisation)
        with Database(copy.url(DatabaseRole.PORTAL)) as database:
            yield Office(create_app(PortalSettings(), database, folder), copy, organisation)


def made(office: Office, room: str, at: str) -> Paper:
    return office.change(at) if room == "changes" else office.sheet(SHEETS[room], at)


def acted(
    client: FlaskClient, path: str, ticks: list[str], **form: str
) -> tuple[list[tuple[str, bool, str]], TestResponse]:
    """What the page of the result says of each document: (its words, done, why or what now)."""
    named = {batch.FIELD: ticks, **form}
    asks = path.partition("?")[0].endswith(("/delete", "/delist", "/return"))
    answer = send(client, path, **named)
    if asks and answer.status_code == 200:
        answer = confirmed(client, path, **named)[1]
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"])
    return told(page.text), answer


def told(page: str) -> list[tuple[str, bool, str]]:
    """The lines of a result's page, as people read them."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    lines = []
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
        cells = [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
                 for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]  # fmt: skip
        lines.append((cells[0], cells[1] == "已办", cells[2]))
    return lines


def fates(page: str) -> list[tuple[str, str, str]]:
    """What the page before it says of each document: (its number, what happens, what that means)."""
    body = page.partition("p-fates")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    found = []
    for row in re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL):
        number = re.search(r'ph-codeword">([^<]+)<', row)
        cells = [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
                 for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]  # fmt: skip
        found.append((number[1] if number else "", cells[1], cells[2]))
    return found


# ---- every act on every list


@pytest.mark.parametrize(("act", "login", "at", "then", "done"), STEPS)
@pytest.mark.parametrize("room", LISTS)
def test_an_act_moves_just_what_stands_where_it_may_move(
    office: Office, room: str, act: str, login: str, at: str, then: str, done: bool
) -> None:
    one = made(office, room, at)
    if (room, act, done) == ("changes", "approve", True):
        then = "approved"  # its chain has one node
    reason = {"opinion": REASON} if act == "return" else {}
    [line], _answer = acted(
        office.signed_in(login), f"{LISTS[room]}/batch/{act}", [one.tick], **reason
    )
    assert (line[1], office.state(one)) == (done, then), line
    assert one.number in line[0]


@pytest.mark.parametrize("room", LISTS)
def test_one_refusal_stops_no_other(office: Office, room: str) -> None:
    good, wrong, also = (made(office, room, at) for at in ("draft", "in_review", "draft"))
    lines, answer = acted(
        office.signed_in("clerk"),
        f"{LISTS[room]}/batch/submit",
        [good.tick, wrong.tick, also.tick],
    )
    assert [done for _document, done, _why in lines] == [False, True, True]  # what stays, first
    assert "现在是“审核中”" in lines[0][2]
    assert [office.state(one) for one in (good, wrong, also)] == ["in_review"] * 3
    page = office.signed_in("clerk").get(answer.headers["Location"]).text
    assert [int(n) for n in re.findall(r"<dd>\s*(\d+)\s*</dd>", page)[:3]] == [3, 2, 1]


def test_only_those_whose_checks_all_hold_are_approved_and_the_rest_told_by_name(
    office: Office,
) -> None:
    good, bare = office.change("in_review"), office.change("in_review", photo=False)
    lines, _answer = acted(
        office.signed_in("reviewer"), "/changes/batch/approve", [good.tick, bare.tick]
    )
    [(document, done, why), approved] = lines
    assert (bare.number in document, done) == (True, False)
    assert "实物照片：0 张" in why
    assert approved[1]
    assert office.version(bare) == int(bare.tick.partition(".")[2])
    page = office.signed_in("reviewer").get(f"/changes/{bare.id}").text
    assert "0 张" in page.partition("p-checks")[2].partition("</dl>")[0]  # as its own page says


def test_a_sheet_whose_card_is_no_longer_so_is_not_approved(office: Office) -> None:
    sheet = office.sheet(Kind.TRANSFER, "in_review")
    with office.conn() as conn:
        conn.execute(
            "UPDATE card SET status = 'in_use' FROM sheet_card "
            "WHERE card_id = card.id AND sheet_id = %s",
            (sheet.id,),
        )
    [line], _answer = acted(
        office.signed_in("reviewer"), "/transfer/sheets/batch/approve", [sheet.tick]
    )
    assert not line[1]
    assert "资产状态：1 张不再符合" in line[2]


def test_final_approval_of_several_updates_the_card_of_each(office: Office) -> None:
    changes = [office.change("in_review") for _number in range(2)]
    ticks = [one.tick for one in changes]
    lines, _answer = acted(office.signed_in("reviewer"), "/changes/batch/approve", ticks)
    assert {office.state(one) for one in changes} == {"approved"}
    assert all("卡片已更新" in said for _document, _done, said in lines)


# ---- whose documents, in which version, how often


@pytest.mark.parametrize("act", ["submit", "delete"])
def test_another_units_document_looks_like_one_that_is_not_there(office: Office, act: str) -> None:
    theirs = office.change(clerk="clerk2")
    lines, _answer = acted(
        office.signed_in("clerk"), f"/changes/batch/{act}", [theirs.tick, "999999999.1"]
    )
    assert lines[0] == lines[1]
    assert lines[0] == ("查不到的单据", False, "没有这份单据，或它不归您办理。")
    assert office.state(theirs) == "draft"


@pytest.mark.parametrize("path", ["/changes/batch/approve", "/inbox/batch/approve"])
def test_a_draft_is_its_units_own_whoever_reviews_it_later(office: Office, path: str) -> None:
    draft = office.change()
    key = draft.id if path.startswith("/changes") else draft.review
    [line], _answer = acted(office.signed_in("department"), path, [f"{key}.1"])
    assert line == ("查不到的单据", False, "没有这份单据，或它不归您办理。")


def test_a_sheet_is_not_reached_from_another_room(office: Office) -> None:
    sheet = office.sheet(Kind.SHARE)
    [line], _answer = acted(
        office.signed_in("clerk"), "/transfer/sheets/batch/submit", [sheet.tick]
    )
    assert line[0] == "查不到的单据"
    assert office.state(sheet) == "draft"


def test_what_was_changed_since_the_list_was_drawn_is_looked_at_first(office: Office) -> None:
    one = office.change("draft")
    with office.conn() as conn:
        conn.execute("UPDATE review SET version = version + 1 WHERE id = %s", (one.review,))
    [line], _answer = acted(office.signed_in("clerk"), "/changes/batch/submit", [one.tick])
    assert (line[1], office.state(one)) == (False, "draft")
    assert "刚才有人修改过" in line[2]


def test_sent_twice_it_acts_once_and_reloading_its_result_acts_on_nothing(office: Office) -> None:
    ones = [office.change() for _number in range(3)]
    clerk, ticks = office.signed_in("clerk"), [one.tick for one in ones]
    _lines, answer = acted(clerk, "/changes/batch/submit", ticks)
    versions = [office.version(one) for one in ones]
    for _time in range(2):
        assert clerk.get(answer.headers["Location"]).status_code == 200
    again, _answer = acted(clerk, "/changes/batch/submit", ticks)
    assert [office.version(one) for one in ones] == versions
    assert all("作了“送审”" in why for _document, _done, why in again)


def test_a_result_is_shown_to_nobody_but_who_sent_it(office: Office) -> None:
    _lines, answer = acted(
        office.signed_in("clerk"), "/changes/batch/submit", [office.change().tick]
    )
    assert office.signed_in("colleague").get(answer.headers["Location"]).status_code == 404


def test_of_two_reviewers_at_once_each_document_is_approved_by_one(office: Office) -> None:
    ones = [office.change("in_review") for _number in range(6)]
    ticks, begin = [one.tick for one in ones], Barrier(2)
    clients = [office.signed_in(login) for login in ("reviewer", "deputy")]

    def approve(client: FlaskClient) -> list[tuple[str, bool, str]]:
        begin.wait(30)
        return acted(client, "/changes/batch/approve", ticks)[0]

    with ThreadPoolExecutor(2) as at_once:
        first, second = at_once.map(approve, clients)
    done = [document for lines in (first, second) for document, done, _said in lines if done]
    assert len(done) == len(set(done)) == len(ones)
    late = [why for lines in (first, second) for _document, done, why in lines if not done]
    assert len(late) == len(ones)
    assert all("作了“审核通过”" in why for why in late)


def test_nobody_approves_their_own_in_a_batch(office: Office) -> None:
    demand = office.sheet(Kind.DEMAND, clerk="reviewer")
    reviewer = office.signed_in("reviewer")
    acted(reviewer, "/demands/sheets/batch/submit", [demand.tick])
    tick = f"{demand.id}.{office.version(demand)}"
    [line], _answer = acted(reviewer, "/demands/sheets/batch/approve", [tick])
    assert not line[1]
    assert "须由别人审核" in line[2]


# ---- what a form lacks


@pytest.mark.parametrize("room", LISTS)
def test_nothing_ticked_is_said_in_the_list_as_it_was_asked(office: Office, room: str) -> None:
    office.change()
    path = f"{LISTS[room]}/batch/submit?tab=draft"
    answer = send(office.signed_in("clerk"), path)
    assert answer.status_code == 422
    assert "请先勾选要办理的单据。" in answer.text


def test_enter_on_a_tick_acts_on_nothing(office: Office) -> None:
    one = office.change()
    path = "/changes/batch/submit?tab=draft"
    answer = send(office.signed_in("clerk"), path, document=[one.tick], undecided="1")
    assert (answer.status_code, office.state(one)) == (422, "draft")
    assert re.search(rf'value="{re.escape(one.tick)}" checked', answer.text)


def test_returning_asks_for_one_reason_beside_its_field_and_keeps_what_is_ticked(
    office: Office,
) -> None:
    ones = [office.change("in_review") for _number in range(2)]
    reviewer = office.signed_in("reviewer")
    path = "/changes/batch/return?tab=pending&mine=1"
    answer = send(reviewer, path, opinion="  ", document=[one.tick for one in ones])
    assert answer.status_code == 422
    assert re.search(r'name="opinion"[^>]*aria-invalid="true"', answer.text)
    assert "退回时请写明原因。" in answer.text
    for one in ones:
        assert re.search(rf'value="{re.escape(one.tick)}" checked', answer.text)
    assert {office.state(one) for one in ones} == {"in_review"}
    empty = send(reviewer, path, opinion=REASON).text
    assert re.search(r'<p class="ph-err" role="alert">请先勾选', empty)
    assert (REASON in empty, "aria-invalid" in empty.partition("<main")[2]) == (True, False)


def test_more_than_a_batch_takes_is_refused_with_its_limit(office: Office) -> None:
    ticks = [f"{number}.1" for number in range(1, batch.MOST + 2)]
    answer = send(office.signed_in("clerk"), "/changes/batch/submit", document=ticks)
    assert answer.status_code == 422
    assert f"一次最多办理 {batch.MOST} 份" in answer.text


@pytest.mark.parametrize("tick", ["", "x", "1", "-1.1", "9" * 30 + ".1", "1.x", "１.１"])
def test_a_tick_that_no_list_has_drawn_acts_on_nothing(office: Office, tick: str) -> None:
    answer = send(office.signed_in("clerk"), "/changes/batch/submit", document=[tick])
    assert answer.status_code in {422, 303}


def test_deleting_says_first_what_it_will_mean(office: Office) -> None:
    draft, returned, gone = office.change(), office.change("returned"), office.change("in_review")
    ones = [draft, returned, gone]
    clerk, path = office.signed_in("clerk"), "/changes/batch/delete?tab=draft"
    page = send(clerk, path, document=[one.tick for one in ones])
    assert page.status_code == 200
    for said in ("删除 2 份单据？", "1 份草稿删除，不能恢复。",
                 "1 份送审过的作废，不能恢复，也不能再送审", "1 份保持不变"):  # fmt: skip
        assert said in page.text
    assert fates(page.text) == [
        (gone.number, "不变", f"{gone.number} 现在是“审核中”，不能这样操作。"),
        (draft.number, "删除", ""),
        (returned.number, "作废", ""),
    ]
    assert [office.state(one) for one in ones] == ["draft", "returned", "in_review"]
    lines, _answer = acted(clerk, path, [one.tick for one in ones])
    assert sum(done for _document, done, _said in lines) == 2
    assert [office.state(one) for one in ones] == ["gone", "void", "in_review"]


def test_deleting_the_drafts_of_a_stocktake_says_what_lets_go_with_them(office: Office) -> None:
    key, clerk = office.stocktake(2), office.signed_in("clerk")
    ticks = re.findall(r'name="document" value="([\d.]+)"', clerk.get(f"/stocktakes/{key}").text)
    page = send(clerk, "/changes/batch/delete", document=ticks).text
    assert "2 份草稿删除，不能恢复。" in page
    assert ["1 项差异回到没有生成变动" in means for _number, _what, means in fates(page)] == [
        True, True,
    ]  # fmt: skip


def test_every_one_of_many_is_named_before_it_goes(office: Office) -> None:
    ones = [office.change() for _number in range(9)]
    page = send(
        office.signed_in("clerk"), "/changes/batch/delete", document=[one.tick for one in ones]
    )
    assert [number for number, _what, _means in fates(page.text)] == [one.number for one in ones]


def test_what_is_not_theirs_is_named_to_nobody_before_it_stays(office: Office) -> None:  # J4
    own, others = office.change(), office.change(clerk="clerk2")
    page = send(
        office.signed_in("clerk"), "/changes/batch/delete", document=[own.tick, others.tick]
    ).text
    assert "查不到的单据" in page
    assert others.number not in page


@pytest.mark.parametrize("room", LISTS)
def test_returning_several_says_first_to_whom_and_what_is_reviewed_anew(
    office: Office, room: str
) -> None:
    one, other = made(office, room, "in_review"), made(office, room, "draft")
    path, ticks = f"{LISTS[room]}/batch/return", [one.tick]
    reviewer = office.signed_in("reviewer")
    page = send(reviewer, path, document=ticks, opinion=REASON)
    assert "退回 1 份单据？" in page.text
    assert "1 份退回经办，不能撤回" in page.text
    assert f"退回原因：{REASON}" in page.text
    assert fates(page.text) == [(one.number, "退回", "")]
    assert office.state(one) == "in_review"
    [line], _answer = acted(reviewer, path, ticks, opinion=REASON)
    assert (line[1], office.state(one), office.state(other)) == (True, "returned", "draft")


# ---- listings


def test_several_listings_are_taken_down_for_one_reason_after_it_is_said_what_that_means(
    office: Office,
) -> None:
    ones = [office.listing() for _number in range(2)]
    clerk, path = office.signed_in("clerk"), "/transfer/listings/batch/delist?state=listed"
    ticks = [one.tick for one in ones]
    answer = send(clerk, path, document=ticks, reason=" ")
    assert (answer.status_code, "请写明下架原因。" in answer.text) == (422, True)
    page = send(clerk, path, document=ticks, reason="另有用途")
    assert "下架 2 条发布？" in page.text
    assert {office.listed(one) for one in ones} == {"listed"}
    lines, _answer = acted(clerk, path, ticks, reason="另有用途")
    assert [done for _document, done, _said in lines] == [True, True]
    assert {office.listed(one) for one in ones} == {"delisted"}
    again, _answer = acted(clerk, path, ticks, reason="另有用途")
    assert all("不能这样操作" in why for _document, _done, why in again)


def test_a_listing_that_changed_meanwhile_or_is_anothers_stays(office: Office) -> None:
    one = office.listing(Kind.SHARE)
    with office.conn() as conn:
        conn.execute("UPDATE listing SET version = version + 1 WHERE id = %s", (one.id,))
    path, reason = "/share/listings/batch/delist", {"reason": "另有用途"}
    [line], _answer = acted(office.signed_in("clerk"), path, [one.tick], **reason)
    assert "刚才有变动" in line[2]
    [line], _answer = acted(office.signed_in("clerk2"), path, [one.tick], **reason)
    assert line[0] == "查不到的单据"
    assert office.listed(one) == "listed"


@pytest.mark.parametrize(
    ("reason", "asked", "status"),
    [
        ("\u200b", False, 422),
        ("长" * 201, False, 422),
        ("长" * 198 + "\r\n长", True, 200),  # a browser's line break counts once
        ("\u200b另有用途", True, 200),
    ],
)
def test_whether_a_listing_may_go_for_a_reason_is_known_before_it_is_asked_about(
    office: Office, reason: str, asked: bool, status: int
) -> None:
    one, clerk = office.listing(), office.signed_in("clerk")
    answer = send(clerk, f"/transfer/listings/{one.id}/delist", reason=reason)
    assert (answer.status_code, 'name="confirmed"' in answer.text) == (status, asked)
    assert office.listed(one) == "listed"


# ---- what waits on a reviewer, and stocktakes


def test_documents_of_every_kind_that_wait_are_approved_in_one_act(office: Office) -> None:
    ones = [office.change("in_review"), *(office.sheet(kind, "in_review") for kind in Kind)]
    reviewer = office.signed_in("reviewer")
    page = reviewer.get("/inbox?tab=waiting").text
    ticks = [f"{one.review}.{office.version(one)}" for one in ones]
    assert set(ticks) <= set(re.findall(r'name="document" value="([\d.]+)"', page))
    lines, _answer = acted(reviewer, "/inbox/batch/approve", ticks)
    assert all(done for _document, done, _said in lines), lines


def test_twelve_drafts_of_a_stocktake_are_submitted_in_one_act(office: Office) -> None:
    key, clerk = office.stocktake(12), office.signed_in("clerk")
    page = clerk.get(f"/stocktakes/{key}").text
    assert "送审这 12 份" in page
    ticks = re.findall(r'name="document" value="([\d.]+)"', page)
    lines, answer = acted(clerk, f"/changes/batch/submit?tab=pending&stocktake={key}", ticks)
    assert [done for _document, done, _said in lines] == [True] * 12
    back = re.search(r'href="([^"]*stocktake=[^"]*)"', clerk.get(answer.headers["Location"]).text)
    assert back is not None
    listed = clerk.get(unescape(back[1])).text
    assert len(re.findall(r'<td class="ph-fill"', listed)) == 12
    assert "没有送审" not in clerk.get(f"/stocktakes/{key}").text


def test_the_drafts_of_one_stocktake_are_listed_alone_and_anothers_are_not_there(
    office: Office,
) -> None:
    key, clerk = office.stocktake(2), office.signed_in("clerk")
    office.change()
    page = clerk.get(f"/changes?tab=draft&stocktake={key}").text
    assert len(re.findall(r'name="document"', page)) == 2
    assert office.signed_in("clerk2").get(f"/changes?stocktake={key}").status_code == 404


def test_reports_of_stocktakes_are_submitted_and_approved_together(office: Office) -> None:
    keys = [office.stocktake(1, drafted=False) for _number in range(2)]
    for login, act in (("clerk", "submit"), ("reviewer", "approve"), ("department", "approve")):
        client = office.signed_in(login)
        drawn = re.findall(r'name="document" value="([\d.]+)"', client.get("/stocktakes").text)
        ticks = [tick for tick in drawn if int(tick.partition(".")[0]) in keys]
        assert len(ticks) == 2, login
        lines, _answer = acted(client, f"/stocktakes/batch/{act}", ticks)
        assert all(done for _document, done, _said in lines), lines


OLDER = """
    WITH older AS (
        INSERT INTO review (kind, scope, number, title, unit_id, prepared_by, state, round, position,
                            moved_at)
        SELECT kind, scope, 'older ' || n, title, unit_id, prepared_by, state, round, position,
               moved_at - interval '1 day'
          FROM review, generate_series(1, 100) AS n WHERE review.id = %(review)s
        RETURNING id)
    INSERT INTO review_step (review_id, position, body, unit_id, waiting)
    SELECT older.id, position, body, unit_id, waiting
      FROM older, review_step AS step WHERE step.review_id = %(review)s
"""


@pytest.fixture
def hundred_older(office: Office) -> Iterator[None]:
    """As many documents as an inbox shows wait on the reviewer for longer."""
    paper = office.change("in_review")
    with office.conn() as conn:
        conn.execute(OLDER, {"review": paper.review})
    yield
    with office.conn() as conn:
        conn.execute("DELETE FROM review WHERE number LIKE 'older %'")


@pytest.mark.usefixtures("hundred_older")
def test_reports_of_stocktakes_are_ticked_however_many_documents_wait_longer(
    office: Office,
) -> None:
    key, clerk = office.stocktake(1, drafted=False), office.signed_in("clerk")
    drawn = re.findall(r'name="document" value="([\d.]+)"', clerk.get("/stocktakes").text)
    [tick] = [tick for tick in drawn if tick.startswith(f"{key}.")]
    acted(clerk, "/stocktakes/batch/submit", [tick])
    for login, mine in (("reviewer", True), ("clerk", False), ("department", False)):
        page = office.signed_in(login).get("/stocktakes").text
        assert (f'name="document" value="{key}.' in page) is mine, login


# ---- what a list offers


@pytest.mark.parametrize(
    ("login", "path", "acts"),
    [
        ("clerk", "/changes?tab=draft", {"submit", "delete"}),
        ("clerk", "/changes?tab=pending", set()),
        ("reviewer", "/changes?tab=draft", set()),
        ("reviewer", "/changes?tab=pending", {"approve", "return"}),
        ("auditor", "/changes?tab=pending", set()),
        ("clerk", "/transfer/sheets?tab=draft", {"submit", "delete"}),
        ("clerk", "/transfer/query", {"submit", "delete"}),
        ("reviewer", "/transfer/reviews", {"approve", "return"}),
        ("reviewer", "/transfer/query", {"approve", "return"}),
        ("department", "/transfer/listings?state=listed", set()),
        ("clerk", "/transfer/listings?state=listed", {"delist"}),
        ("clerk", "/transfer/query?what=listings", set()),
        ("reviewer", "/inbox?tab=waiting", {"approve", "return"}),
    ],
)
def test_a_list_offers_what_its_reader_may_do_there(
    office: Office, login: str, path: str, acts: set[str]
) -> None:
    for at in ("draft", "in_review"):
        made(office, "changes", at)
        made(office, "transfer", at)
    office.listing()
    page = office.signed_in(login).get(path).text
    assert set(re.findall(r'formaction="[^"]*/batch/(\w+)', page)) == acts
    assert ('name="document"' in page) is bool(acts)


def test_a_result_is_read_in_either_language(office: Office) -> None:
    good, wrong = office.change("in_review"), office.change("in_review", photo=False)
    reviewer = office.signed_in("reviewer")
    _lines, answer = acted(reviewer, "/changes/batch/approve", [good.tick, wrong.tick])
    reviewer.set_cookie("language", "en")
    page = reviewer.get(answer.headers["Location"]).text
    assert "Not approved: " in page
    assert "Approve several" in page
