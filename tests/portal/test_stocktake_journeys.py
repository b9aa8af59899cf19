"""Stocktakes as people do them: task, section, person, gun, differences, review, changes (H1-H4)."""

import io
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import qrcode
from playwright.sync_api import Browser, Page, Route, expect

from db import scalar, single_connection
from db.server import Server
from ops.demo import PASSWORD
from registry.cards import write
from registry.stocktake import Count, Method, closing, counting, differences, tasks
from registry.stocktake.tasks import Plan
from tests.fixtures.browser import Portal, Visit, sign_in
from tests.fixtures.database import _copied
from tests.portal.pages import (
    chinese,
    comes_true,
    go_on,
    overflow,
    serious,
    stands_everywhere,
    words_of,
)
from tests.portal.phone import Library, Phone, library
from tests.portal.test_stocktake_outcome_pages import who
from tests.registry.conftest import PASSWORD as LIBRARY_PASSWORD
from tests.registry.conftest import VALUES

pytestmark = pytest.mark.browser
YEAR = "2026 年度盘点"
CLOCK = re.compile(r"\d\d:\d\d:\d\d")


def one(portal: Portal, query: str, **facts: object) -> object:
    with single_connection(portal.database.url()) as conn:
        return scalar(conn, query, **facts)


def task_of(portal: Portal, name: str = YEAR) -> int:
    found = one(portal, "SELECT id FROM stocktake WHERE name = %(name)s", name=name)
    assert isinstance(found, int)
    return found


def left(portal: Portal, name: str, login: str = "counter") -> list[str]:
    """Codes that are still to be counted by somebody."""
    with single_connection(portal.database.url()) as conn:
        return [code for (code,) in conn.execute(
            "SELECT expected.code FROM stocktake_expected AS expected JOIN stocktake ON stocktake.id = stocktake_id "
            "JOIN app_user ON app_user.id = assignee_id WHERE stocktake.name = %s AND login = %s AND NOT EXISTS "
            "(SELECT FROM stocktake_count AS count WHERE count.stocktake_id = expected.stocktake_id "
            "AND count.card_id = expected.card_id AND standing IN ('valid', 'conflict')) ORDER BY 1", (name, login),
        )]  # fmt: skip


def standing(portal: Portal, name: str, code: str) -> tuple[object, ...] | None:
    with single_connection(portal.database.url()) as conn:
        return conn.execute(
            "SELECT count.method, count.condition, count.status, count.place FROM stocktake_count AS count "
            "JOIN stocktake ON stocktake.id = stocktake_id WHERE stocktake.name = %s AND code = %s "
            "AND standing = 'valid'", (name, code),
        ).fetchone()  # fmt: skip


def gun(page: Page, *codes: str) -> None:
    """As a gun types: each code within 50 ms and Enter, the next at once."""
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def fast_gun(page: Page, code: str) -> None:
    """The same with the times of a gun, 8 ms from key to key, however busy this machine is."""
    session, at = page.context.new_cdp_session(page), time.time()
    for place, key in enumerate([*code, "\r"]):
        told = {"key": key, "text": key} if key != "\r" else {"key": "Enter", "code": "Enter"}
        event = {"timestamp": at + place * 0.008, **told}
        session.send("Input.dispatchKeyEvent", {"type": "keyDown", **event})
        session.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})


def ready(page: Page) -> None:
    page.wait_for_selector("[data-gun][data-loaded]")


def say(page: Page, word: str) -> None:
    expect(page.locator("[data-answer]")).to_have_attribute("data-say", word)


def stored(page: Page) -> None:
    expect(page.locator("[data-kept-said]")).to_have_text("已全部存好")


@pytest.fixture
def phone(chromium: Browser, portal: Portal, tmp_path: Path) -> Iterator[Phone]:
    made = Phone(chromium, tmp_path / "phone", portal.address)
    yield made
    made.close()


def count_by_phone(phone: Phone, task: int, codes: list[str]) -> None:
    """Without network, by an app that dies before it has sent anything."""
    page = phone.start()
    phone.sign_in(page, "counter", PASSWORD)
    page.wait_for_selector(".p-task")
    page.evaluate("navigator.serviceWorker.ready")
    comes_true(page, "navigator.serviceWorker.controller !== null")
    phone.context.set_offline(True)
    for code in codes:
        phone.open(page, f"/count/{task}?code={code}&by=hand")
        page.click("[data-field=condition] [data-value=damaged]")
        page.fill("#f-note", "底座开裂")
        page.click("[data-confirm]")
        page.wait_for_selector(".p-cards")
    phone.kill()
    page = phone.start()
    phone.context.set_offline(True)
    phone.open(page)
    expect(page.locator(".p-off")).to_contain_text(f"{len(codes)} 条存在本机")
    phone.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_sent(page)
    assert phone.complaints == []


