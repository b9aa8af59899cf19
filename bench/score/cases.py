"""The named cases: a small world each, what may be said of its subject, six seeds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from bench.score import worlds
from bench.score.worlds import Scored
from firmware_sim.estate import build

SEEDS: Final = (2_001, 2_002, 2_003, 2_004, 2_005, 2_006)
BUSY: Final = 1.25  # times the archetype's use
ALWAYS: Final = 27  # days: all of the window
LIGHT, WARMTH = "photoelectric", "temperature"
BOTH: Final = (LIGHT, WARMTH)
ALARM: Final = ("device_alarm", "not_determinable")

Content = dict[str, Any]
World = Callable[[date], Content]


@dataclass(frozen=True, slots=True)
class Case:
    """A world whose first asset is the subject."""

    name: str
    right: tuple[str, ...]  # the verdicts that are right
    busy: bool  # idle would be the one error that must not happen
    commissioned: bool
    world: World
    faulty: bool = False  # idle would be a flag on a faulty sensor


@dataclass(frozen=True, slots=True)
class Tried:
    """A case over its seeds."""

    name: str
    right_ones: tuple[str, ...]
    busy: bool
    faulty: bool
    scored: Sequence[Scored]

    @property
    def verdicts(self) -> list[str]:
        """Of its subject, seed by seed."""
        return [one.found.verdict for one in self.scored]

    @property
    def right(self) -> int:
        """In how many seeds the verdict was right."""
        return sum(verdict in self.right_ones for verdict in self.verdicts)


def tried(case: Case) -> Tried:
    """The case over its six seeds."""
    found = []
    for seed in SEEDS:
        last = worlds.last_day(seed)
        estate = build({"gateway": [case.world(last)]})
        known = None if case.commissioned else ()
        found.append(next(worlds.score(estate, seed, last, known)))
    return Tried(case.name, case.right, case.busy, case.faulty, found)


def asset(code: str, kinds: Sequence[str], **fields: Any) -> Content:
    """An asset with a sensor of each kind; a desk in full use unless the fields say else."""
    sensors = [{"name": f"{code}-{n}", "kind": kind} for n, kind in enumerate(kinds)]
    return {"code": code, "archetype": "desk", "use": BUSY, "sensor": sensors, **fields}


def gateway(*assets: Content, **fields: Any) -> Content:
    """A gateway with a mild room of one zone."""
    return {
        "id": "gw-case",
        "password": "secret",
        "interval": 60,
        "room": {"zones": 1, "beams_a_day": 0.2, "clouds": 0.2},
        "asset": list(assets),
        **fields,
    }


def neighbours(kinds: Sequence[str], count: int = 4) -> list[Content]:
    """Desks beside the subject, used as desks are."""
    uses = (1.0, 0.5, 0.3, 0.0)
    return [asset(f"beside-{n}", kinds, use=uses[n % len(uses)]) for n in range(count)]


def ago(last: date, days: int) -> date:
    """So many days before the last."""
    return last - timedelta(days=days)


def befallen(
    kind: str, kinds: Sequence[str], days: int, until: int | None = None, **fields: Any
) -> World:
    """A busy desk among others that something befalls `days` before the end, to `until` before."""

    def world(last: date) -> Content:
        trouble: Content = {"kind": kind, "since": ago(last, days), **fields}
        if until is not None:
            trouble["until"] = ago(last, until)
        return gateway(asset("subject", kinds, trouble=[trouble]), *neighbours(kinds))

    return world


def alone(*kinds: str, **fields: Any) -> World:
    """A busy asset that is its gateway's only one."""
    return lambda last: gateway(asset("subject", kinds, **fields))


def among(*kinds: str, plan: Mapping[str, Any] | None = None, **fields: Any) -> World:
    """An asset among four desks, on a gateway of which `plan` says what is special."""
    return lambda last: gateway(
        asset("subject", kinds, **fields), *neighbours(kinds), **(plan or {})
    )


def closed(last: date) -> Content:
    """An office that closed by its own decision, and its busy desk."""
    span = {"since": ago(last, ALWAYS + 1), "until": ago(last, -1)}
    return gateway(asset("subject", BOTH), *neighbours(BOTH), closed=[span])


def clock(ahead_h: int, use: float, mended: int | None = None) -> World:
    """A gateway whose clock is wrong by hours, set right so many days before the end, or never."""

    def world(last: date) -> Content:
        wrong: Content = {"ahead_s": ahead_h * 3_600}
        if mended is not None:
            wrong["until"] = ago(last, mended)
        subject = asset("subject", BOTH, use=use)
        return gateway(subject, *neighbours(BOTH), clock=[wrong])

    return world


def moved_to_subject(since: int) -> World:
    """The sensor of a desk that nobody uses has hung at a busy one, for so many days."""

    def world(last: date) -> Content:
        trouble = {"kind": "moved", "since": ago(last, since), "to": "busy"}
        subject = asset("subject", (LIGHT,), use=0.0, trouble=[trouble])
        return gateway(subject, asset("busy", (LIGHT,)), *neighbours((LIGHT,)))

    return world


def lent(last: date) -> Content:
    """A thing that was lent ten days ago, and that nobody uses there."""
    trouble = [{"kind": "lent", "km": 2.0, "since": ago(last, 10)}]
    subject = asset("subject", ("position",), archetype="portable", use=0.0, trouble=trouble)
    return gateway(subject)


def swapped(last: date) -> Content:
    """A busy desk's sensors and an unused one's, swapped two weeks ago."""
    since = ago(last, 14)
    first = asset("subject", BOTH, trouble=[{"kind": "moved", "since": since, "to": "unused"}])
    second = asset("unused", BOTH, use=0.0)
    second["trouble"] = [{"kind": "moved", "since": since, "to": "subject"}]
    return gateway(first, second, *neighbours(BOTH))


def said(
    value: float, kind: str, days: Sequence[int], interval: int = 60, beside: int = 0, **fields: Any
) -> World:
    """An asset whose sensor says a driver's constant, one reading on each of some days."""

    def world(last: date) -> Content:
        moments = [datetime.combine(ago(last, day), time(13, 17)) for day in days]
        says = [{"kind": "says", "value": value, "since": at} for at in moments]
        subject = asset("subject", (kind,), trouble=says, **fields)
        others = [asset(f"beside-{n}", (kind,), **fields) for n in range(beside)]
        return gateway(subject, *others, interval=interval)

    return world
