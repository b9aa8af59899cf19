"""What people do with cards, as they do it: drafting, reviewing, importing, exporting."""

import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from db import audit, scalar, single_connection
from registry import cards, review
from registry.cards import changes
from registry.cards.drafting import Typed
from registry.review import Action
from tests.fixtures.browser import Portal, Visit
from tests.portal.pages import go_on, toast, words_of
from tests.portal.rooms import new_card, person

pytestmark = pytest.mark.browser


def free_card(portal: Portal, status: str, unit: str = "海口市图书馆", skip: int = 0) -> str:
    """The code of a card that no change waits for."""
    with single_connection(portal.database.url()) as conn:
        code = scalar(
            conn,
            "SELECT card.code FROM card JOIN unit ON unit.id = card.unit_id "
            "WHERE unit.name = %(unit)s AND status = %(status)s AND type = 'general_equipment' "
            "AND NOT EXISTS (SELECT FROM card_change WHERE card_id = card.id) "
            "AND NOT EXISTS (SELECT FROM binding WHERE card_id = card.id) ORDER BY card.code OFFSET %(skip)s LIMIT 1",
            unit=unit, status=status, skip=skip,
        )  # fmt: skip
    assert isinstance(code, str)
    return code


def picture(folder: Path, name: str, colour: str) -> Path:
    path = folder / name
    Image.effect_noise((640, 480), 40).convert("RGB").save(path, quality=80)
    with Image.open(path) as image:
        Image.blend(image, Image.new("RGB", image.size, colour), 0.5).save(path)
    return path


