"""The phone app in a real Chromium: without network, killed, restarted, and each thing counted once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from db import scalar
from db.server import Server
from registry.stocktake import (
    Condition,
    Count,
    Method,
    closing,
    counting,
    differences,
    expected,
)
from tests.fixtures.database import _copied
from tests.portal.pages import chinese, comes_true, overflow, serious, still
from tests.portal.phone import (
    CARDS,
    FILM_FLAGS,
    STORE,
    Library,
    Phone,
    code_128,
    film,
    library,
    qr,
    until,
)
from tests.registry.conftest import PASSWORD, VALUES

pytestmark = pytest.mark.browser


@pytest.fixture
def hall(postgres: Server) -> Iterator[Library]:
    for copy in _copied(postgres):
        with library(copy) as made:
            yield made


MakePhone = Callable[..., Phone]


@pytest.fixture
def make_phone(chromium: Browser, hall: Library, tmp_path: Path) -> Iterator[MakePhone]:
    made: list[Phone] = []

    def make(*flags: str) -> Phone:
        made.append(Phone(chromium, tmp_path / f"phone-{len(made)}", hall.address, *flags))
        return made[-1]

    yield make
    for phone in made:
        phone.close()
    assert [complaint for phone in made for complaint in phone.complaints] == []


def count_by_hand(phone: Phone, page: Page, task: int, code: str, **said: str) -> None:
    phone.open(page, f"/task/{task}")
    page.click(f"[data-code='{code}']")
    for name, value in said.items():
        if name in {"condition", "status"}:
            page.click(f"[data-field={name}] [data-value={value}]")
        else:
            page.fill(f"#f-{name}", value)
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")


def drafted(page: Page, task: int, field: str, value: str) -> None:
    """Wait until the phone keeps this of the surplus that is being written."""
    kept = f"{STORE}.then((store) => store.meta('draft:{task}:surplus'))"
    until(page, lambda: (page.evaluate(kept) or {}).get(field) == value)


def downloaded(page: Page) -> None:
    page.wait_for_selector(".p-task")
    page.evaluate("navigator.serviceWorker.ready")
    comes_true(page, "navigator.serviceWorker.controller !== null")


def test_it_can_be_installed(hall: Library, make_phone: MakePhone) -> None:  # H3
    hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    devtools = phone.context.new_cdp_session(page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("/app/manifest.webmanifest")
    assert devtools.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_what_an_older_version_kept_is_removed(hall: Library, make_phone: MakePhone) -> None:
    phone = make_phone()
    page = phone.start()
    page.goto(f"{hall.address}/login")
    page.evaluate(
        "caches.open('panhuo-app-000000000000').then((old) => old.put('/app', new Response('old')))"
    )
    phone.sign_in(page)
    comes_true(page, "navigator.serviceWorker.controller !== null")
    kept = page.evaluate("caches.keys()")
    assert len(kept) == 1
    assert kept != ["panhuo-app-000000000000"]


def test_quick_scanning_reads_qr_and_code_128_and_counts_each_thing_once(
    hall: Library, make_phone: MakePhone, tmp_path: Path
) -> None:  # H2
    task = hall.start()
    copier, printer, *_others = hall.codes
    labels = [qr(f"{hall.address}/c/{copier}"), code_128(printer), qr("TY0000000000")]
    film(tmp_path / "film.mjpeg", labels, 45)
    flags = (*FILM_FLAGS, f"--use-file-for-fake-video-capture={tmp_path / 'film.mjpeg'}")
    phone = make_phone(*flags)
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    page.evaluate("localStorage.setItem('panhuo.app.quick', 'on')")
    phone.open(page, f"/scan/{task}")
    # The film goes round: each comes again.
    page.wait_for_selector(".p-answer [data-kind=again]")
    until(page, lambda: len(hall.counted(task)) == 3)
    phone.wait_sent(page)
    page.wait_for_timeout(3_000)
    counted = sorted((row[0], row[1], row[7]) for row in hall.counted(task))
    assert counted == [
        ("TY0000000000", "unknown", "app"),
        (copier, "found", "app"),
        (printer, "found", "app"),
    ]


ANSWERS = """() => {
  window.answers = [];
  new MutationObserver(() => {
    const said = document.querySelector('.p-answer [data-kind]');
    if (said) answers.push(said.dataset.kind);
  }).observe(document.body, { childList: true, subtree: true });
}"""


# A browser whose own reader says that it reads our symbols, and finds nothing or fails.
DETECTOR = """
  globalThis.BarcodeDetector = class {
    static getSupportedFormats() { return Promise.resolve(['code_128', 'qr_code']); }
    detect() { return %s; }
  };
