"""Parts that every operation of the document uses: problem documents, doors, references."""

from typing import Any, Final

Json = dict[str, Any]

DEVICE: Final[list[Json]] = [{"device": []}, {"session": [], "csrf": []}]
DOORS: Final[Json] = {
    "device": {
        "type": "http",
        "scheme": "bearer",
        "description": "设备令牌，在“我的账号”里生成，或由手机应用登录时取得；"
        "可随时停用，180 天后到期。"
        " A device's token, made at /account or by the app at sign-in; revocable, and over after"
        " 180 days unless the installation says otherwise.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "panhuo",
        "description": "已登录的浏览器；HTTPS 下名为 __Host-panhuo。"
        " A signed-in browser; over HTTPS it is called __Host-panhuo.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRFToken",
        "description": "用浏览器登录时，修改数据要带页面的令牌。"
        " With a session, whatever changes something needs the page's token.",
    },
    "linked": {
        "type": "http",
        "scheme": "bearer",
        "description": "对接系统的令牌，登记时显示一次。"
        " A linked system's token, shown once to its administrator.",
    },
}
PROBLEM: Final[Json] = {
    "type": "object",
    "description": "RFC 9457. `code` names the refused rule, `field` the member that broke it.",
    "required": ["type", "status", "title", "detail", "request"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "In the caller's language (Accept-Language)."},
        "request": {"type": "string", "description": "The request's id, as in the logs."},
        "code": {"type": "string"},
        "field": {"type": "string"},
    },
}


def ref(name: str) -> Json:
    """A schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(description: str, schema: Json) -> Json:
    """An answer of JSON."""
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def problem(description: str) -> Json:
    """An answer that says what went wrong."""
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {"description": description, "content": content}


def listed(schema: Json, **more: Any) -> Json:
    """An array."""
    return {"type": "array", "items": schema, **more}


def record(required: tuple[str, ...], **properties: Json) -> Json:
    """An object, with what it must have."""
    found: Json = {"type": "object", "properties": properties}
    return {**found, "required": list(required)} if required else found


TEXT: Final[Json] = {"type": "string"}
MOMENT: Final[Json] = {"type": "string", "format": "date-time"}
DAY: Final[Json] = {"type": "string", "format": "date"}
WHOLE: Final[Json] = {"type": "integer"}
YES: Final[Json] = {"type": "boolean"}
ID: Final[Json] = {"type": "string", "format": "uuid"}
DIGEST: Final[Json] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
AMOUNT: Final[Json] = {"type": ["string", "null"], "description": "Yuan, two decimals."}
REFUSED: Final[Json] = {
    "401": problem("令牌无效或未登录。 No valid token or session."),
    "403": problem("没有权限，或缺少 CSRF 头。 Not permitted, or no CSRF header."),
}