def test_idle_with_a_photo_drafted_approved_shown_told_and_hidden_from_others(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    code = free_card(portal, "in_use")
    page = visit(f"/cards/{code}")
    page.click("text=发起变动")
    page.click(".p-sheet a:has-text('状态变动')")
    page.select_option("#f-status", "idle")
    page.fill("#f-place", "地下一层库房")
    page.fill("#f-reason", "部门合并，多出一台。")
    page.set_input_files("#f-photos", picture(tmp_path, "正面.jpg", "teal"))
    page.wait_for_selector("[data-name=photos] img[alt='新照片']")
    page.click("text=保存并送审")
    page.wait_for_load_state()
    assert "已送审，下一环节：单位审核" in toast(page)
    address = page.url
    assert "待单位审核" in page.inner_text("h1")
    assert "在用" in page.inner_text(".p-diff")
    assert "闲置" in page.inner_text(".p-diff")

    card = visit(f"/cards/{code}")
    assert "终审前卡片不变" in card.inner_text(".p-pend")
    assert "在用" in card.inner_text(".p-tags")

    reviewer = visit("/changes", login="reviewer")
    reviewer.goto(address)
    reviewer.fill("#opinion", "情况属实")
    reviewer.click("text=审核通过")
    reviewer.wait_for_load_state()
    assert "已终审，卡片已更新" in toast(reviewer)
    assert "情况属实" in reviewer.inner_text(".p-trail")

    card.reload()
    assert "闲置" in card.inner_text(".p-tags")
    assert "地下一层库房" in card.inner_text(".p-brief")
    assert "状态变动" in card.inner_text(".ph-line")
    card.click("nav.ph-tabs a:has-text('变动')")
    expect(card.locator(".ph-table")).to_contain_text("状态变动")

    number = re.search(r"BD-\d{4}-\d{6}", card.inner_text(".ph-table"))
    assert number is not None
    with single_connection(portal.database.url()) as conn:
        told = [action for (action,) in conn.execute(
            "SELECT action FROM audit_entry WHERE subject = %s ORDER BY id", (f"card_change:{number[0]}",)
        )]  # fmt: skip
        assert told == ["card_change.drafted", "card_change.submitted", "card_change.approved"]
        assert audit.verify(audit.entries(conn), audit.head(conn)).breaks == ()
        digests = [row[0] for row in conn.execute(
            "SELECT digest FROM photo JOIN card ON card.id = card_id WHERE code = %s", (code,)
        )]  # fmt: skip
    assert digests

    change = address.rpartition("/")[2].partition("?")[0]
    stranger = visit("/cards", login="clerk2")
    for path in (
        f"/cards/{code}", f"/cards/{code}?tab=changes", f"/cards/{code}?tab=files", f"/changes/{change}",
        f"/changes/{change}/edit", f"/monitoring/assets/{code}", *(f"/photos/{digest}" for digest in digests),
    ):  # fmt: skip
        answer = stranger.request.get(path)
        assert (path, answer.status) == (path, 404)
    for path in (f"/changes/new?card={code}&kind=status", f"/changes/new?card={code}"):
        answer = stranger.request.get(path)
        assert answer.status == 422
        assert f"没有编号或名称是“{code}”的卡片" in answer.text()
    for path in (f"/cards?q={code}", f"/changes?tab=done&q={number[0]}", f"/inbox?q={code}", "/"):
        assert code not in stranger.request.get(path).text().replace(f'value="{code}"', "").replace(
            f"q={code}", ""
        ).replace(f'title="{code}">{code}<', "")
    assert code not in stranger.request.get("/cards/export?format=csv").text()
    assert stranger.request.get(f"/audit?q={code}").status == 403


def test_two_reviewers_with_the_same_page_open_one_acts_the_other_is_told(
    visit: Visit, portal: Portal
) -> None:
    code = free_card(portal, "in_use", skip=1)
    page = visit(f"/changes/new?card={code}&kind=shareable")
    page.select_option("#f-shareable", "true")
    page.click("text=保存并送审")
    page.wait_for_load_state()
    first, second = visit(page.url, login="reviewer"), visit(page.url, login="reviewer")
    first.click("text=审核通过")
    first.wait_for_load_state()
    second.fill("#opinion", "照片不清楚")
    second.click("button:has-text('退回')")
    second.wait_for_load_state()
    assert "陈志远" in toast(second)
    assert "审核通过" in toast(second)
    assert "已终审" in second.inner_text("h1")


def test_a_form_with_mistakes_keeps_what_was_typed_and_says_what_to_mend(visit: Visit) -> None:
    page = visit("/changes/new?kind=register&type=vehicle")
    page.fill("#f-name", "公务轿车")
    page.fill("#f-plate", "琼A·12345")
    page.fill("#f-original_value", "很贵")
    page.click("text=存为草稿")
    page.wait_for_load_state()
    assert page.input_value("#f-name") == "公务轿车"
    assert page.input_value("#f-plate") == "琼A·12345"
    assert "不是数字" in page.inner_text("#f-original_value-e")
    assert "请填写" in page.inner_text("#f-code-e")
    assert page.get_attribute("#f-code", "aria-invalid") == "true"


def test_a_split_says_by_how_much_it_is_off_until_it_adds_up(visit: Visit, portal: Portal) -> None:
    with single_connection(portal.database.url()) as conn:
        code = scalar(conn, "SELECT card.code FROM card JOIN unit ON unit.id = unit_id WHERE unit.name = '海口市图书馆' "
                            "AND quantity = 4 AND status = 'in_use' AND type = 'furniture' "
                            "AND NOT EXISTS (SELECT FROM card_change WHERE card_id = card.id) LIMIT 1")  # fmt: skip
    page = visit(f"/changes/new?card={code}&kind=split")
    page.fill("#f-part-1-quantity", "3")
    assert "相差" in page.inner_text("[data-sum=quantity]")
    page.click("text=保存并送审")
    page.wait_for_load_state()
    assert "相差 +1.00" in page.inner_text("#parts-e")
    page.fill("#f-part-2-quantity", "1")
    assert "相符" in page.inner_text("[data-sum=quantity]")
    page.click("text=保存并送审")
    page.wait_for_load_state()
    assert "已送审" in toast(page)


def test_a_returned_change_is_mended_and_submitted_again(visit: Visit, portal: Portal) -> None:
    code = free_card(portal, "in_use", skip=2)
    page = visit(f"/changes/new?card={code}&kind=status")
    page.select_option("#f-status", "idle")
    page.click("text=保存并送审")
    page.wait_for_load_state()
    reviewer = visit(page.url, login="reviewer")
    reviewer.click("button:has-text('退回')")  # without a reason
    reviewer.wait_for_load_state()
    assert "请写明原因" in reviewer.inner_text("#opinion-e")
    reviewer.fill("#opinion", "请写明闲置原因")
    reviewer.click("button:has-text('退回')")
    reviewer.wait_for_load_state()
    page.reload()
    assert "单位审核退回" in page.inner_text("h1")
    page.click("text=修改")
    told = words_of(page, "[data-returned]")
    assert "单位审核退回" in told
    assert "陈志远" in told
    assert "请写明闲置原因" in told
    page.fill("#f-reason", "设备更新后停用")
    page.click("text=保存并送审")
    page.wait_for_load_state()
    assert "待单位审核" in page.inner_text("h1")
    assert page.locator(".p-trail tbody tr").count() == 3


def test_the_second_tabs_edit_of_a_change_is_kept_until_its_writer_decides(
    visit: Visit, portal: Portal
) -> None:
    page = visit(f"/changes/new?card={new_card(portal, '书梯')}&kind=status")
    page.select_option("#f-status", "to_dispose")
    page.click("text=存为草稿")
    page.wait_for_load_state()
    draft = page.url
    first, second = visit(f"{draft}/edit"), visit(f"{draft}/edit")
    first.fill("#f-reason", "第一页写的")
    first.click("text=存为草稿")
    first.wait_for_load_state()
    second.fill("#f-reason", "第二页写的")
    second.click("text=存为草稿")
    second.wait_for_selector("[data-clash]")
    assert "刚才有人修改过" in second.inner_text("[data-clash]")
    assert second.input_value("#f-reason") == "第二页写的"
    page.reload()
    assert "第一页写的" in page.inner_text("main")
    second.click("text=存为草稿")
    second.wait_for_url(draft)
    assert "第二页写的" in second.inner_text("main")


def test_submitted_is_recalled_edited_and_deleted(visit: Visit, portal: Portal) -> None:
    code = free_card(portal, "in_use", skip=3)
    page = visit(f"/changes/new?card={code}&kind=attributes")
    page.fill("#f-brand", "联想")
    page.click("text=保存并送审")
    page.wait_for_load_state()
    page.click("text=取消送审")
    go_on(page)
    assert "可以继续修改" in toast(page)
    page.click("text=作废")
    assert "不能恢复" in go_on(page)
    assert "单据已作废" in toast(page)
    assert code not in page.inner_text("main")


def test_a_file_is_checked_mended_imported_and_approved(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    heads = [
        "资产编号",
        "资产名称",
        "资产分类",
        "卡片类型",
        "数量（面积）",
        "计量单位",
        "资产原值",
        "资产状态",
        "是否共享共用",
    ]
    good = ["DR2026000001", "碎纸机", "A02010105", "通用设备", "1", "台", "1,200", "在用", "否"]

    def sheet(*rows: list[str]) -> Path:
        text = io.StringIO()
        csv.writer(text).writerows([heads, *rows])
        path = tmp_path / "导入.csv"
        path.write_bytes(text.getvalue().encode("gb18030"))
        return path

    page = visit("/cards/import")
    large = tmp_path / "太大.csv"
    large.write_bytes(b"x" * 20_100_000)
    page.set_input_files("#f-file", large)  # said before it is sent
    assert "“太大.csv”有 20.1 MB，超过 20 MB" in page.eval_on_selector(
        "#f-file", "one => one.validationMessage"
    )
    page.set_input_files("#f-file", sheet(good, [*good[:6], "很多", *good[7:]]))
    page.click("text=检查文件")
    page.wait_for_load_state()
    assert "不是数字" in page.inner_text(".p-errors")
    assert "与第 2 行重复" in page.inner_text(".p-errors")
    with page.expect_download() as download:
        page.click("text=下载待改正的行")
    assert download.value.suggested_filename == "待改正-导入.xlsx"
    page.set_input_files("#f-file", sheet(good, ["DR2026000002", *good[1:]]))
    page.click("text=检查文件")
    page.wait_for_load_state()
    page.click("text=导入并送审")
    page.wait_for_load_state()
    assert "已送审" in toast(page)
    assert "共 2 张新卡片" in page.inner_text("main")
    reviewer = visit(page.url, login="reviewer")
    reviewer.click("text=审核通过")
    reviewer.wait_for_load_state()
    assert "已终审" in toast(reviewer)
    page.goto("/cards?q=碎纸机")
    assert page.locator("table tbody tr").count() == 2


def test_photos_are_dropped_and_taken_away_again(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    code = free_card(portal, "in_use", skip=4)
    page = visit(f"/changes/new?card={code}&kind=attributes")
    before = page.locator("input[type=hidden][name=photos]").count()
    path = picture(tmp_path, "a.png", "navy")
    data = page.evaluate_handle(
        """async ([bytes, name]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], name, {type: 'image/png'}));
          return transfer;
        }""",
        [list(path.read_bytes()), "a.png"],
    )
    page.dispatch_event("[data-name=photos]", "drop", {"dataTransfer": data})
    page.wait_for_selector("[data-name=photos] img[alt='新照片']")
    hidden = page.locator("[data-name=photos] [data-kept] input[name=photos]")
    expect(hidden).to_have_count(before + 1)
    page.click("[data-name=photos] [data-kept] li:last-child [data-remove]")
    expect(hidden).to_have_count(before)


def test_a_file_that_is_no_picture_is_refused_beside_the_field(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    code = free_card(portal, "in_use", skip=4)
    page = visit(f"/changes/new?card={code}&kind=attributes")
    wrong = tmp_path / "x.jpg"
    wrong.write_bytes(b"<script>alert(1)</script>")
    large = tmp_path / "太大.jpg"
    large.write_bytes(b"\xff\xd8" + b"x" * 15_100_000)
    page.set_input_files("#f-photos", large)
    page.wait_for_selector("[data-name=photos] [data-refusal] >> text=“太大.jpg”有 15.1 MB")
    page.set_input_files("#f-photos", wrong)
    refusal = page.locator("[data-name=photos] [data-refusal]")
    expect(refusal).to_contain_text("这不是可用的图片")


def received(portal: Portal, attached: str) -> int:
    """A draft of the hospital's, of a card of the library that has an attachment of this name."""
    code, now, content = free_card(portal, "in_use", skip=5), datetime.now(UTC), attached.encode()
    with single_connection(portal.database.url()) as conn:
        giver, clerk2 = person(conn, "clerk"), person(conn, "clerk2")
        file = cards.uploads.keep(
            conn, portal.data, giver, cards.uploads.document(attached, content), now
        )
        origin = cards.card(conn, giver.id, code)
        assert origin is not None
        cards.uploads.set_attachments(conn, origin.id, giver.unit_id, [file.digest])
        cleared = dict.fromkeys(("using_section", "managing_section", "custodian", "place"), "")
        values = {**changes.before_of(conn, origin), **cleared, "code": f"{code}-T9"}
        typed = Typed(values, photos=(), attachments=(file.digest,))
        return changes.draft_received(conn, clerk2, origin, typed, "海口市图书馆", now)


def test_a_received_cards_attachment_stays_when_another_is_added(
    visit: Visit, portal: Portal, tmp_path: Path
) -> None:
    change, mine = received(portal, "验收单.txt"), tmp_path / "收条.txt"
    mine.write_text("收条", "utf-8")
    page = visit(f"/changes/{change}/edit", login="clerk2")
    kept = page.locator("[data-name=attachments] [data-kept] li")
    page.set_input_files("#f-attachments", mine)
    expect(kept).to_contain_text(["验收单.txt", "收条.txt"])
    page.click("text=存为草稿")
    page.click("a:has-text('修改')")
    expect(kept).to_contain_text(["验收单.txt", "收条.txt"])
    page.goto(f"/changes/{change}")
    for name in ("验收单.txt", "收条.txt"):
        address = page.get_attribute(f"a:has-text('{name}')", "href")
        assert page.request.get(f"{portal.address}{address}").ok


def test_filters_are_kept_under_a_name_and_forgotten(visit: Visit) -> None:
    page = visit("/cards?status=in_use&sort=value")
    page.click("text=筛选方案")
    page.fill("[name=name]", "贵重在用")
    page.click("form[action='/cards/filters'] button:has-text('保存')")
    page.wait_for_load_state()
    assert "已保存" in toast(page)
    page.goto("/cards")
    page.click("text=筛选方案")
    page.click("text=贵重在用")
    page.wait_for_load_state()
    assert "status=in_use" in page.url
    assert "sort=value" in page.url


def test_export_of_the_filtered_list_holds_just_that_and_is_audited(
    visit: Visit, portal: Portal
) -> None:
    for _number in range(3):
        new_card(portal, "导出用的书车")
    new_card(portal, "导出用的书车", status="in_use")
    page = visit("/cards?status=idle&q=导出用的书车")
    shown = page.locator("table tbody tr").count()
    address = "/cards/export?status=idle&q=导出用的书车&format=csv"
    text = page.request.get(address).body().decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == shown == 3
    assert {line["资产状态"] for line in lines} == {"闲置"}
    with single_connection(portal.database.url()) as conn:
        facts = scalar(
            conn,
            "SELECT facts FROM audit_entry WHERE action = 'card.exported' ORDER BY id DESC LIMIT 1",
        )
    assert isinstance(facts, dict)
    assert (facts["cards"], facts["filters"]) == (shown, {"status": "idle", "q": "导出用的书车"})


def test_the_time_line_tells_to_whom_a_card_was_handed(visit: Visit, portal: Portal) -> None:
    code = new_card(portal, "移动工作台")
    with single_connection(portal.database.url()) as conn, conn.transaction():
        now, values = datetime.now(UTC), {"using_section": "办公室", "custodian": "李小梅"}
        made = changes.draft(conn, person(conn, "clerk"), cards.ChangeKind.REQUISITION, code,
                             Typed({**values, "taken_on": "2026-11-20"}), now)  # fmt: skip
        assert isinstance(made, int), made
        for login, action in (("clerk", Action.SUBMIT), ("reviewer", Action.APPROVE)):
            who = person(conn, login)
            seen = review.standing(conn, changes.require(conn, who, made).review_id).version
            changes.act(conn, who, made, action, seen, "", now, "")
    page = visit(f"/cards/{code}")
    expect(page.locator(".ph-line li").first).to_contain_text("→ 办公室 · 李小梅 · 2026-11-20")
