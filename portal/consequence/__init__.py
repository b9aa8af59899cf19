"""What an act that can't be undone will mean, on a page of its own, before it happens.

The page bears the form along that asked for the act, and a mark of what it said: where that is no
longer so when the form comes back, the page is shown again with what is so now.

A module of this package has the questions of an area, a function for an act.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar, cast

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import asked

View = TypeVar("View", bound=Callable[..., Any])
FIELD: Final = "confirmed"
OWN: Final = (FIELD, "csrf_token")
WARNS: Final = "__panhuo_warns__"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one of several: `what`, and in sentences what goes with it.

    `title` and `number` are '' where nobody may know whether there is such a thing.
    """

    title: str
    number: str
    what: str
    means: Sequence[str] = ()
    goes: bool = True


@dataclass(frozen=True, slots=True)
class Consequence:
    """What is to be done to `subject` (people's words), in sentences what that means.

    `act`: the button that does it. `fates`: of several, what becomes of each. `see`: words
    and address of where all that is meant is listed. `back`: where it is left undone, unless the
    browser says from where it came.
    """

    title: str
    subject: str
    means: Sequence[str]
    act: str
    see: tuple[str, str] | None = None
    back: str = ""
    fates: Sequence[Fate] = ()

    @property
    def mark(self) -> str:
        """By which a page that says something else is known."""
        of_each = (each for one in self.fates for each in (one.number, one.what, *one.means))
        said = "\n".join([self.title, self.subject, *self.means, *of_each])
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def where(number: int, said: str) -> Sequence[str]:
    """The sentence, where what it counts is there at all."""
    return (said,) if number else ()


def warns(ask: Callable[..., Consequence | None]) -> Callable[[View], View]:
    """The view goes on once its caller has seen the page; `ask` has the view's arguments.

    None where there is nothing to warn of, or where the view itself will refuse.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*arguments: Any, **named: Any) -> Any:
            found = ask(*arguments, **named)
            if found is not None and request.form.get(FIELD) != found.mark:
                return _page(found)
            return view(*arguments, **named)

        setattr(guarded, WARNS, True)
        return cast(View, guarded)

    return decorate


def _page(found: Consequence) -> ResponseReturnValue:
    borne = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN]
    return render_template(
        "pages/consequence.html",
        consequence=found,
        action=request.full_path.rstrip("?"),
        borne=borne,
        field=FIELD,
        changed=FIELD in request.form,
        back=asked.came_from() or found.back or url_for("home.show"),
    )
