"""The sandbox ministry: asks who asks, decides by itself, and misbehaves as it is told."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.ministry.https import Https
from exchange.ministry.transport import Unreachable
from ops.sandbox_ministry.faults import Faults
from ops.sandbox_ministry.ministry import Habits
from ops.sandbox_ministry.serve import Served, serving
from tests.exchange.ministry.conftest import Open, settings, wait_until


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "m.sqlite", settings("none"), Habits(), others=2, tick_s=0.05) as one:
        wait_until(lambda: len(one.ministry.waiting(0, 9)) == 2)
        yield one


def send(url: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = urllib.request.Request(url, body, named)
    try:
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def road(sandbox: Served, **own: Any) -> Https:
    return Https(settings("https", sandbox.url, **own))


def test_nobody_reads_without_a_signature(sandbox: Served) -> None:
    for path in ("/v1/documents?after=0&limit=50", "/v1/statement"):
        assert send(sandbox.url + path)[0] == 401
        assert send(sandbox.url + path, Authorization="Panhuo sender=460000")[0] == 401
        proof = road(sandbox)._proof(path)["Authorization"]
        assert send(sandbox.url + path, Authorization=proof)[0] == 200
        assert send(sandbox.url + "/v1/documents?after=1", Authorization=proof)[0] == 401
        fields = proof.split(",")
        old = ",".join([*fields[:2], f"time={int(time.time()) - 900}", fields[3]])
        assert send(sandbox.url + path, Authorization=old)[0] == 401


def test_what_comes_down_is_paged(sandbox: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.ministry.https.AT_ONCE", 1)
    assert len(list(road(sandbox).arrivals())) == 2


def test_faults_are_set_and_shown(sandbox: Served) -> None:
    body = json.dumps({"fail": 1, "reorder": True}).encode()
    status, text = send(f"{sandbox.url}/control", body, Content_Type="application/json")
    assert (status, json.loads(text)["reorder"]) == (200, True)
    with pytest.raises(Unreachable, match="HTTP 503"):
        list(road(sandbox).arrivals())
    for wrong in ({"fail": 99}, {"fail": "much"}, {"explode": 1}):
        body = json.dumps(wrong).encode()
        assert send(f"{sandbox.url}/control", body, Content_Type="application/json")[0] == 400
    assert Faults.of(sandbox.ministry.store) == Faults(fail=1.0, reorder=True)
    Faults(delay_s=2).keep(sandbox.ministry.store)
    with pytest.raises(Unreachable, match="Timeout"):
        list(road(sandbox, ministry_timeout_s=0.2).arrivals())


def test_page_has_buttons_that_other_sites_cannot_press(sandbox: Served) -> None:
    status, text = send(sandbox.url)
    assert status == 200
    assert "外省发布" in text
    assert "<style" not in text
    form = urllib.parse.urlencode({"document": "delist"}).encode()
    row = sandbox.ministry.store.one("SELECT uid FROM elsewhere")
    address = f"{sandbox.url}/elsewhere/{row['uid']}"
    assert send(address, form, Sec_Fetch_Site="cross-site")[0] == 403
    assert send(address, form, Sec_Fetch_Site="same-origin")[0] == 200
    states = [one["state"] for one in sandbox.ministry.store.rows("SELECT state FROM elsewhere")]
    assert sorted(states) == ["delisted", "listed"]


def test_it_decides_after_a_while_and_returns_every_second(open_province: Open) -> None:
    province = open_province("https", habits=Habits(0.05, 2))
    made = [province.publish() for _ in range(4)]

    def standings() -> list[str]:
        return sorted(province.listing(one.id).ministry.value for one in made)

    province.turns(lambda: standings() == ["decided", "decided", "returned", "returned"])
    assert all(
        bool(province.listing(one.id).opinion) == (province.listing(one.id).ministry == "returned")
        for one in made
    )
