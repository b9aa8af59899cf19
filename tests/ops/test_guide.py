"""The operating guide, followed to the letter: from nothing to the first suggestion, on real parts.

Its shell blocks run as they stand in one shell; only what the second step sets has other values.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest import broker
from tests.fixtures.browser import WAIT_MS, sign_in
from tests.fixtures.ports import own_port
from tests.ops.installation import installation, own_server

ROOT: Final = Path(__file__).resolve().parents[2]
SECTION: Final = re.compile(r"^## From nothing to the first suggestion\n(.*?)^### ", re.M | re.S)
STEP: Final = re.compile(r"^\*\*(\d+)\. ", re.M)
BLOCK: Final = re.compile(r"^```sh\n(.*?)^```\n", re.M | re.S)
YOURS: Final = re.compile(r"^export (\w+)=(\S+)", re.M)
OWN: Final = "quiet-harbour-72"  # the password that people choose
CARD: Final = "ZY2026000001"
PATIENCE_S: Final = 900  # of one step, where others want the cores

pytestmark = [pytest.mark.broker, pytest.mark.browser]


def steps() -> dict[int, str]:
    """The shell of each step."""
    section = SECTION.search((ROOT / "docs/operating.md").read_text())
    assert section
    _before, *parts = STEP.split(section[1])
    numbered = zip(parts[::2], parts[1::2], strict=True)
    return {int(number): "".join(BLOCK.findall(text)) for number, text in numbered}


class Shell:
    """One shell that reads the guide; it ends at the first command that fails."""

    def __init__(self, folder: Path) -> None:
        """A shell in an empty folder, with the `panhuo` of this checkout before all others."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        clean = {name: word for name, word in os.environ.items() if "PANHUO" not in name}
        self.said = folder.parent / "said.txt"
        self._output = self.said.open("w")
        self._process = subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail"], cwd=folder, env={**clean, "PATH": path, "LANG": "C.UTF-8"},
            stdin=subprocess.PIPE, stdout=self._output, stderr=self._output, text=True,
            start_new_session=True,
        )  # fmt: skip

    def run(self, text: str) -> str:
        """Run this; all that was said so far."""
        done = self.said.with_name("done")
        done.unlink(missing_ok=True)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\ntouch {done}\n")
        self._process.stdin.flush()
        deadline = time.monotonic() + PATIENCE_S
        while not done.exists():
            assert self._process.poll() is None, self.said.read_text()[-3000:]
            assert time.monotonic() < deadline, self.said.read_text()[-3000:]
            time.sleep(0.1)
        return self.said.read_text()

    def end(self) -> None:
        """End it, and all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()
        self._output.close()


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    folder = tmp_path / "work"
    folder.mkdir()
    yield Shell(folder)
    shutil.rmtree(broker.folder(tmp_path / "data"), ignore_errors=True)


def test_guide_leads_a_stranger_from_nothing_to_the_first_suggestion(
    shell: Shell, chromium: Browser, tmp_path: Path
) -> None:
    text, took = steps(), dict[int, float]()
    assert list(text) == [1, 2, 3, 4, 5, 6, 7, 8]
    with (
        own_server(tmp_path / "server") as running,
        installation(running, tmp_path / "data", "CREATEROLE CREATEDB") as made,
    ):
        portal = own_port(16_500)
        values = {
            "PANHUO_DATA": str(made.data),
            "PANHUO_DATABASE_URL": made.admin_url,
            "PANHUO_BROKER_PORT": str(own_port(23_000)),
            "PANHUO_PORTAL_PORT": str(portal),
        }
        assert {name for name, _value in YOURS.findall(text[2])} == values.keys()
        text[2] = YOURS.sub(lambda one: f"export {one[1]}='{values[one[1]]}'", text[2])
        try:
            for number, script in text.items():
                began = time.monotonic()
                if number == 8:
                    see_the_suggestion(chromium, portal)
                shell.run(script)
                if number == 5:
                    bring_in_the_card(
                        chromium, portal, passwords(shell), tmp_path / "work/cards.csv"
                    )
                took[number] = time.monotonic() - began
        finally:
            shell.end()  # before the server that it stands on
    said = shell.said.read_text()
    assert "is proven, by 李工" in said
    assert "unbroken. Head:" in said
    seconds = {number: round(duration, 1) for number, duration in took.items()}
    (tmp_path / "steps.json").write_text(json.dumps(seconds))


def passwords(shell: Shell) -> dict[str, str]:
    """What `panhuo user add` printed, by login."""
    found = re.findall(
        r"Password \(shown this once\): (\S+)\n.*\n(\w+) may", shell.said.read_text()
    )
    return {login: word for word, login in found}


def signed_in(chromium: Browser, portal: int, login: str, word: str) -> Page:
    context = chromium.new_context(locale="zh-CN", base_url=f"http://127.0.0.1:{portal}")
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    sign_in(page, login, word)
    return page


def signed_in_first(chromium: Browser, portal: int, login: str, word: str) -> Page:
    """With the password that was printed, which is changed before anything else."""
    page = signed_in(chromium, portal, login, word)
    page.fill("[name=present]", word)
    for field in ("password", "again"):
        page.fill(f"[name={field}]", OWN)
    page.click("form[action='/account/password'] button.btn-primary")
    page.wait_for_url("**/")
    return page


def bring_in_the_card(chromium: Browser, portal: int, words: dict[str, str], file: Path) -> None:
    """As step 5 says."""
    clerk = signed_in_first(chromium, portal, "clerk", words["clerk"])
    clerk.goto("/cards/import")
    clerk.set_input_files("#f-file", file)
    clerk.click("text=检查文件")
    clerk.click("text=导入并送审")
    expect(clerk.locator(".ph-toast")).to_contain_text("已送审")
    director = signed_in_first(chromium, portal, "director", words["director"])
    director.goto(clerk.url)
    director.click("text=审核通过")
    expect(director.locator(".ph-toast")).to_contain_text("已终审")
    for page in (clerk, director):
        page.context.close()


def see_the_suggestion(chromium: Browser, portal: int) -> None:
    """As step 8 says."""
    clerk = signed_in(chromium, portal, "clerk", OWN)
    clerk.goto("/suggestions")
    expect(clerk.locator("main")).to_contain_text(CARD)
    expect(clerk.locator("main")).to_contain_text("台式计算机")
    clerk.context.close()