def test_task_to_section_to_person_counted_by_gun_and_phone_explained_reviewed_and_applied(
    visit: Visit, portal: Portal, phone: Phone
) -> None:  # H1, H2, H3, H4
    name = "活动部盘点"
    clerk = visit("/stocktakes/new")
    clerk.fill("#f-name", name)
    clerk.get_by_label("活动部").check()
    clerk.get_by_label("照片识别").uncheck()
    clerk.click("text=保存任务")
    clerk.click("text=开始盘点")
    expect(clerk.locator(".ph-toast").last).to_contain_text("件待盘")
    address = clerk.url.partition("?")[0]
    clerk.select_option("#f-person", "any")
    clerk.select_option("#f-to", label="符海燕 · 数字资源部")
    clerk.click(".p-hand button")
    expect(clerk.locator(".ph-toast").last).to_contain_text("已移交")

    codes = left(portal, name)
    assert len(codes) >= 5
    counter = visit("/scan", login="counter")
    counter.click(f".p-task:has-text('{name}')")
    ready(counter)
    gun(counter, codes[0])
    say(counter, "found")
    gun(counter, codes[0])
    say(counter, "again")
    gun(counter, codes[1], codes[2])
    say(counter, "found")
    gun(counter, "旧标签-0412X")
    say(counter, "unknown")
    stored(counter)
    gun(counter, codes[3])
    counter.keyboard.type("2")  # 待修
    counter.keyboard.press("Enter")
    expect(counter.locator("[data-choice=repair]")).to_have_attribute("aria-pressed", "true")
    gun(counter, codes[4])
    counter.keyboard.type("5")  # 换了地点
    counter.keyboard.press("Enter")
    counter.fill("#d-place-f", "三楼 301")
    counter.keyboard.press("Enter")
    expect(counter.locator("#gun")).to_be_focused()
    stored(counter)
    assert standing(portal, name, codes[3]) == ("gun", "repair", "", None)
    assert standing(portal, name, codes[4]) == ("gun", "", "", "三楼 301")
    expect(counter.locator("[data-counted]")).to_have_text("5")

    count_by_phone(phone, task_of(portal, name), codes[5:7])
    for code in codes[5:7]:
        assert standing(portal, name, code) == ("hand", "damaged", "", None)

    clerk.goto(f"{address}?tab=differences")
    assert "三楼 301" in clerk.inner_text("main")
    assert "底座开裂" in clerk.inner_text(f"tr:has-text('{codes[5]}')")
    clerk.click("text=结束盘点")
    expect(clerk.locator(".p-means")).to_contain_text("送审之前都要说明")
    clerk.click("button:has-text('结束盘点')")
    expect(clerk.locator("button:has-text('送审')")).to_have_count(0)
    clerk.fill("#f-explanation", "已核实，借往分馆。")
    clerk.click("text=说明全部未说明的")
    expect(clerk.locator(".ph-toast").last).to_contain_text("已说明")
    clerk.click("button:has-text('送审')")
    expect(clerk.locator(".ph-toast").last).to_contain_text("已送审，下一环节：单位审核")
    for login in ("reviewer", "department"):
        reviewer = visit(address.replace(portal.address, ""), login=login)
        reviewer.fill("#opinion", "同意")
        reviewer.click("button:has-text('审核通过')")
        reviewer.wait_for_load_state()
    clerk.reload()
    clerk.click("button:has-text('生成卡片变动')")
    expect(clerk.locator(".ph-toast").first).to_contain_text("份卡片变动草稿")
    clerk.click(f"tr:has-text('{codes[4]}') >> text=看卡片变动")
    expect(clerk.locator(".p-diff")).to_contain_text("三楼 301")
    clerk.click("button:has-text('送审')")
    change = clerk.url.replace(portal.address, "")
    for login in ("reviewer", "department"):
        reviewer = visit(change, login=login)
        if reviewer.locator("button:has-text('审核通过')").count():
            reviewer.click("button:has-text('审核通过')")
            reviewer.wait_for_load_state()
    place = "SELECT place FROM card WHERE code = %(code)s"
    assert one(portal, place, code=codes[4]) == "三楼 301"
    clerk.goto(f"/cards/{codes[4]}")
    assert name in clerk.inner_text(".ph-line")
    assert "三楼 301" in clerk.inner_text(".p-brief")


def test_each_answer_has_its_sound_and_the_gun_keeps_the_focus(
    visit: Visit, portal: Portal
) -> None:  # H2
    page = visit(f"/scan?task={task_of(portal)}", login="counter")
    ready(page)
    page.evaluate(
        "window.heard = []; document.addEventListener('ph-sound', (e) => heard.push(e.detail))"
    )
    mine, theirs = left(portal, YEAR), left(portal, YEAR, "counter2")
    gun(page, mine[0])
    say(page, "found")
    gun(page, mine[0])
    say(page, "again")
    gun(page, theirs[0])
    say(page, "elsewhere")
    gun(page, "QQ-没有-1")
    say(page, "unknown")
    assert page.evaluate("heard") == ["found", "again", "elsewhere", "unknown"]
    page.click(".p-say", position={"x": 20, "y": 20})
    expect(page.locator("#gun")).to_be_focused()
    page.click("text=声音测试")
    page.click("[data-play=again]")
    page.click("[data-sounds-test] >> text=收起")
    expect(page.locator("#gun")).to_be_focused()
    stored(page)


def test_somebody_elses_thing_is_noted_counted_here_or_told(visit: Visit, portal: Portal) -> None:
    page = visit(f"/scan?task={task_of(portal)}", login="counter")
    ready(page)
    theirs = left(portal, YEAR, "counter2")
    gun(page, theirs[1])
    say(page, "elsewhere")
    assert standing(portal, YEAR, theirs[1]) is None
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator("[data-choice=tell]")).to_have_text(re.compile("已告诉吴清源"))
    gun(page, theirs[2])
    say(page, "elsewhere")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    say(page, "found")
    stored(page)
    assert standing(portal, YEAR, theirs[2]) is not None
    colleague = visit("/inbox", login="counter2")
    assert theirs[1] in colleague.inner_text("main")


