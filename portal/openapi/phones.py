"""The operations of the phone app: signing in once, and what it keeps besides tasks (H3)."""

from typing import Final

from portal.openapi.parts import (
    DEVICE,
    DIGEST,
    REFUSED,
    TEXT,
    WHOLE,
    Json,
    answer,
    listed,
    problem,
    record,
    ref,
)

SCHEMAS: Final[dict[str, Json]] = {
    "Me": record(("id", "name", "login", "unit"), id=WHOLE, name=TEXT, login=TEXT, unit=TEXT),
    "Phone": record(("name",), name={**TEXT, "description": "As /account lists it."}),
    "Token": record(("id", "token"), id=WHOLE, token={**TEXT, "description": "Told this once."}),
    "Categories": record(
        ("categories",),
        categories=listed(
            {"type": "array", "items": TEXT, "description": "Code, name, common names."}
        ),
    ),
}
PATHS: Final[dict[str, dict[str, Json]]] = {
    "/me": {
        "get": {
            "summary": "以谁的名义盘点 In whose name the caller counts",
            "security": DEVICE,
            "responses": {"200": answer("The person.", ref("Me")), **REFUSED},
        }
    },
    "/device": {
        "post": {
            "summary": "在手机上保持登录 Stay signed in on this phone",
            "description": "只能在输入口令后 10 分钟内（否则 403，code 为 password）；"
            "更改口令、全部退出、停用、到期或 90 天未用后失效。"
            " Within 10 minutes after the password was typed, else 403 with the code 'password'; it"
            " ends with another password, signing out everywhere, revocation, its expiry, or 90"
            " days of rest.",
            "security": [{"session": [], "csrf": []}],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ref("Phone")}},
            },
            "responses": {
                "201": answer("Signed in.", ref("Token")),
                "422": problem("No name, or too long a one."),
                **REFUSED,
            },
        },
        "delete": {
            "summary": "停用自己的令牌 Revoke the token that asks",
            "security": [{"device": []}],
            "responses": {"204": {"description": "It opens nothing any more."}, **REFUSED},
        },
    },
    "/categories": {
        "get": {
            "summary": "全部资产分类 All categories of assets",
            "security": DEVICE,
            "responses": {
                "200": answer("Code, name and common names of each.", ref("Categories")),
                **REFUSED,
            },
        }
    },
    "/photos/{digest}": {
        "get": {
            "summary": "卡片照片的缩略图 A card's photo, small",
            "parameters": [{"name": "digest", "in": "path", "required": True, "schema": DIGEST}],
            "security": DEVICE,
            "responses": {
                "200": {
                    "description": "The picture.",
                    "content": {"image/jpeg": {"schema": {**TEXT, "format": "binary"}}},
                },
                "404": problem("No card that the caller sees has it."),
                **REFUSED,
            },
        }
    },
}