"""


@pytest.mark.parametrize("detects", ["Promise.resolve([])", "Promise.reject(new Error('none'))"])
def test_a_label_with_both_symbols_answers_once_whatever_the_browsers_reader_does(
    hall: Library, make_phone: MakePhone, tmp_path: Path, detects: str
) -> None:  # H2, H5
    task = hall.start()
    square, bars = qr(f"{hall.address}/c/{hall.codes[0]}"), code_128(hall.codes[0])
    label = Image.new("RGB", (max(square.width, bars.width), square.height + bars.height), "white")
    label.paste(square, ((label.width - square.width) // 2, 0))
    label.paste(bars, ((label.width - bars.width) // 2, square.height))
    film(tmp_path / "film.mjpeg", [label])
    phone = make_phone(*FILM_FLAGS, f"--use-file-for-fake-video-capture={tmp_path / 'film.mjpeg'}")
    page = phone.start()
    phone.context.add_init_script(DETECTOR % detects)
    page.reload()
    phone.sign_in(page)
    downloaded(page)
    page.evaluate("localStorage.setItem('panhuo.app.quick', 'on')")
    page.evaluate(ANSWERS)
    page.evaluate(f"location.hash = '/scan/{task}'")
    page.wait_for_selector(".p-answer [data-kind=waiting], .p-answer [data-kind=found]")
    phone.wait_sent(page)
    page.wait_for_timeout(5_000)
    assert set(page.evaluate("answers")) <= {"waiting", "found"}
    assert [row[0] for row in hall.counted(task)] == [hall.codes[0]]


def labelled(folder: Path, *texts: str | bytes) -> Path:
    """A photo of labels that say this."""
    labels = [qr(text) for text in texts]
    width, height = max(one.width for one in labels), sum(one.height for one in labels)
    photo = Image.new("RGB", (width, height), "white")
    for number, one in enumerate(labels):
        photo.paste(one, (0, sum(each.height for each in labels[:number])))
    path = folder / f"label-{len(list(folder.iterdir()))}.png"
    photo.save(path)
    return path


@pytest.mark.parametrize("detects", ["Promise.resolve([])", "Promise.reject(new Error('none'))"])
def test_a_still_picture_is_read_whatever_the_browsers_reader_does(
    hall: Library, make_phone: MakePhone, tmp_path: Path, detects: str
) -> None:  # H2
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.context.add_init_script(DETECTOR % detects)
    phone.sign_in(page)
    downloaded(page)
    page.evaluate("localStorage.setItem('panhuo.app.quick', 'on')")
    phone.open(page, f"/scan/{task}")
    page.set_input_files("#still", labelled(tmp_path, f"{hall.address}/c/{hall.codes[0]}"))
    page.wait_for_selector(".p-answer [data-kind=waiting], .p-answer [data-kind=found]")
    phone.wait_sent(page)
    assert [row[:2] for row in hall.counted(task)] == [(hall.codes[0], "found")]


def test_labels_of_other_systems_and_of_chinese_words_mean_on_the_phone_what_they_mean_elsewhere(
    hall: Library, make_phone: MakePhone, tmp_path: Path
) -> None:  # H2
    task = hall.start()
    one, other, third, *_others = hall.codes
    texts: tuple[str | bytes, ...] = (
        "https://zc.example.gov.cn/hardware/7",
        "https://zc.example.gov.cn/hardware/8",
        f"http://10.1.2.3:8080/assets?id={one}",
        f"资产编号：{other}\n名称：激光打印机".encode("gbk"),
        f"资产编号:{third};名称:扫描仪".encode(),
    )
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    page.evaluate("localStorage.setItem('panhuo.app.quick', 'on')")
    phone.open(page, f"/scan/{task}")
    for number, text in enumerate(texts, 1):
        page.set_input_files("#still", labelled(tmp_path, text))
        until(page, lambda number=number: len(hall.counted(task)) == number)  # type: ignore[misc]
    assert [row[:2] for row in hall.counted(task)] == [
        (texts[0], "unknown"),
        (texts[1], "unknown"),
        (one, "found"),
        (other, "found"),
        (third, "found"),
    ]


def test_a_name_that_is_typed_finds_its_thing_or_those_to_choose_from(
    hall: Library, make_phone: MakePhone
) -> None:  # J3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    phone.open(page, f"/type/{task}")
    page.fill("#f-code", "没有的东西")
    page.click("button[form=typed]")
    expect(page.locator("[data-field=code] [role=alert]")).to_contain_text("没有编号或名称")
    page.fill("#f-code", "台式计算机")
    page.click("button[form=typed]")
    expect(page.locator(".p-cards a")).to_have_count(2)
    page.fill("#f-code", "ｔｙ２０２００００１０１")
    page.click("button[form=typed]")
    expect(page.locator(".p-found")).to_contain_text("古籍书刊扫描仪")
    phone.open(page, f"/type/{task}")
    page.fill("#f-code", "古籍")
    page.click("button[form=typed]")
    expect(page.locator(".p-found")).to_contain_text("TY2020000101")


# A browser that promises nothing until `grants` is true; how often it was asked.
STORAGE = """
  Object.assign(globalThis, { asked: 0, keeps: false, grants: false });
  const answer = (ask) => ({ value: () => Promise.resolve(ask()), configurable: true });
  Object.defineProperty(navigator.storage, 'persisted', answer(() => keeps));
  Object.defineProperty(navigator.storage, 'persist', answer(() => { asked += 1; keeps = grants; return keeps; }));
