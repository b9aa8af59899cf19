"""Loops as machine code.

Whoever only asks what kinds of sensors there are, the portal above all, needs no compiler in
memory: modules that it reads import loops where they call them.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(loop: Loop) -> Loop:
    """The loop as machine code, kept for the next process where there is a place to write it.

    It divides as numpy does: by nothing is infinite, or NaN, and never raises.
    """
    try:
        return cast(Loop, njit(cache=True, error_model="numpy")(loop))
    except RuntimeError:  # neither beside this file nor in a home: a service of its own user
        return cast(Loop, njit(error_model="numpy")(loop))