@pytest.mark.parametrize("pause", [90, 240, 700])
def test_a_code_of_figures_typed_slowly_by_hand_chooses_nothing(
    visit: Visit, portal: Portal, pause: int
) -> None:  # H2
    page = visit(f"/scan?task={task_of(portal)}", login="counter")
    ready(page)
    code = left(portal, YEAR)[0]
    gun(page, code)
    say(page, "found")
    page.keyboard.type("2219053", delay=pause)
    assert page.locator("[aria-pressed=true]").count() == 0
    assert page.locator(".is-armed").count() == 0
    page.keyboard.press("Enter")
    say(page, "unknown")
    expect(page.locator("[data-code]")).to_have_text("2219053")
    stored(page)
    assert standing(portal, YEAR, code) == ("gun", "", "", None)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    stored(page)


def test_a_number_is_chosen_by_enter_or_by_the_next_scan_and_never_by_waiting(
    visit: Visit, portal: Portal
) -> None:  # H2
    page = visit(f"/scan?task={task_of(portal)}", login="counter")
    ready(page)
    mine = left(portal, YEAR)
    gun(page, mine[0])
    say(page, "found")
    page.keyboard.type("2")
    expect(page.locator("[data-choice=repair]")).to_have_class(re.compile("is-armed"))
    expect(page.locator("[data-quick]")).to_contain_text("按回车选定")
    page.wait_for_timeout(1_500)
    assert page.locator("[aria-pressed=true]").count() == 0
    page.keyboard.press("Escape")  # takes the number back, not the count
    expect(page.locator(".is-armed")).to_have_count(0)
    expect(page.locator("#gun")).to_have_value("")
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.locator("[data-choice=good]")).to_have_attribute("aria-pressed", "true")
    page.keyboard.type("3")
    page.wait_for_timeout(300)
    fast_gun(page, mine[1])
    expect(page.locator("[data-code]")).to_have_text(mine[1])
    stored(page)
    assert standing(portal, YEAR, mine[0]) == ("gun", "", "idle", None)
    assert standing(portal, YEAR, mine[1]) == ("gun", "", "", None)
    page.keyboard.type("3")
    page.click("[data-choice=repair]")  # by the mouse after all
    gun(page, mine[2])
    stored(page)
    assert standing(portal, YEAR, mine[1]) == ("gun", "repair", "", None)
    assert standing(portal, YEAR, mine[2]) == ("gun", "", "", None)
    page.evaluate("document.activeElement.blur()")  # what a gun types comes home, all of it
    fast_gun(page, "3219053")
    expect(page.locator("[data-code]")).to_have_text("3219053")
    for _each in range(4):
        page.keyboard.press("Escape")
    stored(page)
    assert standing(portal, YEAR, mine[2]) is None


@pytest.mark.parametrize("printed", ["panhuo-undo", "]C1PANHUO-UNDO", "PQNHUO°UNDO", "PANHUOßUNDO"])
def test_undo_by_key_and_by_a_printed_code_whatever_the_keyboard(
    visit: Visit, portal: Portal, printed: str
) -> None:
    page = visit(f"/scan?task={task_of(portal)}", login="counter")
    ready(page)
    mine = left(portal, YEAR)
    before = page.inner_text("[data-counted]")
    gun(page, mine[1], mine[2])
    stored(page)
    page.keyboard.press("Escape")
    say(page, "undone")
    gun(page, printed)
    expect(page.locator("[data-counted]")).to_have_text(before)
    stored(page)
    assert standing(portal, YEAR, mine[1]) is None
    assert standing(portal, YEAR, mine[2]) is None


def test_nothing_is_lost_without_a_network_nor_when_the_page_is_closed(
    chromium: Browser, portal: Portal
) -> None:  # H3
    context = chromium.new_context(base_url=portal.address, locale="zh-CN")
    page = context.new_page()
    sign_in(page, "counter")
    page.goto(f"/scan?task={task_of(portal)}")
    ready(page)
    mine = left(portal, YEAR)
    context.set_offline(True)
    gun(page, mine[3], mine[4])
    say(page, "found")
    expect(page.locator("[data-kept-said]")).to_contain_text("网络断开")
    assert standing(portal, YEAR, mine[3]) is None
    page.close()
    context.set_offline(False)
    page = context.new_page()
    page.goto(f"/scan?task={task_of(portal)}")
    ready(page)
    stored(page)
    assert standing(portal, YEAR, mine[3]) is not None
    assert standing(portal, YEAR, mine[4]) is not None
    context.close()


def test_counted_by_hand_on_a_phone(visit: Visit, portal: Portal) -> None:  # H2
    code = left(portal, YEAR)[5]
    page = visit(f"/stocktakes/mine?task={task_of(portal)}&q={code}", login="counter", width=360)
    page.click("text=填写情况")
    page.click("label:has-text('损坏')")
    page.fill("#f-place", "四楼走廊")
    page.fill("#f-note", "屏幕碎裂")
    page.click("text=确认")
    expect(page.locator(".ph-toast")).to_contain_text("已盘")
    assert standing(portal, YEAR, code) == ("hand", "damaged", "", "四楼走廊")
    page.goto(f"/stocktakes/mine?task={task_of(portal)}")
    page.click("text=撤销上一件")
    expect(page.locator(".ph-toast")).to_contain_text(code)
    assert standing(portal, YEAR, code) is None


