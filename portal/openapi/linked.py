"""The operation of linked systems: pushing what they publish (F4)."""

from typing import Final

from exchange.linked import items
from exchange.linked.push import Pushed
from portal.openapi.parts import TEXT, WHOLE, YES, Json, answer, listed, problem, record, ref
from registry.cards.field import Field, Form

FIGURES: Final = frozenset({Form.MONEY, Form.QUANTITY})


def _member(one: Field) -> Json:
    """A field of a pushed item."""
    said = f"{one.label.zh} {one.label.en}"
    if one.choices:
        return {**TEXT, "enum": [key for key, _label in one.choices], "description": said}
    if one.form in FIGURES:
        return {"type": ["string", "number"], "description": said}
    return {**TEXT, "maxLength": one.longest, "description": said} if one.longest else TEXT


ERRORS: Final[dict[str, Json]] = {
    "errors": listed(record((), row=WHOLE, key=TEXT, field=TEXT, code=TEXT, detail=TEXT)),
    "errors_in_all": WHOLE,
}
SCHEMAS: Final[dict[str, Json]] = {
    "LinkedItem": record(
        tuple(one.name for one in items.FIELDS if one.required),
        **{one.name: _member(one) for one in items.FIELDS},
    ),
    "Push": record(
        (),
        items=listed(ref("LinkedItem"), maxItems=items.MOST),
        complete={**YES, "description": "These are all: what is missing is reported as vanished."},
        withdraw=listed(TEXT, maxItems=items.MOST, description="Keys to take back."),
    ),
    "Pushed": record((), **dict.fromkeys(Pushed.__slots__, listed(TEXT)), **ERRORS),
    "PushProblem": {"allOf": [ref("Problem"), record((), **ERRORS)]},
}

WRONG: Final[Json] = {
    "description": "Rows at fault: nothing was taken.",
    "content": {"application/problem+json": {"schema": ref("PushProblem")}},
}
PATHS: Final[dict[str, dict[str, Json]]] = {
    "/linked/listings": {
        "post": {
            "summary": "对接系统推送 A linked system pushes its listings",
            "description": f"最多 {items.MOST} 条，全部接收或全部退回；同一 key 推两次只有一条。"
            " All of it or nothing; pushed twice gives one listing. What is being settled is left:"
            " then the rest is taken, and `errors` name it.",
            "security": [{"linked": []}],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": ref("Push")}},
            },
            "responses": {
                "200": answer("What became of each key.", ref("Pushed")),
                "401": problem("No valid token."),
                "415": problem("Not JSON."),
                "422": WRONG,
            },
        }
    },
}