"""


def test_that_the_browser_may_delete_what_waits_is_said_until_it_is_sent_or_promised(
    hall: Library, make_phone: MakePhone
) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.context.add_init_script(STORAGE)
    phone.sign_in(page)
    downloaded(page)
    expect(page.locator(".p-unkept")).to_have_count(0)
    hall.road.state = "closed"
    for code in hall.codes[:3]:
        count_by_hand(phone, page, task, code)
    for at in ("/", f"/task/{task}", "/records", "/me"):
        phone.open(page, at)
        expect(page.locator(".p-unkept")).to_contain_text("3 条还没有上传")
    asked = page.evaluate("asked")
    assert asked >= 1  # while it was counted; at the sign-in the page was another
    page.evaluate("grants = true; dispatchEvent(new Event('appinstalled'))")
    expect(page.locator(".p-unkept")).to_have_count(0)
    assert page.evaluate("asked") == asked + 1
    page.evaluate("keeps = false")
    phone.open(page, "/records")
    expect(page.locator(".p-unkept")).to_contain_text("3 条还没有上传")
    hall.road.state = "open"
    phone.send_now(page)
    phone.wait_sent(page)
    expect(page.locator(".p-unkept")).to_have_count(0)


def test_counted_without_network_killed_restarted_and_each_thing_counted_once(
    hall: Library, make_phone: MakePhone, tmp_path: Path
) -> None:  # H2, H3, H4
    task = hall.start()
    copier, printer, scanner, *_others = hall.codes
    labels = [qr(f"{hall.address}/c/{scanner}")]
    flags = (
        *FILM_FLAGS,
        f"--use-file-for-fake-video-capture={film(tmp_path / 'film.mjpeg', labels)}",
    )
    phone = make_phone()
    page = phone.start(*flags)
    phone.sign_in(page)
    downloaded(page)
    expect(page.locator(".p-task")).to_contain_text("/ 5 件")

    hall.road.state = "closed"
    phone.context.set_offline(True)
    page.reload()  # wholly without network: the page itself too
    page.wait_for_selector(".p-off[data-state=offline]")
    count_by_hand(phone, page, task, copier, condition="repair", note="定影组件报错，九月起停用")
    photo = tmp_path / "photo.jpg"
    Image.effect_noise((3000, 2000), 60).convert("RGB").save(photo)
    phone.open(page, f"/count/{task}?code={printer}&by=hand")
    page.set_input_files("#photo", photo)
    page.wait_for_selector(".p-add .p-pic img")
    page.fill("#f-place", "三楼特藏室")
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")

    phone.open(page, f"/scan/{task}")
    page.wait_for_selector(".p-found")  # the camera read the label, and the form is open
    assert scanner in page.inner_text(".p-found")
    page.click("[data-status=idle], [data-value=idle]")
    page.click("[data-confirm]")
    page.wait_for_selector("video")
    phone.open(page, f"/type/{task}")
    page.fill("#f-code", "ty9999999999")
    page.click("button[form=typed]")
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")
    phone.open(page)
    expect(page.locator(".p-task")).to_contain_text("在本机 3")
    expect(page.locator(".p-off")).to_contain_text("4 条存在本机")
    assert hall.counted(task) == []

    phone.kill()
    page = phone.start(*flags)
    phone.context.set_offline(True)
    phone.open(page)
    expect(page.locator(".p-off")).to_contain_text("4 条存在本机")
    phone.context.set_offline(False)
    hall.road.state = "open"
    page.evaluate("dispatchEvent(new Event('online'))")  # signed in once: nothing is asked again
    phone.wait_sent(page)
    assert sorted(hall.counted(task)) == [
        (copier, "found", "valid", "repair", "", None, "定影组件报错，九月起停用", "hand"),
        (scanner, "found", "valid", "good", "idle", None, "", "app"),
        (printer, "found", "valid", "good", "", "三楼特藏室", "", "hand"),
        ("TY9999999999", "unknown", "noted", "good", "", None, "", "hand"),
    ]
    with hall.conn() as conn:
        photos = scalar(conn, "SELECT sum(cardinality(photos)) FROM stocktake_count")
        width, height = conn.execute("SELECT width, height FROM upload").fetchone()
    assert photos == 1
    assert max(width, height) == 1600
    expect(page.locator(".p-task")).to_contain_text("已上传 3")
    phone.open(page, "/records")
    expect(page.locator("[data-list=to_look_at]")).to_contain_text("没有这个编号")


def test_answers_that_are_lost_are_asked_for_again_and_nothing_is_counted_twice(
    hall: Library, make_phone: MakePhone
) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    hall.road.state = "one_way"
    for code in hall.codes[:3]:
        count_by_hand(phone, page, task, code)
    until(page, lambda: hall.road.lost >= 1)
    assert phone.unsent(page) == 3  # the server has some; no answer came, so all wait
    phone.kill()
    lost = hall.road.lost
    page = phone.start()
    phone.open(page)
    until(page, lambda: hall.road.lost > lost)
    hall.road.state = "open"
    phone.open(page, "/records")
    phone.send_now(page)
    phone.wait_sent(page)
    assert sorted(row[0] for row in hall.counted(task)) == sorted(hall.codes[:3])
    assert {row[2] for row in hall.counted(task)} == {"valid"}


def test_killed_at_any_moment_of_sending_each_thing_is_counted_once(
    hall: Library, make_phone: MakePhone, tmp_path: Path
) -> None:  # H3
    task = hall.start()
    photo = tmp_path / "photo.jpg"
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(photo)
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    for code, wait_ms in zip(hall.codes, (0, 20, 60, 150, 400), strict=True):
        phone.open(page, f"/count/{task}?code={code}&by=hand")
        page.set_input_files("#photo", photo)
        page.wait_for_selector(".p-add .p-pic img")
        page.click("[data-confirm]")
        page.wait_for_selector(".p-cards")
        page.wait_for_timeout(wait_ms)
        phone.kill()
        page = phone.start()
        phone.open(page)
    page.wait_for_selector(".p-task")
    phone.wait_sent(page)
    assert sorted(row[0] for row in hall.counted(task)) == sorted(hall.codes)
    with hall.conn() as conn:
        assert scalar(conn, "SELECT sum(cardinality(photos)) FROM stocktake_count") == 5


def test_two_tabs_send_each_count_once(hall: Library, make_phone: MakePhone) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    hall.road.state = "closed"
    for code in hall.codes:
        count_by_hand(phone, page, task, code)
    other = phone.tab()
    phone.open(other)
    other.wait_for_selector(".p-task")
    hall.road.state = "open"
    for tab in (page, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_sent(page)
    assert sorted(row[0] for row in hall.counted(task)) == sorted(hall.codes)
    expect(other.locator(".p-task")).to_contain_text("已上传 5")


def sent(phone: Phone, page: Page, hall: Library) -> timedelta:
    """Open the road and wait until all is sent; by how much what was on it may be late."""
    began = datetime.now(UTC)
    hall.road.state = "open"
    page.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_sent(page)
    return datetime.now(UTC) - began


@pytest.mark.parametrize("hours", [-7, 9])
def test_a_clock_that_is_wrong_by_hours_does_no_harm(
    hall: Library, make_phone: MakePhone, hours: int
) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    phone.sign_in(page)
    downloaded(page)
    hall.road.state = "closed"
    began = datetime.now(UTC)
    count_by_hand(phone, page, task, hall.codes[0])
    counted = datetime.now(UTC)
    page.wait_for_timeout(2_000)
    took = sent(phone, page, hall)
    with hall.conn() as conn:
        at = scalar(conn, "SELECT counted_at FROM stocktake_count")
    assert isinstance(at, datetime)
    assert began - timedelta(seconds=3) < at < counted + timedelta(seconds=3) + took


SET_CLOCK = """(by) => {
  const Right = Date;
  globalThis.Date = class extends Right {
    constructor(...told) { super(...(told.length ? told : [Right.now() + by])); }
    static now() { return Right.now() + by; }
  };
}"""


@pytest.mark.parametrize("hours", [-7, 9])
def test_a_clock_that_is_set_between_counting_and_sending_does_no_harm(
    hall: Library, make_phone: MakePhone, hours: int
) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    page.wait_for_timeout(3_000)
    hall.road.state = "closed"
    began = datetime.now(UTC)
    count_by_hand(phone, page, task, hall.codes[0])
    counted = datetime.now(UTC)
    page.wait_for_timeout(3_000)
    page.evaluate(SET_CLOCK, hours * 3600_000)
    took = sent(phone, page, hall)
    with hall.conn() as conn:
        at = scalar(conn, "SELECT counted_at FROM stocktake_count")
    assert isinstance(at, datetime)
    assert began - timedelta(seconds=1) < at < counted + timedelta(seconds=1) + took


def test_contradicting_counts_are_both_shown_and_neither_is_lost(
    hall: Library, make_phone: MakePhone
) -> None:  # H3
    task = hall.start()
    code = hall.codes[0]
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    hall.road.state = "closed"
    count_by_hand(phone, page, task, code, condition="damaged", place="地下库房")
    now = datetime.now(UTC)
    with hall.conn() as conn:
        helper = hall.person(conn, "helper")
        theirs = Count(
            uuid4(), code, Method.GUN, now, condition=Condition.GOOD, place="一楼大厅", here=True
        )
        counting.count(conn, helper, task, theirs, now)
    hall.road.state = "open"
    page.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_sent(page)
    phone.open(page, "/records")
    sides = page.locator("[data-list=to_look_at] .p-sides")
    expect(sides).to_contain_text("地下库房")
    expect(sides).to_contain_text("一楼大厅")
    expect(sides).to_contain_text("helper")
    assert [row[2] for row in hall.counted(task)] == ["valid", "conflict"]


def test_whoever_goes_back_to_what_is_booked_contradicts_who_had_told_otherwise(
    hall: Library, make_phone: MakePhone
) -> None:  # H3
    task = hall.start()
    code, (_code, _name, booked), now = hall.codes[0], CARDS[0], datetime.now(UTC)
    with hall.conn() as conn:
        helper = hall.person(conn, "helper")
        seen = {"place": "地下库房", "custodian": "李小梅", "status": "idle"}
        theirs = Count(uuid4(), code, Method.GUN, now, here=True, **seen)  # type: ignore[arg-type]
        counting.count(conn, helper, task, theirs, now)
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    phone.open(page, f"/count/{task}?code={code}&by=hand")
    expect(page.locator("#f-place")).to_have_value("地下库房")
    page.fill("#f-place", booked)
    page.fill("#f-custodian", VALUES["custodian"])
    page.click(f"[data-field=status] [data-value={VALUES['status']}]")
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")
    phone.wait_sent(page)
    query = "SELECT standing, place, custodian, status FROM stocktake_count ORDER BY id DESC"
    with hall.conn() as conn:
        told = conn.execute(query).fetchone()
    assert told == ("conflict", booked, VALUES["custodian"], VALUES["status"])


def test_a_count_can_be_taken_back_before_and_after_it_was_sent(
    hall: Library, make_phone: MakePhone
) -> None:
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    count_by_hand(phone, page, task, hall.codes[0])
    phone.wait_sent(page)
    hall.road.state = "closed"
    count_by_hand(phone, page, task, hall.codes[1])
    phone.open(page, "/records")
    page.click("[data-list=waiting] button")
    page.wait_for_selector("[data-list=waiting]", state="detached")
    page.click("[data-list=sent] button")
    page.wait_for_selector("[data-list=waiting] [data-state=undoing]")
    hall.road.state = "open"
    phone.send_now(page)
    phone.wait_sent(page)
    assert [(row[0], row[2]) for row in hall.counted(task)] == [(hall.codes[0], "undone")]
    phone.open(page)
    expect(page.locator(".p-task")).to_contain_text("已上传 0")


def test_who_has_signed_in_once_stays_so_when_the_portals_session_is_over(
    hall: Library, make_phone: MakePhone
) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    page.request.post(
        f"{hall.address}/logout",
        form={"csrf_token": page.request.get(f"{hall.address}/app/session").json()["token"]},
        headers={"Referer": hall.address},
    )
    assert page.request.get(f"{hall.address}/app/session").json()["user"] is None
    page.reload()
    count_by_hand(phone, page, task, hall.codes[0])
    phone.wait_sent(page)
    assert [row[0] for row in hall.counted(task)] == [hall.codes[0]]
    expect(page.locator(".p-off")).to_have_count(0)


def test_another_password_ends_it_and_what_waits_goes_after_signing_in_again(
    hall: Library, make_phone: MakePhone
) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    with hall.conn() as conn:
        conn.execute("UPDATE app_user SET session_epoch = session_epoch + 1")
    count_by_hand(phone, page, task, hall.codes[0])
    page.wait_for_selector(".p-off[data-state=signed_out]")
    assert hall.counted(task) == []
    phone.sign_in_again(page)
    phone.wait_sent(page)
    assert [row[0] for row in hall.counted(task)] == [hall.codes[0]]


def test_a_token_that_has_expired_loses_nothing_and_the_password_renews_it(
    hall: Library, make_phone: MakePhone
) -> None:  # H3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    with hall.conn() as conn:
        conn.execute("UPDATE scan_device SET expires_at = now()")
        conn.execute("UPDATE login_session SET confirmed_at = now() - interval '11 minutes'")
    count_by_hand(phone, page, task, hall.codes[0])
    page.wait_for_selector(".p-off[data-state=signed_out]")
    assert hall.counted(task) == []
    page.click(".p-off[data-state=signed_out] a[href^='/login']")
    page.fill("#f-present", PASSWORD)  # the portal's own session goes on
    page.click("form[action^='/account/confirm'] .btn-primary")
    page.wait_for_selector("#app .p-tab")
    phone.wait_sent(page)
    assert [row[0] for row in hall.counted(task)] == [hall.codes[0]]


def test_what_is_refused_stays_with_its_reason(hall: Library, make_phone: MakePhone) -> None:
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    hall.road.state = "closed"
    count_by_hand(phone, page, task, hall.codes[0], note="最后一件")
    now = datetime.now(UTC)
    with hall.conn() as conn:
        clerk = hall.person(conn, "clerk")
        closing.close(conn, clerk, task, now, "")
    hall.road.state = "open"
    phone.open(page, "/records")
    phone.send_now(page)
    refused = page.locator("[data-list=to_look_at] [data-state=refused]")
    expect(refused).to_contain_text("已记下您盘到了它")
    expect(refused).to_contain_text("最后一件")
    assert hall.counted(task) == []
    with hall.conn() as conn:
        (row,) = differences.differences(conn, task)[:1]
    assert (row.code, row.kind, row.sighting is not None) == (hall.codes[0], "missing", True)
    page.reload()
    expect(refused).to_contain_text("已记下您盘到了它")
    # Its task is gone from the phone: it is still named, and there is nothing to mend the count in.
    until(page, lambda: page.evaluate(f"{STORE}.then((store) => store.tasks())") == [])
    page.reload()
    expect(refused).to_contain_text("2026 年度盘点")
    expect(refused.get_by_text("重试")).to_be_visible()
    expect(refused.get_by_text("修改")).to_have_count(0)


def test_a_thing_without_a_card_is_registered_with_its_photo(
    hall: Library, make_phone: MakePhone, tmp_path: Path
) -> None:  # H4
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    until(
        page,
        lambda: page.evaluate(f"{STORE}.then((store) => store.meta('categories'))") is not None,
    )
    photo = tmp_path / "desk.png"
    Image.new("RGB", (800, 600), "sienna").save(photo)
    hall.road.state = "closed"
    phone.open(page, f"/surplus/{task}")
    page.click("[data-confirm]")
    expect(page.locator("[data-field=name]")).to_contain_text("请填写资产名称")
    page.fill("#f-name", "实木办公桌")
    page.fill("#f-category", "家具和用具")
    page.fill("#f-measure", "张")
    page.set_input_files("#photo", photo)
    page.wait_for_selector(".p-add .p-pic img")
    drafted(page, task, "measure", "张")
    page.reload()  # the draft outlives the page
    expect(page.locator("#f-name")).to_have_value("实木办公桌")
    page.wait_for_selector(".p-add .p-pic img")
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")
    hall.road.state = "open"
    page.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_sent(page)
    with hall.conn() as conn:
        outcome, surplus, photos = conn.execute(
            "SELECT outcome, surplus, photos FROM stocktake_count"
        ).fetchone()
    assert outcome == "surplus"
    assert surplus == {
        "name": "实木办公桌",
        "category": "A05000000",
        "quantity": "1",
        "measure": "张",
    }
    assert len(photos) == 1


def test_a_wrong_surplus_is_told_at_its_field_without_network_and_a_refused_one_is_mended(
    hall: Library, make_phone: MakePhone
) -> None:  # H2, J3
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    until(
        page,
        lambda: page.evaluate(f"{STORE}.then((store) => store.meta('categories'))") is not None,
    )
    hall.road.state = "closed"
    phone.open(page, f"/surplus/{task}")
    page.fill("#f-name", "实木办公桌")
    for quantity in ("99999999999999999999", "0", "-1", ""):
        page.fill("#f-quantity", quantity)
        page.click("[data-confirm]")
        expect(page.locator("[data-field=quantity]")).to_contain_text("数量应为 1 到 9,999,999")
    expect(page.locator("[data-field=category]")).to_contain_text("请选资产分类")
    expect(page.locator("#f-category")).to_be_focused()
    page.fill("#f-quantity", "2")
    page.fill("#f-category", "没有这一类")
    page.click("[data-confirm]")
    expect(page.locator("[data-field=category]")).to_contain_text("没有这个分类")
    expect(page.locator("[data-field=quantity]")).not_to_contain_text("数量应为")
    drafted(page, task, "category", "没有这一类")  # it is written when typing rests
    page.evaluate(f"{STORE}.then((store) => store.setMeta('categories', null))")
    page.reload()  # the list never came: what was typed is the server's to judge
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")
    hall.road.state = "open"
    phone.open(page, "/records")
    phone.send_now(page)
    row = page.locator("[data-list=to_look_at] [data-state=refused]")
    row.locator("a").click()
    expect(page.locator("[data-field=category] [role=alert]")).not_to_be_empty()
    expect(page.locator("#f-name")).to_have_value("实木办公桌")
    page.fill("#f-category", "A05000000")
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")
    phone.wait_sent(page)
    with hall.conn() as conn:
        kept = conn.execute("SELECT surplus FROM stocktake_count").fetchall()
    assert [(row["category"], row["quantity"]) for (row,) in kept] == [("A05000000", "2")]


def test_signing_out_wipes_the_phone_and_nobody_sees_or_sends_anothers(
    hall: Library, make_phone: MakePhone
) -> None:
    task = hall.start()
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    hall.road.state = "closed"
    count_by_hand(phone, page, task, hall.codes[0])
    with hall.conn() as conn:
        conn.execute("UPDATE scan_device SET revoked_at = now()")
    phone.context.clear_cookies(name="panhuo")
    hall.road.state = "open"
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector(".p-off[data-state=signed_out]")
    assert hall.counted(task) == []
    page.goto(f"{hall.address}/login")
    page.fill("#login", "helper")
    page.fill("#password", "long-enough-7")
    page.click("form[action='/login'] button")
    phone.open(page)
    expect(page.locator(".p-app-main")).to_contain_text("没有要盘的任务", timeout=20_000)
    phone.open(page, "/me")
    expect(page.locator(".p-app-main")).to_contain_text("helper")
    expect(page.locator(".p-kept")).to_contain_text("他人未上传的记录")
    for at in ("/", "/records", f"/task/{task}"):
        phone.open(page, at)
        page.wait_for_timeout(300)
        assert hall.codes[0] not in page.inner_text("body")
    assert hall.counted(task) == []

    phone.open(page, "/me")
    page.click("[data-leave]")
    page.wait_for_url("**/login?next=/app")
    assert page.request.get(f"{hall.address}/app/session").json()["user"] is None
    phone.sign_in(page)
    phone.wait_sent(page)
    assert [row[0] for row in hall.counted(task)] == [hall.codes[0]]
    phone.open(page, "/me")
    page.click("[data-leave]")
    page.wait_for_url("**/login?next=/app")
    kept = page.evaluate(KEPT)
    assert kept["bases"] == ["panhuo-app"]
    assert not any(CARDS[0][1] in text or "teller" in text for text in kept["texts"])


KEPT = """async () => {
  const texts = [JSON.stringify({ ...localStorage })];
  const phone = await new Promise((done) => { const asked = indexedDB.open('panhuo-app'); asked.onsuccess = () => done(asked.result); });
  texts.push(await new Promise((done) => { const asked = phone.transaction('phone').objectStore('phone').getAll(); asked.onsuccess = () => done(JSON.stringify(asked.result)); }));
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) texts.push(request.url, await (await cache.match(request)).text());
  }
  return { bases: (await indexedDB.databases()).map((one) => one.name), texts };
}"""


def test_what_is_not_on_the_list_is_looked_up_and_can_be_counted_here(
    hall: Library, make_phone: MakePhone
) -> None:  # H2
    task = hall.start()
    with hall.conn() as conn:
        conn.execute(
            "UPDATE stocktake_expected SET assignee_id = %s WHERE code = %s",
            (hall.organisation.users["helper"], hall.codes[4]),
        )
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    expect(page.locator(".p-task")).to_contain_text("/ 4 件")
    phone.open(page, f"/type/{task}")
    page.fill("#f-code", hall.codes[4])
    page.click("button[form=typed]")
    page.click("[data-confirm]")
    phone.wait_sent(page)
    phone.open(page, "/records")
    expect(page.locator("[data-list=to_look_at]")).to_contain_text("helper")
    expect(page.locator("[data-list=to_look_at]")).to_contain_text("不在您名下")
    page.click("[data-list=to_look_at] a")
    page.wait_for_selector(".p-found h2")
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")
    phone.wait_sent(page)
    # Whose it is may have told otherwise: what stands in the form is told, booked or not.
    assert [(row[1], row[2], row[5]) for row in hall.counted(task)] == [
        ("elsewhere", "noted", None),
        ("found", "valid", CARDS[4][2]),
    ]


def test_what_is_not_on_the_phone_of_a_task_that_is_too_large_is_told_so_and_counted(
    hall: Library, make_phone: MakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:  # H2, H3
    monkeypatch.setattr(expected, "MOST_CARRIED", 2)
    task = hall.start()
    with hall.conn() as conn:  # by place they come first, and are nobody's
        conn.execute(
            "UPDATE stocktake_expected SET assignee_id = NULL, place = ' ' WHERE code <> ALL(%s)",
            (hall.codes[:2],),
        )
    phone = make_phone()
    page = phone.start()
    phone.sign_in(page)
    downloaded(page)
    phone.open(page, f"/task/{task}")
    expect(page.locator("[data-short]")).to_contain_text("本机只有 2 / 5 件")
    expect(page.locator("[data-code]")).to_have_count(2)
    assert [page.locator(f"[data-code='{code}']").count() for code in hall.codes[:2]] == [1, 1]
    expect(page.locator(".p-prog")).to_contain_text("/ 5 件")
    hall.road.state = "closed"
    phone.open(page, f"/type/{task}")
    page.fill("#f-code", hall.codes[4])
    page.click("button[form=typed]")
    expect(page.locator(".p-found h2")).to_have_text("本机没有这一件的资料")
    page.click("[data-confirm]")
    page.wait_for_selector(".p-cards")
    phone.open(page, "/records")
    expect(page.locator("[data-kind=not_here]")).to_contain_text("由服务器核对")
    judged = f"{STORE.replace('store', 'tasks')}.then((tasks) => tasks.judge({task}, 'NOBODYS'))"
    assert page.evaluate(judged)["outcome"] == "not_here"
    hall.road.state = "open"
    page.evaluate("dispatchEvent(new Event('online'))")
    phone.wait_sent(page)
    assert [(row[1], row[2]) for row in hall.counted(task)] == [("found", "valid")]
    phone.open(page, f"/task/{task}")
    phone.speak("en")
    page.reload()
    expect(page.locator("[data-short]")).to_contain_text("2 of 5")
    assert chinese(page) == []
    assert (overflow(page), serious(page)) == (0, [])


SCREENS = ("/", "/task/1", "/scan/1", "/type/1", "/count/1?code=TY2019000317&by=hand",
           "/count/1?code=NOBODYS&by=app", "/surplus/1", "/records", "/me")  # fmt: skip


@pytest.mark.parametrize(("language", "theme"), [("zh", "light"), ("en", "dark")])
def test_every_screen_fits_is_accessible_and_speaks_the_readers_language(
    hall: Library, make_phone: MakePhone, language: str, theme: str
) -> None:  # A2
    task = hall.start()
    phone = make_phone(*FILM_FLAGS)
    page = phone.start()
    phone.speak(language)
    dark = {"name": "theme", "value": theme, "url": phone.address}
    phone.context.add_cookies([dark])  # type: ignore[list-item]
    phone.sign_in(page)
    downloaded(page)
    hall.road.state = "closed"
    for code in hall.codes[:2]:
        count_by_hand(phone, page, task, code, condition="damaged", note="有裂纹")
    page.wait_for_selector(".p-off")
    page.mouse.move(0, 0)
    for at in SCREENS:
        phone.open(page, at)
        comes_true(page, "document.activeElement.closest('h1, input') !== null")
        still(page)
        assert (at, max(0, overflow(page))) == (at, 0)
        assert (at, serious(page)) == (at, [])
        if language == "en":
            assert (at, chinese(page)) == (at, [])
