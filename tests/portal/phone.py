"""A phone in a corridor: a Chromium of its own that can be killed, a road that can break, a library."""

import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import qrcode
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from db import Connection, Database, single_connection
from db.roles import DatabaseRole
from portal import PortalSettings, create_app
from registry.cards import write
from registry.org import Role, User, UserType, user
from registry.stocktake import Method, tasks
from registry.stocktake.tasks import Part, Plan
from scanner.labels import code128
from tests.fixtures.browser import CHROMIUM, FLAGS
from tests.fixtures.database import Copy
from tests.registry.conftest import PASSWORD, VALUES, Organisation, _insert, furnish, organise

PHONE: Final = {"width": 360, "height": 720}
WAIT_S: Final = 30
FILM_FLAGS: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


# The app's own module, as the page has loaded it.
STORE: Final = "import(document.querySelector('script[type=module]').src.replace('main', 'store'))"


def until(page: Page, true: Callable[[], bool]) -> None:
    """Wait, the page at work, until it is `true`."""
    end = time.monotonic() + 2 * WAIT_S
    while not true():
        assert time.monotonic() < end, "it never came"
        page.wait_for_timeout(100)


class Road:
    """Between phone and server: 'open', 'closed' (nothing arrives), or 'one_way' (the server does
    what it is asked, and its answer is lost).
    """

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app
        self.state = "open"
        self.lost = 0  # answers that never arrived
        self.scans = 0  # batches that did

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Serve as the road allows."""
        if self.state == "closed":
            return self._cut(environ, start)
        is_scans = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/api/v1/scans"
        if self.state == "one_way" and is_scans:
            list(self.app(environ, lambda *_told: lambda _more: None))
            self.lost += 1
            return self._cut(environ, start)
        self.scans += is_scans
        return self.app(environ, start)

    def _cut(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        environ["werkzeug.socket"].close()
        start("503 Cut", [])
        return []


@dataclass
class Library:
    """A small library that counts, served over a road."""

    address: str
    copy: Copy
    road: Road
    organisation: Organisation
    codes: list[str] = field(default_factory=list)

    def conn(self) -> Any:
        """A connection as the owner."""
        return single_connection(self.copy.url())

    def person(self, conn: Connection, login: str) -> User:
        """Somebody of the library."""
        found = user(conn, self.organisation.users[login])
        assert found is not None
        return found

    def start(
        self, name: str = "2026 年度盘点", methods: tuple[Method, ...] = tuple(Method)
    ) -> int:
        """A running task, all of it the teller's; its id."""
        now = datetime.now(UTC)
        due: date = (now + timedelta(days=20)).date()
        with self.conn() as conn:
            clerk = self.person(conn, "clerk")
            key = tasks.plan(conn, clerk, Plan(name, methods, due), now, "")
            tasks.start(conn, clerk, key, now, "")
            tasks.hand_over(conn, clerk, key, Part(), self.organisation.users["teller"], now, "")
        return key

    def counted(self, key: int) -> list[tuple[Any, ...]]:
        """(code, outcome, standing, condition, status, place, note, method) of each count."""
        query = (
            "SELECT code, outcome, standing, condition, status, place, note, method "
            "FROM stocktake_count WHERE stocktake_id = %s ORDER BY id"
        )
        with self.conn() as conn:
            return conn.execute(query, (key,)).fetchall()  # type: ignore[no-any-return]


CARDS: Final = (
    ("TY2019000317", "彩色数码复印机", "二楼 205"),
    ("TY2021000388", "激光打印机", "二楼 205"),
    ("TY2020000101", "古籍书刊扫描仪", "三楼特藏室"),
    ("TY2022000202", "台式计算机", "一楼大厅"),
    ("TY2022000203", "台式计算机", "一楼大厅"),
)


@contextmanager
def library(copy: Copy) -> Iterator[Library]:
    """Five cards, a teller and a helper who count, behind a portal."""
    with single_connection(copy.url()) as conn:
        organisation = organise(conn)
        furnish(conn, organisation)
        for login in ("teller", "helper"):
            unit = organisation.units["图书馆"]
            organisation.users[login] = _insert(
                conn, unit, login, "图书馆", UserType.BUDGET_UNIT, Role.STOCKTAKER
            )
        for code, name, place in CARDS:
            values = {**VALUES, "code": code, "name": name, "place": place}
            write.insert(conn, organisation.units["图书馆"], values)
    with (
        tempfile.TemporaryDirectory(prefix="panhuo-phone-") as folder,
        Database(copy.url(DatabaseRole.PORTAL)) as database,
    ):
        app = create_app(PortalSettings(), database, Path(folder))
        road = Road(app.wsgi_app)
        app.wsgi_app = road  # type: ignore[method-assign, assignment]
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield Library(address, copy, road, organisation, [code for code, *_ in CARDS])
        server.shutdown()
        thread.join()
        server.server_close()


