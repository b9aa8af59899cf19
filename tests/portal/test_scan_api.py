"""The scanners' API: each scan once, a wrong one by itself, tokens that can be revoked (H2, H3)."""

import io
import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from db import Database, scalar, single_connection
from db.roles import DatabaseRole
from ops.demo import PASSWORD
from portal import PortalSettings, api_door, create_app
from portal.openapi import document
from registry import org
from registry.org import User, set_active
from registry.stocktake import Count, Method, counting, devices, reminders, tasks
from registry.stocktake.tasks import Plan
from tests.fixtures.estate import DemoDatabase
from tests.portal.test_doors import aged

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
UNIT = "三亚市人民医院"
NEW = "fresh-lagoon-41"


@pytest.fixture(scope="module")
def app(demo_database: DemoDatabase) -> Iterator[Flask]:
    with Database(demo_database.copy.url(DatabaseRole.PORTAL)) as database:
        yield create_app(PortalSettings(), database, demo_database.data)


def user(demo: DemoDatabase, login: str) -> User:
    with single_connection(demo.copy.url()) as conn:
        key = scalar(conn, "SELECT id FROM app_user WHERE login = %(login)s", login=login)
        assert isinstance(key, int)
        found = org.user(conn, key)
    assert found is not None
    return found


class Gun:
    """A WiFi gun of clerk2's: its token, and the task that it counts."""

    def __init__(self, app: Flask, demo: DemoDatabase, stocktake: int, token: str) -> None:
        self.client, self.demo, self.stocktake = app.test_client(), demo, stocktake
        self.headers = {"Authorization": f"Bearer {token}"}

    def scan(self, code: str, **more: Any) -> dict[str, Any]:
        return {"client_id": str(uuid4()), "stocktake": self.stocktake, "code": code,
                "method": "gun", **more}  # fmt: skip

    def send(self, *scans: Any, **more: Any) -> TestResponse:
        body = {"device_now": datetime.now(UTC).isoformat(), "scans": list(scans), **more}
        return self.client.post("/api/v1/scans", json=body, headers=self.headers)

    def answers(self, *scans: Any, **more: Any) -> list[dict[str, Any]]:
        answer = self.send(*scans, **more)
        assert answer.status_code == 200, answer.text
        return list(answer.json["answers"])  # type: ignore[index]  # JSON

    def stored(self, client: str) -> tuple[Any, ...] | None:
        with single_connection(self.demo.copy.url()) as conn:
            return conn.execute(
                "SELECT standing, outcome, device_id, counted_at FROM stocktake_count"
                " WHERE client_id = %s",
                (client,),
            ).fetchone()

    def moment(self, client: str) -> tuple[Any, ...]:
        """When it was counted, whether its clock was wrong, and when its task began."""
        with single_connection(self.demo.copy.url()) as conn:
            row = conn.execute(
                "SELECT counted_at, clock_wrong, started_at FROM stocktake_count"
                " JOIN stocktake ON stocktake.id = stocktake_id WHERE client_id = %s",
                (client,),
            ).fetchone()
        assert row is not None
        return tuple(row)

    def clock_off(self, client: str) -> timedelta:
        """By how much its device's clock was wrong."""
        query = "SELECT clock_off FROM stocktake_count WHERE client_id = %(client)s"
        with single_connection(self.demo.copy.url()) as conn:
            found = scalar(conn, query, client=client)
        assert isinstance(found, timedelta)
        return found


@pytest.fixture(scope="session")
def stocktake(demo_database: DemoDatabase) -> int:
    clerk, now = user(demo_database, "clerk2"), datetime.now(UTC)
    due = (now + timedelta(days=20)).date()
    with single_connection(demo_database.copy.url()) as conn:
        key = tasks.plan(conn, clerk, Plan("接口盘点", list(Method), due), now, "")
        tasks.start(conn, clerk, key, now - timedelta(hours=2), "")
        part = tasks.Part()
        tasks.hand_over(conn, clerk, key, part, clerk.id, now, "")
        conn.commit()
    return key


@pytest.fixture
def gun(app: Flask, demo_database: DemoDatabase, stocktake: int) -> Gun:
    with single_connection(demo_database.copy.url()) as conn:
        _key, token = devices.add(
            conn, user(demo_database, "clerk2"), "走廊无线枪", datetime.now(UTC), ""
        )
        conn.commit()
    return Gun(app, demo_database, stocktake, token)


