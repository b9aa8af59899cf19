"""The operations of scanners: scans, tasks, photos."""

from typing import Final

from portal.openapi.parts import (
    AMOUNT,
    DAY,
    DEVICE,
    DIGEST,
    ID,
    MOMENT,
    REFUSED,
    TEXT,
    WHOLE,
    YES,
    Json,
    answer,
    listed,
    problem,
    record,
    ref,
)
from portal.scan_asked import MOST
from portal.scan_read import MOST_TOGETHER
from registry.stocktake import Condition, Method, Outcome, Standing
from registry.stocktake.scan import LONGEST_AGO, MOST_PHOTOS, OF_SURPLUS, SEEN_AS
from scanner.decode.gun import LONGEST

CLIENT: Final[Json] = {"name": "client", "in": "path", "required": True, "schema": ID}


def _one_of(words: object, **more: object) -> Json:
    return {"type": "string", "enum": list(words), **more}  # type: ignore[call-overload]  # an enum


SCHEMAS: Final[dict[str, Json]] = {
    "Scan": record(
        ("client_id", "stocktake", "method"),
        client_id={**ID, "description": "Made once where it was counted; a retry bears the same."},
        stocktake={**WHOLE, "description": "The task's id."},
        code={**TEXT, "description": "The code, taken as it is."},
        raw={
            **TEXT,
            "description": "As the gun typed it. Without `code` the codes are read out of it:"
            " prefixes, addresses, other keyboards, codes that ran together; of the methods"
            " app and picture as a camera read it, which no keyboard damages. Up to"
            f" {MOST_TOGETHER} codes in {LONGEST} characters; more are refused, all of them.",
        },
        method=_one_of(Method),
        at={
            **MOMENT,
            "description": "When, by the device's clock. Left out: now. Never kept as earlier than"
            " the task's start nor later than now.",
        },
        ago_s={
            "type": "number",
            "minimum": 0,
            "maximum": int(LONGEST_AGO.total_seconds()),
            "description": "How many seconds before sending, by a clock of the device's that nobody"
            " sets (monotonic). Given, it is believed before `at`.",
        },
        condition=_one_of(["", *Condition]),
        status=_one_of(["", *SEEN_AS], description="As seen; '': as on the card."),
        place={"type": ["string", "null"], "description": "Null: as on the card."},
        custodian={"type": ["string", "null"], "description": "Null: as on the card."},
        note=TEXT,
        photos=listed(DIGEST, maxItems=MOST_PHOTOS),
        surplus={
            **record((), **dict.fromkeys(OF_SURPLUS, TEXT)),
            "description": "A thing without a card: its name, and what else is known, by the rules"
            " of a card's values. A category by code or name; a number above 0; a value in yuan.",
        },
        doubtful={**YES, "description": "To be looked at again."},
        here={**YES, "description": "Counted although the card is another's to count."},
    ),
    "Batch": record(
        ("scans",),
        device_now={**MOMENT, "description": "The device's clock; ours corrects it."},
        scans=listed(ref("Scan"), maxItems=MOST),
    ),
    "Answer": record(
        ("client_id", "outcome", "standing", "code"),
        client_id=ID,
        outcome=_one_of(Outcome),
        standing=_one_of(Standing),
        code=TEXT,
        name={**TEXT, "description": "'' for a card of another unit: no more is told."},
        section=TEXT,
        custodian=TEXT,
        place=TEXT,
        status=TEXT,
        assignee={**TEXT, "description": "Whose it is to count."},
        photo={"type": ["string", "null"]},
        card_type=TEXT,
        category=TEXT,
        net_value=AMOUNT,
        by={**TEXT, "description": "Who counted it before."},
        at={"type": ["string", "null"], "format": "date-time"},
        repeated={**YES, "description": "Sent before: nothing was stored again."},
        also=listed(ref("Answer"), description="Of further codes that ran together with it."),
    ),
    "Refusal": record(
        ("client_id", "refusal"),
        client_id={"type": ["string", "null"]},
        refusal=record(("code", "detail"), code=TEXT, detail=TEXT, field=TEXT),
    ),
    "Answers": record(
        ("now", "answers"),
        now=MOMENT,
        answers=listed({"oneOf": [ref("Answer"), ref("Refusal")]}),
    ),
    "Done": record(("client_id", "code"), client_id=ID, code=TEXT),
    "Undone": record(
        ("client_id", "code"),
        client_id=ID,
        code=TEXT,
        by=TEXT | {"description": "这张卡片现在以谁的记录为准；没有则为空"
                   " Whose count of the card stands now, '' where nobody's"},
        at={"type": ["string", "null"], "format": "date-time"},
    ),
    "ExpectedCard": record(
        ("code", "name"),
        **dict.fromkeys(
            ("code", "name", "category", "card_type", "section", "custodian", "place", "status",
             "assignee", "counted_by", "condition", "status_seen", "note"), TEXT,
        ),
        place_seen={"type": ["string", "null"]},
        custodian_seen={"type": ["string", "null"]},
        net_value=AMOUNT,
        photo={"type": ["string", "null"]},
        counted_at={"type": ["string", "null"], "format": "date-time"},
    ),
    "Task": record(
        ("id", "name", "cards"),
        id=WHOLE,
        name=TEXT,
        unit=TEXT,
        created_by=TEXT,
        due_on=DAY,
        methods=listed(_one_of(Method)),
        expected=WHOLE,
        counted=WHOLE,
        cards=listed(ref("ExpectedCard")),
    ),
    "Mine": record(
        ("user", "stocktakes"),
        user=record(("id", "name", "unit"), id=WHOLE, name=TEXT, unit=TEXT),
        stocktakes=listed(ref("Task")),
    ),
    "Photo": record(("digest",), digest=DIGEST, bytes=WHOLE, width=WHOLE, height=WHOLE),
}  # fmt: skip

