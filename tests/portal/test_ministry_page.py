"""What the ministry's page tells of a comparison, to whom (F3, J4)."""

import json
from collections.abc import Iterator

import pytest

from db import single_connection
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import stands_everywhere

UID = "3f0d0c6e-0a51-4f6b-8a3e-5b1d9c7e2a44"
MANY = 104
KEEP = """
    INSERT INTO ministry_reconciliation (actor, at, listings, on_the_way, differences)
    VALUES ('system:test', now(), 7, 2, %s) RETURNING id
"""


def found(kind: str, name: str, uid: str | None, **facts: str) -> dict[str, object]:
    return {
        "kind": kind,
        "name": name,
        "uid": uid,
        "listing_id": 9 if uid else None,
        "facts": facts,
    }


@pytest.fixture
def compared(portal: Portal) -> Iterator[None]:
    """The last comparison has found more than a page shows."""
    differences = [
        found("no_listing", "缩微阅读机", None, sheet="TJ-2026-0042", code="YS2026000777"),
        found("card_differs", "投影仪", UID, fields="name, original_value"),
        found("behind_here", "服务器", UID, awaited="3", since="2026-11-24T02:00+00:00",
              refused="malformed: quantity"),
        found("standing", "扫描仪", UID, here="reported", above="returned"),
        *(found("content", "书架", UID, here="0" * 12, above="f" * 12) for _ in range(MANY - 4)),
    ]  # fmt: skip
    with single_connection(portal.database.url(), autocommit=True) as conn:
        (key,) = conn.execute(KEEP, (json.dumps(differences),)).fetchone() or (0,)
        yield
        conn.execute("DELETE FROM ministry_reconciliation WHERE id = %s", (key,))


REFUSED = """
    INSERT INTO ministry_received (document_id, document, outcome, reason, body, received_at,
                                   digest, last_at)
    VALUES ('d', 'decision', 'refused', 'gap: 3 is next', '{}', now(), 'page', now()) RETURNING id
"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("language", "words"), [("zh", "下一份应是第 3 号"), ("en", "number 3 is next")]
)
def test_what_exactly_was_wrong_is_said_in_the_readers_language(
    portal: Portal, visit: Visit, language: str, words: str
) -> None:
    with single_connection(portal.database.url(), autocommit=True) as conn:
        (key,) = conn.execute(REFUSED).fetchone() or (0,)
        text = visit("/ministry", login="admin", language=language).inner_text("main")
        conn.execute("DELETE FROM ministry_received WHERE id = %s", (key,))
    assert words in text


@pytest.mark.browser
def test_administrator_sees_what_differs_but_not_what_sheets_say(
    visit: Visit, compared: None
) -> None:
    text = visit("/ministry", login="admin").inner_text("main")
    for told in ("TJ-2026-0042", "不同的项：资产名称、资产原值", "等待的序号：3",
                 "拒收原因：内容不符合约定（quantity）", "本系统：01-待财政部审核 · 汇总系统：财政部退回",
                 "只显示前 100 处；全部差异：panhuo ministry reconcile", "104 处差异"):  # fmt: skip
        assert told in text
    assert "缩微阅读机" not in text
    assert "YS2026000777" not in text


@pytest.mark.browser
def test_who_reads_sheets_sees_names_and_codes_in_english_too(visit: Visit, compared: None) -> None:
    page = visit("/ministry", login="auditor", language="en", theme="dark")
    text = page.inner_text("main")
    assert "缩微阅读机" in text
    assert "Code: YS2026000777" in text
    assert "Fields: Name, Original value" in text
    assert "Only the first 100 are shown" in text
    stands_everywhere(page)