@pytest.fixture
def codes(demo_database: DemoDatabase, stocktake: int) -> list[str]:
    """Cards that nobody has counted yet."""
    with single_connection(demo_database.copy.url()) as conn:
        rows = conn.execute(
            "SELECT code FROM stocktake_expected AS expected WHERE stocktake_id = %s AND NOT EXISTS"
            " (SELECT FROM stocktake_count WHERE card_id = expected.card_id AND standing = 'valid')"
            " ORDER BY code LIMIT 50",
            (stocktake,),
        ).fetchall()
    return [code for (code,) in rows]


def sign_in(app: Flask, login: str) -> tuple[FlaskClient, str]:
    """A browser, and its page's CSRF token."""
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token is not None
    client.post("/login", data={"login": login, "password": PASSWORD, "csrf_token": token[1]})
    found = TOKEN.search(client.get("/").text)
    assert found is not None
    return client, found[1]


def test_each_scan_of_a_batch_is_answered_in_its_place(gun: Gun, codes: list[str]) -> None:
    first, second = codes[0], codes[1]
    got = gun.answers(gun.scan(second), gun.scan("旧-0412"), gun.scan(first), gun.scan(second))
    assert [one["outcome"] for one in got] == ["found", "unknown", "found", "again"]
    assert got[0]["code"] == second
    assert got[0]["name"] != ""


def test_retry_is_answered_the_same_and_stored_once(gun: Gun, codes: list[str]) -> None:  # H3
    scan = gun.scan(codes[0])
    first, again = gun.answers(scan)[0], gun.answers(scan)[0]
    assert (first["outcome"], first["repeated"]) == ("found", False)
    assert (again["outcome"], again["repeated"]) == ("found", True)


def test_same_scan_sent_at_once_by_many_is_stored_once(gun: Gun, codes: list[str]) -> None:  # H3
    batch = [gun.scan(code) for code in codes[:8]]
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(gun_again(gun, batch)))
               for _ in range(4)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 4
    assert all(gun.stored(scan["client_id"]) for scan in batch)


def gun_again(gun: Gun, batch: list[dict[str, Any]]) -> int:
    client = gun.client.application.test_client()
    body = {"device_now": datetime.now(UTC).isoformat(), "scans": batch}
    return client.post("/api/v1/scans", json=body, headers=gun.headers).status_code


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"client_id": "7"}, "scan.client_id", "client_id"),
        ({"client_id": None}, "scan.client_id", "client_id"),
        ({"stocktake": "x"}, "scan.stocktake", "stocktake"),
        ({"stocktake": 2**60}, "count.task_closed", None),
        ({"stocktake": True}, "scan.stocktake", "stocktake"),
        ({"method": "telepathy"}, "scan.method", "method"),
        ({"at": "yesterday"}, "scan.at", "at"),
        ({"at": "2026-11-24T09:00:00"}, "scan.at", "at"),
        ({"ago_s": -1}, "scan.ago_s", "ago_s"),
        ({"ago_s": "9"}, "scan.ago_s", "ago_s"),
        ({"ago_s": 1e300}, "scan.ago_s", "ago_s"),
        ({"condition": "lost"}, "scan.condition", "condition"),
        ({"status": "lost"}, "count.status", "status"),
        ({"code": "\0\0"}, "count.code", "code"),
        ({"code": "X" * 513}, "count.code", "code"),
        ({"code": 7}, "scan.field", "code"),
        ({"note": "很" * 501}, "count.text_long", "note"),
        ({"photos": ["a" * 64]}, "count.photo_unknown", "photos"),
        ({"photos": "a"}, "scan.field", "photos"),
        ({"surplus": {"measure": "台"}, "code": ""}, "count.surplus_name", "surplus"),
        ({"surplus": {"name": "很" * 101}, "code": ""}, "value.long", "name"),
        ({"surplus": {"name": "桌", "quantity": "abc"}, "code": ""}, "value.number", "quantity"),
        (
            {"surplus": {"name": "桌", "quantity": "0"}, "code": ""},
            "value.number_range",
            "quantity",
        ),
        (
            {"surplus": {"name": "桌", "quantity": "9" * 20}, "code": ""},
            "value.number_range",
            "quantity",
        ),
        ({"surplus": {"name": "桌", "value": "-5"}, "code": ""}, "value.number_range", "value"),
        ({"surplus": {"name": "桌", "category": "zzz"}, "code": ""}, "value.category", "category"),
        ({"surplus": {"name": "桌", "measure": "长" * 13}, "code": ""}, "value.long", "measure"),
        (
            {"surplus": {"name": "桌", "custodian": "长" * 51}, "code": ""},
            "value.long",
            "custodian",
        ),
        ({"custodian": "长" * 51}, "count.text_long", "custodian"),
        ({"status": "disposed"}, "count.status", "status"),
        ({"status": "lent"}, "count.status", "status"),
        ({"here": "yes"}, "scan.field", "here"),
    ],
)
def test_wrong_scan_is_refused_by_itself_and_the_good_ones_are_kept(
    gun: Gun, codes: list[str], wrong: dict[str, Any], code: str, field: str | None
) -> None:  # J3
    good = gun.scan(codes[0])
    refused, kept = gun.answers(gun.scan(codes[1]) | wrong, good)
    assert (refused["refusal"]["code"], refused["refusal"].get("field")) == (code, field)
    assert re.search(r"[\u3400-\u9fff]", refused["refusal"]["detail"])
    assert kept["outcome"] == "found"
    assert gun.stored(good["client_id"]) is not None