PICTURE: Final[Json] = {"schema": {"type": "string", "format": "binary"}}
PATHS: Final[dict[str, dict[str, Json]]] = {
    "/scans": {
        "post": {
            "summary": "送一批扫描记录 Send a batch of scans",
            "description": f"最多 {MOST} 条；每条一个回答，错的单独退回，对的都保存；"
            "client_id 相同的只保存一次。"
            f" Up to {MOST}; one answer a scan in the order sent; a wrong one is refused by itself;"
            " each client_id is kept once, whatever the retries.",
            "security": DEVICE,
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ref("Batch")}},
            },
            "responses": {
                "200": answer("One answer a scan.", ref("Answers")),
                "400": problem("No such object."),
                "413": problem("Too many scans."),
                "422": problem("device_now is no moment."),
                **REFUSED,
            },
        }
    },
    "/scans/{client}": {
        "delete": {
            "summary": "撤销一条 Undo a scan of one's own",
            "parameters": [CLIENT],
            "security": DEVICE,
            "responses": {
                "200": answer("Undone, now or before.", ref("Undone")),
                "404": problem("No such scan of the caller's."),
                "409": problem("The task doesn't run any more."),
                **REFUSED,
            },
        }
    },
    "/scans/{client}/tell": {
        "post": {
            "summary": "告诉负责人 Tell whose it is to count that it was seen",
            "parameters": [CLIENT],
            "security": DEVICE,
            "responses": {
                "200": answer("Told, now or before: once, whatever the retries.", ref("Done")),
                "404": problem("Nobody to tell."),
                **REFUSED,
            },
        }
    },
    "/stocktakes/mine": {
        "get": {
            "summary": "我的任务和待盘卡片 Tasks of mine with their cards",
            "description": "离线盘点所需的全部内容；带 ETag，未变时回答 304。"
            " All that is needed without a network;"
            " with an ETag: 304 where nothing has changed.",
            "security": DEVICE,
            "responses": {
                "200": answer("Running tasks.", ref("Mine")),
                "304": {"description": "Nothing has changed."},
                **REFUSED,
            },
        }
    },
    "/photos": {
        "post": {
            "summary": "上传照片 Upload a picture",
            "description": "JPEG、PNG、WebP，不超过 15 MB；回答里的 digest 写进扫描记录的 photos。"
            " The digest goes into a scan's `photos`.",
            "security": DEVICE,
            "requestBody": {
                "required": True,
                "content": {
                    "multipart/form-data": {
                        "schema": record(("file",), file={"type": "string", "format": "binary"})
                    },
                    **dict.fromkeys(("image/jpeg", "image/png", "image/webp"), PICTURE),
                },
            },
            "responses": {
                "200": answer("Kept.", ref("Photo")),
                "400": problem("No picture."),
                "422": problem("Not a picture, or too large."),
                **REFUSED,
            },
        }
    },
}
