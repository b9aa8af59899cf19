"""How the sandbox misbehaves when it is told to."""

import json
import random
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self, TypeVar

from ops.sandbox_ministry.store import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares are between 0 and 1, times in seconds.

    `fail`: answers 503 and does nothing. `lose`: does the work, and its answer is lost. `delay_s`:
    before every answer. `double`: sends a document down twice. `reorder`: in any order.
    """

    fail: float = 0.0
    lose: float = 0.0
    delay_s: float = 0.0
    double: float = 0.0
    reorder: bool = False

    @classmethod
    def of(cls, store: Store) -> Self:
        """As they were set last."""
        return cls(**store.fact("faults", {}))

    def changed(self, given: Mapping[str, Any]) -> Self:
        """With some of them set; ValueError for what is none of them."""
        kinds = {one.name: one.type for one in fields(self)}
        if unknown := set(given) - set(kinds):
            raise ValueError(f"no such fault: {sorted(unknown)}")
        return replace(self, **{name: _read(kinds[name], value) for name, value in given.items()})

    def keep(self, store: Store) -> None:
        """From now on."""
        store.keep("faults", asdict(self))

    def fails(self) -> bool:
        """Whether this request fails."""
        return _happens(self.fail)

    def loses(self) -> bool:
        """Whether this answer is lost."""
        return _happens(self.lose)

    def dawdle(self) -> None:
        """Take as long as one is told to."""
        if self.delay_s:
            time.sleep(self.delay_s)

    def shuffled(self, documents: list[T]) -> list[T]:
        """Some twice, and in another order."""
        found = [one for one in documents for _ in range(2 if _happens(self.double) else 1)]
        if self.reorder:
            random.shuffle(found)
        return found


def _read(kind: Any, value: Any) -> Any:
    if kind in (bool, "bool"):
        return json.loads(value) if isinstance(value, str) else bool(value)
    number = float(value)
    if not 0 <= number <= 60:
        raise ValueError("between 0 and 60")
    return number


def _happens(share: float) -> bool:
    return random.random() < share  # noqa: S311  # a sandbox's dice