def qr(text: str | bytes) -> Image.Image:
    """A QR as on a label."""
    return qrcode.make(text, box_size=7, border=3).convert("RGB")  # type: ignore[no-any-return]


def code_128(text: str) -> Image.Image:
    """A Code 128 as on a label."""
    bars, modules = code128.bars(text)
    image = Image.new("RGB", ((modules + 20) * 2, 120), "white")
    draw = ImageDraw.Draw(image)
    for at, wide in bars:
        draw.rectangle((20 + at * 2, 10, 20 + (at + wide) * 2 - 1, 110), "black")
    return image


def film(path: Path, labels: Iterable[Image.Image], frames: int = 30) -> Path:
    """A film of labels, each shown for so many frames, as a camera would give it."""
    with path.open("wb") as file:
        for label in labels:
            frame = Image.new("RGB", (640, 480), "#8a8f8c")
            frame.paste(label, ((640 - label.width) // 2, (480 - label.height) // 2))
            for _frame in range(frames):
                frame.save(file, "JPEG", quality=85)
    return path


class Phone:
    """A browser with a profile on disk: it may die at any moment and be started again."""

    def __init__(self, chromium: Browser, folder: Path, address: str, *flags: str) -> None:
        self.chromium, self.folder, self.address = chromium, folder, address
        self.flags = flags
        self.complaints: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.browser: Browser | None = None

    def start(self, *flags: str) -> Page:
        """Switch on; the page that is open."""
        port_file = self.folder / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        command = [
            CHROMIUM, *FLAGS, *self.flags, *flags, "--remote-debugging-port=0", "--lang=zh-CN",
            f"--user-data-dir={self.folder}", "about:blank",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + WAIT_S
        while not (port_file.exists() and port_file.read_text().strip()):
            assert time.monotonic() < until, "the phone does not start"
            time.sleep(0.05)
        port = port_file.read_text().split("\n")[0]
        self.browser = self.chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}")
        self.speak("zh")
        return self.tab()

    def speak(self, language: str) -> None:
        """The reader's choice of language, as the portal keeps it."""
        cookie = {"name": "language", "value": language, "url": self.address}
        self.context.add_cookies([cookie])  # type: ignore[list-item]

    @property
    def context(self) -> BrowserContext:
        """The profile's own context."""
        assert self.browser is not None
        return self.browser.contexts[0]

    def tab(self) -> Page:
        """One more tab, of a phone's size."""
        page = self.context.new_page()
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.set_default_timeout(WAIT_S * 1000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def unsent(self, page: Page) -> int:
        """How many counts wait on the phone."""
        found = page.evaluate(f"{STORE}.then((store) => store.unsent())")
        assert isinstance(found, int)
        return found

    def send_now(self, page: Page) -> None:
        """Press the button that sends, where it stands: the app may have begun by itself."""
        pressed = "(() => { const one = document.querySelector('[data-send]'); one?.click(); return !!one })()"
        until(page, lambda: self.unsent(page) == 0 or bool(page.evaluate(pressed)))

    def wait_sent(self, page: Page) -> None:
        """Until nothing waits any more."""
        until(page, lambda: self.unsent(page) == 0)

    def open(self, page: Page, at: str = "/") -> None:
        """The app at one of its screens."""
        page.goto(f"{self.address}/app#{at}")

    def sign_in(self, page: Page, login: str = "teller", password: str = PASSWORD) -> None:
        """Open the app as somebody who was never here: it asks who one is."""
        page.goto(f"{self.address}/app")
        page.wait_for_url("**/login?next=/app")
        page.fill("#login", login)
        page.fill("#password", password)
        page.click("form[action='/login'] button")
        page.wait_for_selector("#app .p-tab")

    def sign_in_again(self, page: Page, login: str = "teller") -> None:
        """By the banner that tells that the phone is not signed in any more."""
        page.reload()
        page.click(".p-off[data-state=signed_out] a[href^='/login']")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.click("form[action='/login'] button")
        page.wait_for_selector("#app .p-tab")

    def kill(self) -> None:
        """As when the battery is torn out."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = self.browser = None

    def close(self) -> None:
        """Switch off, and forget everything."""
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