def test_counted_from_a_picture(visit: Visit, portal: Portal, tmp_path: Path) -> None:  # H2
    code, path, out = left(portal, YEAR)[6], tmp_path / "标签.png", io.BytesIO()
    qrcode.make(f"https://example.cn/c/{code}").save(out, "PNG")
    path.write_bytes(out.getvalue())
    page = visit(f"/stocktakes/mine?task={task_of(portal)}", login="counter")
    page.set_input_files("#f-picture", path)
    page.click("text=识别并盘点")
    expect(page.locator(".ph-toast")).to_contain_text(code)
    row = standing(portal, YEAR, code)
    assert row is not None
    assert row[0] == "picture"


def test_contradicting_counts_are_decided_side_by_side(visit: Visit, portal: Portal) -> None:  # H3
    page = visit(f"/stocktakes/{task_of(portal)}?tab=conflicts")
    sides = page.locator(".p-sides").first.locator(".p-side")
    assert sides.count() == 2
    page.locator(".p-side:not(.is-now) >> text=采用这一条").first.click()
    assert "1 条相反的记录不再算数" in go_on(page)
    expect(page.locator(".ph-toast")).to_contain_text("已采用这一条")
    expect(page.locator("main")).to_contain_text("没有互相矛盾的记录")


def test_differences_are_explained_page_by_page_and_the_rest_of_a_kind_at_once(
    visit: Visit, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:  # H4
    monkeypatch.setattr(differences, "PAGE", 4)
    now = datetime.now(UTC)
    with single_connection(portal.database.url()) as conn:
        clerk = who(conn, "clerk")
        plan = Plan("逐页说明", list(Method), (now + timedelta(days=9)).date())
        key = tasks.plan(conn, clerk, plan, now, "")
        tasks.start(conn, clerk, key, now, "")
        closing.close(conn, clerk, key, now, "")
    page = visit(f"/stocktakes/{key}?tab=differences&kind=missing")
    codes, pager = page.locator("tbody .ph-codeword"), page.locator("main .ph-foot")
    before = codes.all_inner_texts()
    page.click("text=下一页")
    expect(pager).to_contain_text("回到第一页")
    expect(codes).to_have_count(4)
    shown = codes.all_inner_texts()
    assert before < shown
    page.locator("tbody [type=checkbox]").nth(1).check()
    page.click("text=说明勾选的")
    expect(page.locator("[aria-invalid=true]")).to_have_id("f-explanation")
    expect(codes).to_have_text(shown)
    expect(page.locator("tbody [type=checkbox]").nth(1)).to_be_checked()
    page.fill("#f-explanation", "借往分馆")
    page.click("text=说明勾选的")
    expect(page.locator(".ph-toast")).to_contain_text("已说明 1 项")
    expect(codes).to_have_text(shown)
    expect(page.locator("tbody tr").nth(1)).to_contain_text("借往分馆")
    page.fill("#f-explanation", "待查")
    page.click("text=说明本类未说明的")
    expect(page.locator(".ph-toast")).to_contain_text("已说明")
    expect(page.locator("tbody")).not_to_contain_text("还没有说明")
    page.click("text=回到第一页")
    expect(codes).to_have_text(before)
    expect(page.locator("tbody")).not_to_contain_text("还没有说明")
    others = (
        "SELECT count(*) FROM stocktake_difference WHERE explanation = '待查' AND kind <> 'missing'"
    )
    assert one(portal, others) == 0
    page.goto(f"/stocktakes/{key}?tab=differences&after=missing~ZZZZ~9&kind=missing")
    page.click("main >> text=回到第一页")
    expect(codes).to_have_text(before)


@pytest.mark.parametrize("after", ["x", "missing~~x", "missing~A~99999999999999999999", "none~A~1"])
def test_a_senseless_place_in_the_differences_is_their_beginning(
    visit: Visit, portal: Portal, after: str
) -> None:  # J3
    page = visit(f"/stocktakes/{task_of(portal)}?tab=differences&after={after}")
    assert page.locator("text=回到第一页").count() == 0
    assert page.locator("tbody tr").count() > 0


def test_unknown_code_is_bound_to_a_card(visit: Visit, portal: Portal) -> None:  # H2
    page = visit(f"/stocktakes/{task_of(portal)}?tab=unknown")
    row = page.locator("tr:has-text('TSG-2009-017')")
    row.locator("[name=card]").fill("NONE-1")
    row.locator("text=对应").click()
    expect(page.locator("tr:has-text('TSG-2009-017') .ph-err")).to_contain_text("NONE-1")
    code = left(portal, YEAR)[7]
    row.locator("[name=card]").fill(code)
    row.locator("button:has-text('对应')").click()
    assert "以后扫到 TSG-2009-017，都算作" in go_on(page)
    expect(page.locator(".ph-toast")).to_contain_text("TSG-2009-017")
    counter = visit(f"/scan?task={task_of(portal)}", login="counter")
    ready(counter)
    gun(counter, "TSG-2009-017")
    say(counter, "again")  # as whoever scanned it before it was bound
    expect(counter.locator("[data-name]")).not_to_have_text("")


def test_devices_token_is_shown_once_and_revoked(visit: Visit) -> None:  # H3
    page = visit("/account", login="counter")
    page.fill("#devices #f-name", "走廊无线枪")
    page.click("#devices >> text=添加设备")
    token = words_of(page, ".p-token")
    assert token.startswith("phd_")
    headers = {"Authorization": f"Bearer {token}"}
    context = page.context.browser
    assert context is not None
    asked = page.context.request.get("/api/v1/stocktakes/mine", headers=headers)
    assert asked.status == 200
    page.goto("/account")
    assert token not in page.content()
    page.click("#devices >> text=停用")
    go_on(page)
    expect(page.locator(".ph-toast")).to_contain_text("设备已停用")
    assert page.context.request.get("/api/v1/stocktakes/mine", headers=headers).status == 401


@pytest.fixture
def hall(postgres: Server) -> Iterator[Library]:
    for copy in _copied(postgres):
        with library(copy) as made:
            yield made


Guns = Callable[..., Page]


@pytest.fixture
def at_gun(chromium: Browser, hall: Library) -> Iterator[Guns]:
    """The gun page of a task of the hall's, as the teller, or a page of a `desk`; what it complains
    of fails the test.
    """
    contexts, complaints = [], []

    def open_page(
        task: int,
        login: str = "teller",
        width: int = 1280,
        english: bool = False,
        desk: str = "",
    ) -> Page:
        context = chromium.new_context(
            base_url=hall.address,
            locale="en-US" if english else "zh-CN",
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/login")
        page.fill("#login", login)
        page.fill("#password", LIBRARY_PASSWORD)
        page.click("form[action='/login'] button")
        page.wait_for_load_state()
        page.goto(desk or f"/scan?task={task}")
        if not desk:
            ready(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def close(hall: Library, task: int) -> None:
    """The clerk ends the counting."""
    with hall.conn() as conn:
        closing.close(conn, hall.person(conn, "clerk"), task, datetime.now(UTC), "")


def reopen(hall: Library, task: int) -> None:
    with hall.conn() as conn:
        closing.reopen(conn, hall.person(conn, "clerk"), task, datetime.now(UTC), "")


def offline(page: Page, *, yes: bool = True) -> None:
    page.context.set_offline(yes)


def stands(hall: Library, task: int) -> list[str]:
    """Codes that are counted."""
    return sorted(str(row[0]) for row in hall.counted(task) if row[2] in {"valid", "agrees"})


def refused(page: Page, count: int) -> None:
    bar = page.locator("[data-refused-bar]")
    if count:
        expect(bar).to_have_text(f"{count} 条没有存上")
    else:
        expect(bar).to_be_hidden()


def test_refused_scans_stay_with_their_reason_until_they_are_sent_again_or_discarded(
    hall: Library, at_gun: Guns
) -> None:  # H2, H3
    task = hall.start()
    page = at_gun(task)
    offline(page)
    gun(page, *hall.codes[:3])
    close(hall, task)
    offline(page, yes=False)
    refused(page, 3)
    expect(page.locator("[data-kept-said]")).to_have_text("3 条没有存上")
    expect(page.locator("[data-counted]")).to_have_text("0")
    assert hall.counted(task) == []

    page.goto("/scan")  # the task runs no more; what was scanned is still shown
    refused(page, 3)
    page.click("[data-refused-bar]")
    rows = page.locator("[data-refused] li")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text(hall.codes[0])
    expect(rows.first).to_contain_text("2026 年度盘点")
    expect(rows.first).to_contain_text("盘点已结束")
    page.keyboard.press("Enter")  # a gun's end of a code: it closes, and drops nothing
    refused(page, 3)

    reopen(hall, task)
    page.goto(f"/scan?task={task}")
    ready(page)
    refused(page, 3)
    expect(page.locator(".p-run .refused")).to_have_count(3)
    page.click("[data-refused-bar]")
    page.click("[data-refused] li:nth-child(3) [data-act=drop]")
    page.keyboard.press("Enter")  # "keep it" has the focus
    refused(page, 3)
    page.click("[data-refused] li:nth-child(3) [data-act=drop]")
    page.click("[data-act=gone]")
    refused(page, 2)
    page.click("[data-refused] li:nth-child(1) [data-act=retry]")
    refused(page, 1)
    expect(page.locator("[data-counted]")).to_have_text("1")
    page.click("[data-act=retry]")
    refused(page, 0)
    expect(page.locator("#gun")).to_be_focused()
    stored(page)
    expect(page.locator("[data-counted]")).to_have_text("2")
    assert stands(hall, task) == sorted(hall.codes[:2])
    page.reload()
    ready(page)
    refused(page, 0)
    expect(page.locator("[data-counted]")).to_have_text("2")


def test_a_refused_scan_of_another_task_is_kept_and_named_by_its_task(
    hall: Library, at_gun: Guns
) -> None:  # H3
    first, second = hall.start("春季盘点"), hall.start("秋季盘点")
    page = at_gun(first)
    page.route("**/api/v1/scans", lambda route: route.abort())
    gun(page, hall.codes[0], hall.codes[1])
    expect(page.locator("[data-kept-said]")).to_contain_text("2 条")
    close(hall, first)
    page.goto(f"/scan?task={second}")
    ready(page)
    page.unroute("**/api/v1/scans")
    refused(page, 2)
    page.click("[data-refused-bar]")
    expect(page.locator("[data-refused] li").first).to_contain_text("春季盘点")
    assert hall.counted(first) == []
    page.click("[data-close]")
    gun(page, hall.codes[0])
    say(page, "found")
    page.reload()
    ready(page)
    refused(page, 2)
    reopen(hall, first)
    page.click("[data-refused-bar]")
    page.click("[data-all]")
    refused(page, 0)
    stored(page)
    assert stands(hall, first) == sorted(hall.codes[:2])
    assert stands(hall, second) == [hall.codes[0]]


def test_undoing_codes_that_ran_together_undoes_them_all_and_lists_them(
    hall: Library, at_gun: Guns
) -> None:  # H2
    task = hall.start()
    page = at_gun(task)
    offline(page)
    gun(page, hall.codes[0] + hall.codes[1])
    page.keyboard.press("Escape")
    say(page, "undone")
    offline(page, yes=False)
    stored(page)
    expect(page.locator(".p-run .undone")).to_have_count(2)
    for code in hall.codes[:2]:
        expect(page.locator(f".p-run .undone:has-text('{code}')")).to_have_count(1)
    expect(page.locator("[data-counted]")).to_have_text("0")
    assert stands(hall, task) == []
    assert len(hall.counted(task)) == 2
    gun(page, hall.codes[1])
    say(page, "found")
    stored(page)
    assert stands(hall, task) == [hall.codes[1]]


def test_a_refused_undo_is_said_and_the_count_is_shown_again(
    hall: Library, at_gun: Guns
) -> None:  # H2
    task = hall.start()
    page = at_gun(task)
    gun(page, hall.codes[0])
    stored(page)
    close(hall, task)
    page.keyboard.press("Escape")
    say(page, "not_undone")
    expect(page.locator("[data-big]")).to_have_text("没有撤销")
    expect(page.locator("[data-name]")).to_contain_text("这个盘点任务没有进行")
    expect(page.locator("[data-counted]")).to_have_text("1")
    expect(page.locator(".p-run .found")).to_contain_text("没有撤销：")
    expect(page.locator(".p-run .undone")).to_have_count(0)
    assert stands(hall, task) == [hall.codes[0]]
    reopen(hall, task)
    page.keyboard.press("Escape")
    say(page, "undone")
    expect(page.locator("[data-counted]")).to_have_text("0")
    stored(page)
    assert stands(hall, task) == []


def test_what_somebody_else_counted_meanwhile_is_counted_already_by_them(
    hall: Library, at_gun: Guns
) -> None:  # H2
    task = hall.start()
    page = at_gun(task)
    now = datetime.now(UTC)
    with hall.conn() as conn:
        helper = hall.person(conn, "helper")
        theirs = Count(uuid4(), hall.codes[0], Method.GUN, now, here=True)
        counting.count(conn, helper, task, theirs, now)
    gun(page, hall.codes[0])
    say(page, "again")
    facts = page.locator("[data-facts]")
    expect(facts).to_contain_text("helper")
    expect(page.locator("[data-counted]")).to_have_text("1")
    stored(page)
    gun(page, hall.codes[0])
    say(page, "again")
    expect(facts).to_contain_text("helper")
    stored(page)
    expect(page.locator("[data-counted]")).to_have_text("1")
    page.reload()
    ready(page)
    expect(page.locator("[data-counted]")).to_have_text("1")
    row = page.locator(".p-run .again").first
    expect(row).to_contain_text("helper")
    expect(row).not_to_contain_text("本人")


def hand_over(hall: Library, task: int, *codes: str, to: str = "helper") -> None:
    """These are somebody else's to count; '' takes them from everybody."""
    with hall.conn() as conn:
        conn.execute(
            "UPDATE stocktake_expected SET assignee_id = %s WHERE stocktake_id = %s AND code = ANY(%s)",
            (hall.organisation.users.get(to), task, list(codes)),
        )


def notices(hall: Library) -> list[str]:
    """What whoever is to count them was told."""
    with hall.conn() as conn:
        return [str(title) for (title,) in conn.execute(
            "SELECT facts->>'title' FROM notice WHERE event = 'count.seen' ORDER BY 1"
        )]  # fmt: skip


def test_whose_it_is_is_told_once_the_network_is_back_and_only_once(
    hall: Library, at_gun: Guns
) -> None:  # H2, H3
    task = hall.start()
    hand_over(hall, task, *hall.codes[:2])
    page = at_gun(task)
    gun(page, hall.codes[0])
    say(page, "elsewhere")
    offline(page)
    page.click("[data-choice=tell]")
    tell = page.locator("[data-choice=tell]")
    expect(tell).to_have_text(re.compile("联网后告诉helper"))
    expect(tell).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-facts]")).to_contain_text("联网后告诉helper")
    expect(page.locator("[data-kept-said]")).to_contain_text("1 条存在本机")
    page.click("[data-choice=tell]")  # pressed again it is the same message
    assert notices(hall) == []
    offline(page, yes=False)
    expect(tell).to_have_text(re.compile("已告诉helper"))
    stored(page)
    assert len(notices(hall)) == 1
    lost = []

    def lose(route: Route) -> None:  # the server does it, and its answer is lost
        route.fetch()
        lost.append(route.request.url)
        route.abort()

    gun(page, hall.codes[1])
    say(page, "elsewhere")
    page.route("**/tell", lose, times=1)
    page.click("[data-choice=tell]")
    expect(tell).to_have_text(re.compile("已告诉helper"))
    stored(page)
    assert len(lost) == 1
    assert [one.split()[-1] for one in notices(hall)] == sorted(hall.codes[:2])


def test_whose_it_is_is_said_alike_when_it_is_scanned_and_when_the_page_is_opened_anew(
    hall: Library, at_gun: Guns
) -> None:  # H2, J4
    task = hall.start()
    with hall.conn() as conn:
        hospital = hall.organisation.units["医院"]
        write.insert(conn, hospital, VALUES | {"code": "TY2026000901"})
    hand_over(hall, task, hall.codes[0])
    page = at_gun(task)
    row = page.locator(".p-run .elsewhere").first
    for code, word, said in (
        (hall.codes[0], "不在您名下", "属于采编部 · helper"),
        ("TY2026000901", "不在本任务", "其他单位的资产"),
    ):
        gun(page, code)
        expect(page.locator("[data-big]")).to_have_text(word)
        expect(row).to_contain_text(code)
        expect(row).to_contain_text(said)
    stored(page)
    before = page.locator(".p-run .elsewhere").all_inner_texts()
    page.reload()
    ready(page)
    expect(page.locator(".p-run .elsewhere")).to_have_count(2)
    # The moment is the server's then, set right by its own clock: it may fall into the next second.
    after = page.locator(".p-run .elsewhere").all_inner_texts()
    assert [CLOCK.sub("", row) for row in after] == [CLOCK.sub("", row) for row in before]
    desk = at_gun(task, "clerk", desk=f"/stocktakes/{task}?tab=counts")
    for code, word in ((hall.codes[0], "在他人名下"), ("TY2026000901", "不在本任务")):
        expect(desk.locator("tr", has_text=code)).to_contain_text(word)


def test_what_nobody_could_be_told_is_said_kept_and_told_again(
    hall: Library, at_gun: Guns
) -> None:  # H2
    task = hall.start()
    hand_over(hall, task, hall.codes[0])
    page = at_gun(task)
    gun(page, hall.codes[0])
    say(page, "elsewhere")
    stored(page)
    hand_over(hall, task, hall.codes[0], to="")
    page.evaluate(
        "window.heard = []; document.addEventListener('ph-sound', (e) => heard.push(e.detail))"
    )
    page.click("[data-choice=tell]")
    say(page, "not_told")
    expect(page.locator("[data-big]")).to_have_text("没有告诉")
    expect(page.locator("[data-name]")).to_contain_text("没有存上的记录")
    assert page.evaluate("heard") == ["unknown"]
    expect(page.locator(".p-run .elsewhere")).to_contain_text("没有告诉：")
    expect(page.locator("[data-choice=tell]")).to_have_text(re.compile("再告诉一次helper"))
    refused(page, 1)
    page.goto("/scan?task=0")  # kept whatever page is open, and while no task is chosen
    page.goto(f"/scan?task={task}")
    ready(page)
    refused(page, 1)
    expect(page.locator(".p-run .elsewhere")).to_contain_text("没有告诉：")
    page.click("[data-refused-bar]")
    row = page.locator("[data-refused] li")
    expect(row).to_contain_text("告诉负责人")
    expect(row).to_contain_text(hall.codes[0])
    page.click("[data-act=retry]")
    refused(page, 1)  # still nobody's
    hand_over(hall, task, hall.codes[0])
    if not page.locator("[data-refused]").is_visible():
        page.click("[data-refused-bar]")
    page.click("[data-act=retry]")
    refused(page, 0)
    stored(page)
    assert len(notices(hall)) == 1
    expect(page.locator(".p-run .elsewhere")).not_to_contain_text("没有告诉")


def test_dropping_a_message_drops_no_count_and_undoing_drops_the_message(
    hall: Library, at_gun: Guns
) -> None:  # H2
    task = hall.start()
    hand_over(hall, task, *hall.codes[:2])
    page = at_gun(task)
    for code in hall.codes[:2]:
        gun(page, code)
        say(page, "elsewhere")  # which is the server's word: it is stored
        hand_over(hall, task, code, to="")
        page.click("[data-choice=tell]")
        say(page, "not_told")
    refused(page, 2)
    page.click("[data-refused-bar]")
    page.click("[data-refused] li:nth-child(1) [data-act=drop]")
    page.click("[data-act=gone]")
    refused(page, 1)
    page.click("[data-close]")
    expect(page.locator(".p-run .undone")).to_have_count(0)
    expect(page.locator("[data-elsewhere]")).to_have_text("2")
    page.keyboard.press("Escape")
    say(page, "undone")
    refused(page, 0)
    stored(page)
    assert [row[2] for row in hall.counted(task)] == ["noted", "undone"]
    assert notices(hall) == []


def test_after_an_undoing_what_another_has_counted_is_counted_still(
    hall: Library, at_gun: Guns
) -> None:  # H2
    task = hall.start()
    page = at_gun(task)
    gun(page, hall.codes[0], hall.codes[1])
    stored(page)
    expect(page.locator("[data-counted]")).to_have_text("2")
    now = datetime.now(UTC)
    with hall.conn() as conn:
        theirs = Count(uuid4(), hall.codes[1], Method.GUN, now, here=True)
        counting.count(conn, hall.person(conn, "helper"), task, theirs, now)
    page.click("[data-choice=repair]")  # two scans of the same thing, both to be undone
    stored(page)
    page.keyboard.press("Escape")
    stored(page)
    expect(page.locator("[data-counted]")).to_have_text("2")
    assert stands(hall, task) == sorted(hall.codes[:2])
    page.keyboard.press("Escape")  # that one nobody else has counted
    stored(page)
    expect(page.locator("[data-counted]")).to_have_text("1")
    expect(page.locator("[data-left]")).to_have_text("4")
    gun(page, hall.codes[1])
    say(page, "again")
    expect(page.locator("[data-facts]")).to_contain_text("helper")
    stored(page)
    expect(page.locator("[data-counted]")).to_have_text("1")
    page.reload()
    ready(page)
    expect(page.locator("[data-counted]")).to_have_text("1")


def test_a_refused_surplus_is_told_at_its_field_and_what_was_typed_stays(
    hall: Library, at_gun: Guns
) -> None:  # H2, J3
    task = hall.start()
    page = at_gun(task)
    gun(page, "无卡之物")
    say(page, "unknown")
    page.click("[data-choice=surplus]")
    page.fill("#d-s-name", "实木办公桌")
    page.fill("#d-s-quantity", "99999999999999999999")
    page.click("[data-surplus] [value=ok]")
    expect(page.locator("#d-e-quantity")).to_contain_text("数量应为 1 到")
    expect(page.locator("#d-s-quantity")).to_be_focused()
    page.fill("#d-s-quantity", "2")
    page.fill("#d-s-category", "没有这一类")
    page.click("[data-surplus] [value=ok]")
    expect(page.locator("#d-e-category")).not_to_be_empty()
    expect(page.locator("#d-s-category")).to_have_attribute("aria-invalid", "true")
    assert page.input_value("#d-s-name") == "实木办公桌"
    refused(page, 0)
    page.fill("#d-s-category", "家具和用具")
    page.click("[data-surplus] [value=ok]")
    say(page, "surplus")
    expect(page.locator("#gun")).to_be_focused()
    stored(page)
    assert [row[1] for row in hall.counted(task)] == ["unknown", "surplus"]
    gun(page, "无卡之物")  # once more: it is settled, nothing is offered that would be refused
    say(page, "surplus")
    expect(page.locator("[data-answer]")).to_contain_text("登记人")
    expect(page.locator("[data-quick]")).to_be_hidden()

    gun(page, "无卡之二")
    say(page, "unknown")
    stored(page)
    offline(page)
    page.click("[data-choice=surplus]")
    page.fill("#d-s-name", "旧书架")
    page.fill("#d-s-category", "没有这一类")
    page.click("[data-surplus] [value=ok]")  # without network it can't be known
    expect(page.locator("[data-surplus]")).to_be_hidden()
    offline(page, yes=False)
    refused(page, 1)
    page.click("[data-refused-bar]")
    page.click("[data-act=mend]")
    expect(page.locator("#d-e-category")).not_to_be_empty()
    assert page.input_value("#d-s-name") == "旧书架"
    page.fill("#d-s-category", "家具和用具")
    page.click("[data-surplus] [value=ok]")
    refused(page, 0)
    stored(page)
    assert [row[1] for row in hall.counted(task)].count("surplus") == 2


@pytest.mark.parametrize(("hours", "known"), [(-7, True), (0, True), (9, False)])
def test_how_long_ago_it_was_scanned_is_told_by_a_clock_that_nobody_sets(
    hall: Library, at_gun: Guns, hours: int, known: bool
) -> None:  # H3
    task = hall.start()
    page = at_gun(task)
    offline(page)
    gun(page, hall.codes[0])
    page.wait_for_timeout(1_500)
    page.evaluate(SET_CLOCK, hours * 3600_000)
    with page.expect_request(lambda asked: asked.url.endswith("/scans")) as asked:
        offline(page, yes=False)
    # A clock set forward looks like a computer that slept, whose other clock stood still.
    sent = asked.value.post_data_json
    assert sent is not None
    ago = sent["scans"][0].get("ago_s")
    assert (ago is not None) == known
    assert ago is None or 1.4 < ago < 20
    stored(page)
    assert stands(hall, task) == [hall.codes[0]]


SET_CLOCK = """(by) => {
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...told) { super(...(told.length ? told : [Right.now() + by])); }
    static now() { return Right.now() + by; }
  };
}"""


@pytest.mark.parametrize(("width", "english"), [(1280, False), (360, True)])
def test_what_was_refused_fits_is_accessible_and_speaks_the_readers_language(
    hall: Library, at_gun: Guns, width: int, english: bool
) -> None:  # A2
    task = hall.start()
    page = at_gun(task, width=width, english=english)
    offline(page)
    gun(page, *hall.codes[:2])
    close(hall, task)
    offline(page, yes=False)
    for at in ("", "/scan"):
        if at:
            page.goto(at)
        page.wait_for_selector("[data-refused-bar]:not([hidden])")
        page.click("[data-refused-bar]")
        page.click("[data-act=drop] >> nth=0")
        assert overflow(page) <= 0
        assert serious(page) == []
        if english:
            assert chinese(page) == []


PAGES = (
    ("/stocktakes", "clerk"), ("/stocktakes/new", "clerk"), ("/stocktakes/YEAR", "clerk"),
    *((f"/stocktakes/YEAR?tab={tab}", "clerk")
      for tab in ("cards", "counts", "conflicts", "differences", "unknown", "report")),
    ("/stocktakes/DONE", "department"), ("/stocktakes/DONE/report", "clerk"),
    ("/stocktakes/mine", "counter"), ("/stocktakes/YEAR/count/CODE", "counter"),
    ("/scan?task=YEAR", "counter"), ("/scan", "clerk"), ("/account", "counter"), ("/api/docs", "counter"),
)  # fmt: skip


@pytest.mark.parametrize(("path", "login"), PAGES)
def test_page_is_accessible_fits_and_speaks_english(
    look: Visit, portal: Portal, path: str, login: str
) -> None:
    year, done = task_of(portal), task_of(portal, "数字资源部设备抽盘")
    filled = path.replace("YEAR", str(year)).replace("DONE", str(done))
    filled = filled.replace("CODE", left(portal, YEAR)[-1])
    stands_everywhere(look(filled, login))
