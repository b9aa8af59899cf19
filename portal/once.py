"""A form that makes something makes it once, however often it is sent (J3).

Back, a double click, a lost answer: the form bears a key that was drawn with it. The transaction
that makes the document keeps it, with the page of what came of it; who sends the form again is led
there. Where the form says something else by then, a page asks whether that is to be another one.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from db import Connection
from portal import edge, typed_text
from portal.formats import local
from portal.language import N_
from portal.language import gettext as _
from registry.org import submissions
from registry.org.submissions import Submission

View = TypeVar("View", bound=Callable[..., Any])
FIELD: Final = "submission"
KEY: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
MAKES: Final = "__panhuo_makes__"
# What says nothing of the thing that is made: a draft that is saved and then sent again to be
# submitted is the same one, and its page has the button.
BESIDE: Final = frozenset({FIELD, "csrf_token", "present", "then"})
SAVED: Final = N_("这张表单 %(at)s 已保存过，没有再建一份。这里是当时保存的。")
SHOWN: Final = N_(
    "这张表单 %(at)s 已保存过，没有再建一份。"
    "当时显示的口令或令牌不再显示，没有记下的话请重置，或停用后重新添加。"
)


class SentBefore(Exception):
    """This form has made something already: `before`."""

    def __init__(self, before: Submission) -> None:
        super().__init__(before.address)
        self.before = before


def makes(view: View) -> View:
    """The view makes something: within its transaction it calls `claim` and `made`."""
    return _making(view, SAVED)


def makes_secret(view: View) -> View:
    """As `makes`, where the first answer alone shows a password or a token."""
    return _making(view, SHOWN)


def _making(view: View, said: str) -> View:
    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        _digest()  # files are hashed while no connection is held
        try:
            return view(*arguments, **named)
        except SentBefore as sent:
            return _answer(sent.before, said)

    setattr(guarded, MAKES, True)
    return cast(View, guarded)


def _answer(before: Submission, said: str) -> ResponseReturnValue:
    """The first one's page; where the form says something else now, what that shall be."""
    at = local(before.at).strftime("%Y-%m-%d %H:%M")
    if before.digest == _digest():
        flash(_(said, at=at), "warning")
        return redirect(before.address, 303)
    own = (FIELD, "csrf_token", "present")
    page = render_template(
        "pages/sent_before.html",
        at=at,
        before=before,
        action=request.full_path.rstrip("?"),
        borne=[one for one in request.form.items(multi=True) if one[0] not in own],
        fresh=_fresh(),
        files=any(one.filename for one in request.files.values()),
        typed=typed_text.typed(),
    )
    return page, 422


def key_drawn() -> str:
    """What the form that is drawn now bears; one that was refused comes back with its own key."""
    sent = request.form.get(FIELD, "")
    return sent if KEY.fullmatch(sent) and "submission_made" not in g else _fresh()


def _fresh() -> str:
    return secrets.token_urlsafe(16)


def claim(conn: Connection) -> None:
    """Before anything is made: hold the form's key. Raises `SentBefore`."""
    before = submissions.claim(conn, edge.viewer(), _key(), edge.now())
    if before.address:
        raise SentBefore(before)


def made(conn: Connection, address: str) -> None:
    """What was made has its page at `address`; in the transaction that made it."""
    came = Submission(edge.now(), _digest(), address)
    submissions.settle(conn, edge.viewer(), _key(), came)
    g.submission_made = True


def forget(conn: Connection, address: str) -> None:
    """What was made there is removed: the form that made it may make it again."""
    submissions.forget(conn, edge.viewer().id, address)


def _key() -> str:
    """The form's; of one that bears none, what it says with its token: sent again, it is known."""
    sent = request.form.get(FIELD, "")
    if KEY.fullmatch(sent):
        return sent
    token = request.form.get("csrf_token") or request.headers.get("X-CSRFToken", "")
    return hashlib.sha256(f"{token} {_digest()}".encode()).hexdigest()


def _digest() -> str:
    """Of what the form says, and where."""
    if "submission_digest" not in g:
        said = [one for one in request.form.items(multi=True) if one[0] not in BESIDE]
        brought = [
            (name, one.filename, hashlib.sha256(_content(one)).hexdigest())
            for name, one in request.files.items(multi=True)
            if one.filename
        ]
        whole = json.dumps([request.full_path, sorted(said), sorted(brought)])
        g.submission_digest = hashlib.sha256(whole.encode()).hexdigest()
    return str(g.submission_digest)


def _content(one: FileStorage) -> bytes:
    """A file's bytes; whoever reads it next begins at its start, too."""
    one.seek(0)
    content: bytes = one.read()
    one.seek(0)
    return content