def test_text_that_no_database_keeps_does_no_harm(gun: Gun, codes: list[str]) -> None:
    scan = gun.scan(codes[0], note="a\0b\ud800", raw="\x02TY\x03", place="\u200b走廊")
    assert gun.answers(scan)[0]["outcome"] == "found"


@pytest.mark.parametrize("body", [[], {}, {"scans": {}}, "x", {"scans": None}])
def test_what_is_no_batch_is_refused_whole(gun: Gun, body: Any) -> None:
    answer = gun.client.post("/api/v1/scans", json=body, headers=gun.headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_too_many_and_a_senseless_clock_are_refused_whole(gun: Gun) -> None:
    assert gun.send(*[{} for _ in range(501)]).status_code == 413
    assert gun.send(device_now="now").status_code == 422
    assert gun.answers(*[{} for _ in range(500)])[0]["refusal"]["code"] == "scan.client_id"


def test_devices_wrong_clock_is_set_right(gun: Gun, codes: list[str]) -> None:  # H3
    ahead = datetime.now(UTC) + timedelta(hours=7)
    scan = gun.scan(codes[0], at=(ahead - timedelta(minutes=30)).isoformat())
    gun.answers(scan, device_now=ahead.isoformat())
    row = gun.stored(scan["client_id"])
    assert row is not None
    off = datetime.now(UTC) - timedelta(minutes=30) - row[3]
    assert abs(off) < timedelta(seconds=20)
    assert row[2] is not None  # the device


def test_clock_that_was_mended_between_counting_and_sending_does_no_harm(
    gun: Gun, codes: list[str]
) -> None:  # H3
    long_ago = datetime(2017, 1, 1, tzinfo=UTC).isoformat()
    by_clock, by_seconds, ahead = (
        gun.scan(codes[0], at=long_ago),
        gun.scan(codes[1], at=long_ago, ago_s=0.5),
        gun.scan(codes[2], at=(datetime.now(UTC) + timedelta(days=3)).isoformat()),
    )
    gun.answers(by_clock, by_seconds, ahead)
    told = {one["client_id"]: gun.moment(one["client_id"]) for one in (by_clock, by_seconds, ahead)}
    (first, first_wrong, began), (second, second_wrong, _), (third, third_wrong, _) = told.values()
    assert (first, first_wrong) == (began, True)
    assert abs(datetime.now(UTC) - second) < timedelta(seconds=20)
    assert abs(datetime.now(UTC) - third) < timedelta(seconds=20)
    assert (second_wrong, third_wrong) == (False, True)
    off = {
        one["client_id"]: gun.clock_off(one["client_id"]) for one in (by_clock, by_seconds, ahead)
    }
    earlier, right, later = off.values()
    assert earlier < -timedelta(days=3000)
    assert right == timedelta(0)
    assert abs(later - timedelta(days=3)) < timedelta(seconds=20)


COLLEAGUE = """
    SELECT login FROM app_user
     WHERE unit_id = (SELECT unit_id FROM app_user WHERE login = 'clerk2') AND login <> 'clerk2'
     ORDER BY id LIMIT 1
"""


@pytest.mark.parametrize(
    ("language", "known", "unknown"),
    [
        ("zh", "设备时钟至少差 7 小时，时间按服务器推定", "设备时钟不准，时间按服务器推定"),
        ("en", "was wrong by at least 7 h; this is the server", "clock was wrong; this is the"),
    ],
)
def test_a_wrong_clock_is_told_wherever_somebody_decides_by_the_time(
    app: Flask, gun: Gun, codes: list[str], language: str, known: str, unknown: str
) -> None:  # H3, A7
    now = datetime.now(UTC)
    for code in codes[:2]:
        scan = gun.scan(code, at=(now - timedelta(hours=9, minutes=5)).isoformat(), place="车库")
        gun.answers(scan)  # the task began two hours ago
    with single_connection(gun.demo.copy.url()) as conn:
        login = scalar(conn, COLLEAGUE)
        other = Count(uuid4(), codes[0], Method.HAND, now, place="天台", here=True)
        counting.count(conn, user(gun.demo, str(login)), gun.stocktake, other, now)
    client, _token = sign_in(app, "clerk2")
    client.set_cookie("language", language)
    pages = [
        *(f"/stocktakes/{gun.stocktake}?tab={tab}" for tab in ("counts", "conflicts")),
        f"/stocktakes/{gun.stocktake}?tab=differences&kind=changed",
        f"/cards/{codes[1]}",
    ]
    for page in pages:
        assert known in client.get(page).text.replace("&#39;", "'"), page
    with single_connection(gun.demo.copy.url()) as conn:  # from before this was kept
        conn.execute("UPDATE stocktake_count SET clock_off = '0' WHERE clock_wrong")
    for page in pages:
        text = client.get(page).text.replace("&#39;", "'")
        assert unknown in text, page
        assert known not in text, page


def test_undone_by_its_id_and_undone_twice_is_undone(gun: Gun, codes: list[str]) -> None:
    scan = gun.scan(codes[0])
    gun.answers(scan)
    for _ in range(2):
        answer = gun.client.delete(f"/api/v1/scans/{scan['client_id']}", headers=gun.headers)
        assert (answer.status_code, answer.json) == (
            200, {"client_id": scan["client_id"], "code": codes[0], "by": "", "at": None},
        )  # fmt: skip
    row = gun.stored(scan["client_id"])
    assert row is not None
    assert row[0] == "undone"
    assert gun.client.delete(f"/api/v1/scans/{uuid4()}", headers=gun.headers).status_code == 404


def test_an_undoing_is_answered_with_whose_count_stands_now(gun: Gun, codes: list[str]) -> None:
    scan, now = gun.scan(codes[0], condition="good"), datetime.now(UTC)
    gun.answers(scan)
    with single_connection(gun.demo.copy.url()) as conn:
        other = user(gun.demo, str(scalar(conn, COLLEAGUE)))
        theirs = Count(uuid4(), codes[0], Method.HAND, now, here=True)
        counting.count(conn, other, gun.stocktake, theirs, now)
    told = gun.client.delete(f"/api/v1/scans/{scan['client_id']}", headers=gun.headers).json
    assert told is not None
    assert (told["by"], told["at"]) == (other.name, now.isoformat())
    assert told.keys() == document()["components"]["schemas"]["Undone"]["properties"].keys()


def test_tasks_of_mine_come_with_their_cards_and_an_etag(gun: Gun, codes: list[str]) -> None:
    answer = gun.client.get("/api/v1/stocktakes/mine", headers=gun.headers)
    assert answer.json is not None
    mine = next(one for one in answer.json["stocktakes"] if one["id"] == gun.stocktake)
    assert codes[0] in {card["code"] for card in mine["cards"]}
    headers = gun.headers | {"If-None-Match": answer.headers["ETag"]}
    assert gun.client.get("/api/v1/stocktakes/mine", headers=headers).status_code == 304
    packed = gun.client.get(
        "/api/v1/stocktakes/mine", headers=gun.headers | {"Accept-Encoding": "gzip"}
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    headers = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
    assert (
        gun.client.get("/api/v1/stocktakes/mine", headers=gun.headers | headers).status_code == 304
    )
    gun.answers(gun.scan(codes[0]))
    changed = gun.client.get("/api/v1/stocktakes/mine", headers=gun.headers | headers)
    assert changed.status_code == 200


def test_photo_is_kept_and_goes_with_a_count(gun: Gun, codes: list[str]) -> None:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    form = {"file": (io.BytesIO(out.getvalue()), "现场.jpg")}
    by_form = gun.client.post("/api/v1/photos", data=form, headers=gun.headers)
    by_body = gun.client.post(
        "/api/v1/photos", data=out.getvalue(), headers=gun.headers, content_type="image/jpeg"
    )
    assert by_form.json is not None
    assert by_body.json is not None
    assert by_form.json["digest"] == by_body.json["digest"]
    digest = by_form.json["digest"]
    assert gun.answers(gun.scan(codes[0], photos=[digest]))[0]["outcome"] == "found"
    wrong = gun.client.post(
        "/api/v1/photos", data=b"no picture", headers=gun.headers, content_type="image/png"
    )
    assert (wrong.status_code, wrong.mimetype) == (422, "application/problem+json")


def test_revoked_token_opens_nothing(
    app: Flask, demo_database: DemoDatabase, stocktake: int, codes: list[str]
) -> None:  # H3
    owner = user(demo_database, "clerk2")
    with single_connection(demo_database.copy.url()) as conn:
        key, token = devices.add(conn, owner, "丢了的枪", datetime.now(UTC), "")
        conn.commit()
        lost = Gun(app, demo_database, stocktake, token)
        assert lost.send(lost.scan(codes[0])).status_code == 200
        devices.revoke(conn, owner, key, datetime.now(UTC), "")
        conn.commit()
    answer = lost.send(lost.scan(codes[0]))
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    lost.headers = {"Authorization": "Basic eDp5"}
    assert lost.send().status_code == 401


def test_session_opens_it_with_the_csrf_header_only(app: Flask, stocktake: int) -> None:
    client, token = sign_in(app, "clerk2")
    body: dict[str, Any] = {"scans": []}
    assert client.post("/api/v1/scans", json=body).status_code == 403
    answer = client.post("/api/v1/scans", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 200
    assert client.get("/api/v1/stocktakes/mine").status_code == 200
    assert app.test_client().post("/api/v1/scans", json=body).status_code == 401


@pytest.mark.parametrize(
    ("login", "status"),
    [("counter", 200), ("clerk", 200), ("reviewer", 403), ("auditor", 403), ("admin", 403)],
)
def test_only_who_counts_comes_in(app: Flask, login: str, status: int) -> None:
    client, token = sign_in(app, login)
    headers = {"X-CSRFToken": token}
    assert client.get("/api/v1/stocktakes/mine").status_code == status
    assert client.post("/api/v1/scans", json={"scans": []}, headers=headers).status_code == status
    assert client.post("/api/v1/photos", headers=headers).status_code == (
        400 if status == 200 else 403
    )


def test_another_units_people_count_nothing_here(
    app: Flask, gun: Gun, codes: list[str]
) -> None:  # J4
    client, token = sign_in(app, "counter")
    scan = gun.scan(codes[0])
    answer = client.post("/api/v1/scans", json={"scans": [scan]}, headers={"X-CSRFToken": token})
    assert answer.json is not None
    assert answer.json["answers"][0]["refusal"]["code"] == "count.task_closed"
    theirs = gun.scan(codes[0])
    gun.answers(theirs)
    path = f"/api/v1/scans/{theirs['client_id']}"
    assert client.delete(path, headers={"X-CSRFToken": token}).status_code == 404


def test_reminders_are_sent_by_the_process_of_the_exchange(
    demo_database: DemoDatabase, stocktake: int
) -> None:  # H1
    now = datetime.now(UTC)
    with single_connection(demo_database.copy.url()) as conn:
        conn.execute("UPDATE stocktake SET due_on = now()::date WHERE id = %s", (stocktake,))
        conn.commit()
        with Database(demo_database.copy.url(DatabaseRole.EXCHANGE)) as exchange:
            reminders.run(exchange, now)
        told = conn.execute(
            "SELECT login FROM notice JOIN app_user ON app_user.id = user_id"
            " WHERE event = 'count.due' AND address = %s",
            (f"/stocktakes/{stocktake}",),
        ).fetchall()
    assert ("clerk2",) in told


def test_codes_that_a_gun_ran_together_are_counted_each(gun: Gun, codes: list[str]) -> None:  # H2
    scan = gun.scan("", raw=f"{codes[0]}{codes[1]}\r")
    for repeated in (False, True):
        (answer,) = gun.answers(scan)
        (also,) = answer["also"]
        assert (answer["code"], also["code"]) == (codes[0], codes[1])
        assert (answer["repeated"], also["repeated"]) == (repeated, repeated)
        assert also["client_id"] != answer["client_id"]


@pytest.mark.parametrize("between", ["", " ", "\r\n"])
def test_every_code_of_a_guns_memory_that_comes_in_one_go_is_counted(
    gun: Gun, codes: list[str], between: str
) -> None:  # H2
    memory = codes[:12]
    (answer,) = gun.answers(gun.scan("", raw=between.join(memory)))
    assert [one["code"] for one in (answer, *answer["also"])] == memory
    assert {one["outcome"] for one in (answer, *answer["also"])} == {"found"}
    for one in (answer, *answer["also"]):
        path = f"/api/v1/scans/{one['client_id']}"
        assert gun.client.delete(path, headers=gun.headers).status_code == 200


def test_more_codes_than_one_reading_may_hold_are_refused_as_a_whole(gun: Gun) -> None:  # H2
    memory = [f"XX{number:010}" for number in range(501)]
    most, many, long = (
        gun.scan("", raw=raw) for raw in (" ".join(memory[:500]), " ".join(memory), "A1234 " * 2667)
    )
    kept, refused, too_long = gun.answers(most, many, long)
    assert len(kept["also"]) == 499
    assert refused["refusal"]["code"] == "scan.many_codes"
    assert "501" in refused["refusal"]["detail"]
    assert too_long["refusal"]["code"] == "scan.raw_long"
    assert gun.stored(many["client_id"]) is None


def test_what_a_gun_types_is_read_as_a_code(gun: Gun, codes: list[str]) -> None:  # H2
    address = f"https://panhuo.example.cn/c/{codes[0]}"
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in codes[1])
    got = gun.answers(gun.scan("", raw=address), gun.scan("", raw=wide.lower()))
    assert [one["code"] for one in got] == codes[:2]
    assert [one["outcome"] for one in got] == ["found", "found"]


def test_what_a_camera_read_is_not_mended_as_if_a_keyboard_had_damaged_it(gun: Gun) -> None:
    french = 'TYéàé&&&éà&"'  # a French keyboard's TY2021112013 without Shift
    typed, seen = gun.answers(
        gun.scan("", raw=french), gun.scan("", raw=french, method=Method.APP.value)
    )
    assert typed["code"] == "TY2021112013"
    assert (seen["code"], seen["outcome"]) == (french.upper(), "unknown")


def test_labels_of_another_system_are_different_unknown_codes_kept_whole(gun: Gun) -> None:  # H2
    base = "https://zc.example.gov.cn/" + "section/" * 10 + "hardware/"
    sent = [
        gun.scan("", raw=f"{base}{n}", method=method) for n in (7, 8) for method in ("gun", "app")
    ]
    got = gun.answers(*sent)
    assert [one["outcome"] for one in got] == ["unknown"] * 4
    assert [one["code"] for one in got] == [f"{base}7", f"{base}7", f"{base}8", f"{base}8"]


def test_a_card_that_the_phone_does_not_know_is_found_in_what_it_read(
    gun: Gun, codes: list[str]
) -> None:  # H2, H3
    address, words = f"http://10.1.2.3:8080/assets?id={codes[0]}", f"资产编号:{codes[1]};名称:彩超"
    nobodys = "https://zc.example.gov.cn/hardware/7"
    sent = [gun.scan(text, raw=text, method="app") for text in (address, words.upper(), nobodys)]
    got = gun.answers(*sent)
    assert [one["code"] for one in got] == [*codes[:2], nobodys]
    assert [one["outcome"] for one in got] == ["found", "found", "unknown"]


def phone_of(app: Flask, login: str = "counter") -> tuple[FlaskClient, dict[str, str]]:
    """(somebody's browser, signed in; what its posts bear)."""
    client = app.test_client()
    token = TOKEN.search(client.get("/login").text)
    assert token is not None
    form = {"login": login, "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/login", data=form).status_code == 303
    told = client.get("/app/session").json
    assert told is not None
    return client, {"X-CSRFToken": told["token"]}


def bearer(answer: TestResponse) -> dict[str, str]:
    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    return {"Authorization": f"Bearer {answer.json['token']}"}


def test_phone_signs_in_once_with_the_account_and_out_by_itself(app: Flask) -> None:  # H3
    client, headers = phone_of(app)
    name = {"name": "RMX3085 · Chrome"}
    assert client.post("/api/v1/device", json=name).status_code == 403  # no CSRF header
    mine = bearer(client.post("/api/v1/device", json=name, headers=headers))
    phone = app.test_client()
    assert phone.get("/api/v1/me", headers=mine).json["login"] == "counter"  # type: ignore[index]
    assert phone.post("/api/v1/device", json=name, headers=mine).status_code == 403
    assert "RMX3085 · Chrome" in client.get("/account").text
    assert phone.delete("/api/v1/device", headers=mine).status_code == 204
    assert phone.get("/api/v1/me", headers=mine).status_code == 401
    assert "RMX3085 · Chrome" not in client.get("/account").text
    assert client.delete("/api/v1/device", headers=headers).status_code == 403  # a browser is none


@pytest.mark.parametrize("name", [None, "", "x" * 61, 7])
def test_phone_needs_a_name_to_be_told_apart_by(app: Flask, name: Any) -> None:
    client, headers = phone_of(app)
    answer = client.post("/api/v1/device", json={"name": name}, headers=headers)
    assert answer.status_code == (201 if name == 7 else 422)


@pytest.mark.parametrize(
    "ends",
    ["another password", "everywhere", "ninety days", "expired", "second factor", "deactivated"],
)
def test_phones_and_guns_end_with_what_ends_their_owners_sessions(
    app: Flask, demo_database: DemoDatabase, ends: str
) -> None:  # H3
    client, headers = phone_of(app)
    mine = bearer(client.post("/api/v1/device", json={"name": ends}, headers=headers))
    with single_connection(demo_database.copy.url()) as conn:
        facts = {"login": "counter"}
        gun = devices.add(conn, user(demo_database, "counter"), "枪", datetime.now(UTC), "")[1]
        conn.commit()
        kept = scalar(conn, "SELECT password_hash FROM app_user WHERE login = %(login)s", **facts)
        if ends == "ninety days":
            conn.execute("UPDATE scan_device SET created_at = created_at - interval '91 days', seen_at = seen_at - interval '91 days'")  # fmt: skip
        if ends == "expired":
            conn.execute("UPDATE scan_device SET expires_at = now()")
        if ends == "second factor":
            conn.execute("INSERT INTO second_factor_rule VALUES ('003', 'stocktaker')")
        if ends == "deactivated":
            conn.execute("UPDATE app_user SET active = false WHERE login = %(login)s", facts)
    try:
        if ends == "another password":
            form = {"present": PASSWORD, "password": NEW, "again": NEW}
            changed = client.post("/account/password", data=form, headers=headers)
            assert changed.status_code == 303
        if ends == "everywhere":
            warned = client.post("/account/sign-out-everywhere", headers=headers).text
            mark = re.search(r'name="confirmed" value="(\w+)"', warned)
            assert mark is not None
            sent = {"confirmed": mark[1]}
            answer = client.post("/account/sign-out-everywhere", data=sent, headers=headers)
            assert answer.status_code == 303
        asked = app.test_client().get("/api/v1/me", headers=mine)
        assert asked.status_code == 401
        goes_on = app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {gun}"})
        assert goes_on.status_code == (200 if ends == "ninety days" else 401)  # guns may rest
    finally:
        with single_connection(demo_database.copy.url()) as conn:
            back = "UPDATE app_user SET active = true, password_hash = %(kept)s WHERE login = %(login)s"
            conn.execute(back, {**facts, "kept": kept})
            conn.execute("DELETE FROM second_factor_rule")


def test_guns_that_ended_with_their_owners_deactivation_stay_ended(
    demo_database: DemoDatabase,
) -> None:  # H3
    with single_connection(demo_database.copy.url()) as conn:
        now, owner = datetime.now(UTC), user(demo_database, "counter")
        _key, token = devices.add(conn, owner, "枪", now, "")
        assert devices.signed_in(conn, token, now, "192.0.2.9") is not None
        assert devices.of_user(conn, owner.id)[0].seen_address == "192.0.2.9"
        set_active(conn, "admin", "counter", active=False)
        set_active(conn, "admin", "counter", active=True)
        assert devices.signed_in(conn, token, now) is None
        conn.rollback()


def test_a_phone_stays_signed_in_only_after_the_password_was_typed_just_now(app: Flask) -> None:
    client, headers = phone_of(app)
    aged(app, client, confirmed_at=11)
    refused = client.post("/api/v1/device", json={"name": "RMX3085"}, headers=headers)
    assert refused.status_code == 403
    assert refused.json is not None
    assert refused.json["code"] == "password"


def test_every_operation_of_the_api_is_in_the_document_and_the_other_way_round(app: Flask) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    paths = document()["paths"]
    assert routes == {(path, method) for path, found in paths.items() for method in found}


def test_every_reference_of_the_document_leads_somewhere() -> None:
    made = document()
    text = str(made)
    names = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert names <= made["components"]["schemas"].keys()
    doors = {door for found in made["paths"].values() for one in found.values()
             for way in one["security"] for door in way}  # fmt: skip
    assert doors == made["components"]["securitySchemes"].keys()


def test_an_answer_has_just_the_members_that_the_document_tells(gun: Gun, codes: list[str]) -> None:
    schemas = document()["components"]["schemas"]
    answer, refusal = gun.answers(gun.scan(codes[0]), {})
    assert answer.keys() == schemas["Answer"]["properties"].keys()
    assert refusal.keys() == schemas["Refusal"]["properties"].keys()
    mine = gun.client.get("/api/v1/stocktakes/mine", headers=gun.headers).json
    assert mine is not None
    task = next(one for one in mine["stocktakes"] if one["id"] == gun.stocktake)
    assert task.keys() == schemas["Task"]["properties"].keys()
    assert task["cards"][0].keys() == schemas["ExpectedCard"]["properties"].keys()


def test_door_of_every_scanner_route_asks_for_counting(app: Flask) -> None:
    asked = {
        rule.endpoint: api_door.asked(app, rule.endpoint)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("scan_api.", "phone_api."))
    }
    assert set(asked.values()) == {org.Permission.STOCKTAKE_COUNT}
    answer = app.test_client().get("/api/docs")
    assert answer.status_code == 200
    assert "/api/v1/scans" in answer.text


def test_undo_on_a_stale_page_by_hand_undoes_just_what_it_shows(
    app: Flask, gun: Gun, codes: list[str]
) -> None:  # H2
    client, token = sign_in(app, "clerk2")
    first = gun.scan(codes[0])
    gun.answers(first)
    page = client.get(f"/stocktakes/mine?task={gun.stocktake}").text
    assert f'name="client" value="{first["client_id"]}"' in page
    second = gun.scan(codes[1])
    gun.answers(second)

    def undo(count: dict[str, Any]) -> str:
        form = {"csrf_token": token, "client": count["client_id"]}
        path = f"/stocktakes/{gun.stocktake}/undo"
        return client.post(path, data=form, follow_redirects=True).text

    assert f"之后您又盘了 {codes[1]}" in undo(first)
    assert [(gun.stored(one["client_id"]) or [""])[0] for one in (first, second)] == ["valid"] * 2
    assert f"已撤销：{codes[1]}" in undo(second)
    assert "已经撤销过了" in undo(second)
    assert (gun.stored(first["client_id"]) or [""])[0] == "valid"


@pytest.mark.parametrize("field", ["code", "raw", "note", "place", "custodian"])
@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "b\udfff"])
def test_what_nobody_can_store_of_a_text_is_taken_out_and_the_batch_is_taken(
    gun: Gun, field: str, text: str
) -> None:
    """A phone would send the batch for ever, or lose the count (H2, H3)."""
    odd, plain = gun.scan("X-1"), gun.scan("NEU-00001")
    odd[field] = text
    answers = gun.answers(odd, plain)
    assert all("outcome" in one for one in answers), answers


@pytest.mark.parametrize("address", ["/api/v1/scans", "/api/v1/device"])
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"scans": ' + b"[" * 900 + b"]" * 900 + b"}", b'{"a": NaN}', b"\xff"]
)
def test_json_that_no_device_sends_is_a_bad_request(gun: Gun, address: str, body: bytes) -> None:
    answer = gun.client.post(
        address, data=body, content_type="application/json", headers=gun.headers
    )
    assert 400 <= answer.status_code < 500
