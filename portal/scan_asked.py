"""A scan as the API is sent it, read into a count: what is wrong is refused by its field (J3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from db import Refused
from portal.asked import LARGEST_KEY, YEARS
from registry.stocktake import Condition, Count, Method
from registry.stocktake.scan import CLOCK_WANDERS, LONGEST_AGO, OF_SURPLUS, set_right

MOST: Final = 500  # scans of one request
LONGEST_TEXT: Final = 20_000  # of any one member; the limits of what is kept are narrower
DIGEST: Final = 64
UNKEPT: Final = re.compile("[\0\ud800-\udfff]")  # the database can't keep a NUL or half a pair


@dataclass(frozen=True, slots=True)
class Clock:
    """The device's clock as it sent, and ours as it came; aware."""

    device: datetime
    ours: datetime

    def right(self, at: datetime, ago: timedelta | None) -> datetime:
        """When the device's moment was by our clock; how long `ago` is believed before any clock,
        which somebody may have mended since.
        """
        return set_right(at, self.device, self.ours) if ago is None else self.ours - ago

    def off(self, at: datetime, ago: timedelta | None) -> timedelta:
        """How long after it was sent it was counted; 0 where that makes sense."""
        after = at - self.device
        return after if ago is None and after > CLOCK_WANDERS else timedelta(0)


def moment(value: object) -> datetime:
    """An aware moment. Raises Refused 'scan.at'."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.year not in YEARS:
        raise Refused("scan.at", field="at")
    return found.astimezone(UTC)  # PostgreSQL knows fewer offsets than Python


def client_id(value: object) -> UUID:
    """A count's own id. Raises Refused 'scan.client_id'."""
    try:
        return UUID(value) if isinstance(value, str) and len(value) <= 45 else UUID("")
    except ValueError:
        raise Refused("scan.client_id", field="client_id") from None


def stocktake(value: object) -> int:
    """A task's id. Raises Refused 'scan.stocktake'."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_KEY:
        raise Refused("scan.stocktake", field="stocktake")
    return value


def read(sent: Mapping[str, Any], clock: Clock, device: int | None) -> Count:
    """The count that was sent; a moment that is missing is that of sending.

    Raises Refused 'scan.client_id', '.method', '.at', '.ago_s', '.condition', '.field'.
    """
    at = moment(sent["at"]) if sent.get("at") is not None else clock.device
    ago = _ago(sent.get("ago_s"))
    return Count(
        client_id(sent.get("client_id")),
        _text(sent, "code"),
        _method(_text(sent, "method")),
        clock.right(at, ago),
        raw=_text(sent, "raw"),
        condition=_condition(_text(sent, "condition")),
        status=_text(sent, "status"),
        place=_text(sent, "place") if sent.get("place") is not None else None,
        custodian=_text(sent, "custodian") if sent.get("custodian") is not None else None,
        note=_text(sent, "note"),
        photos=_photos(sent),
        surplus=_surplus(sent),
        doubtful=_yes(sent, "doubtful"),
        here=_yes(sent, "here"),
        device=device,
        clock_off=clock.off(at, ago),
    )


def _ago(value: object) -> timedelta | None:
    if value is None:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= LONGEST_AGO.total_seconds():  # type: ignore[operator]  # number
        raise Refused("scan.ago_s", field="ago_s", most=int(LONGEST_AGO.total_seconds()))
    return timedelta(seconds=value)  # type: ignore[arg-type]  # a number


def _text(sent: Mapping[str, Any], name: str) -> str:
    value = sent.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise Refused("scan.field", field=name, name=name)
    return UNKEPT.sub("", value)  # a count isn't lost for what a gun or a keyboard slipped in (H2)


def _yes(sent: Mapping[str, Any], name: str) -> bool:
    value = sent.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused("scan.field", field=name, name=name)
    return bool(value)


def _method(value: str) -> Method:
    if value not in set(Method):
        raise Refused("scan.method", field="method", value=value[:20])
    return Method(value)


def _condition(value: str) -> Condition | None:
    if value and value not in set(Condition):
        raise Refused("scan.condition", field="condition", value=value[:20])
    return Condition(value) if value else None


def _photos(sent: Mapping[str, Any]) -> tuple[str, ...]:
    value = sent.get("photos")
    if value is None:
        return ()
    well = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not well or any(len(one) != DIGEST or not one.isalnum() for one in value):
        raise Refused("scan.field", field="photos", name="photos")
    return tuple(value)


def _surplus(sent: Mapping[str, Any]) -> dict[str, str]:
    value = sent.get("surplus")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refused("scan.field", field="surplus", name="surplus")
    return {name: _text(value, name) for name in OF_SURPLUS if _text(value, name)}
