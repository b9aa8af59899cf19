"""The kinds of sensors in the reader's language, for templates and charts (I7)."""

from dataclasses import dataclass
from typing import Final, cast

from flask import Flask, current_app

from analytics import kinds
from ingest import sensor_kinds
from ingest.sensor_kinds import SensorKind
from portal.edge import database
from portal.language import gettext as _
from portal.language import language

KNOWN: Final = "panhuo.sensor_kinds"
SWITCH: Final = "/"  # RFC 8428: the value of a switch


@dataclass(frozen=True, slots=True)
class Drawn:
    """A kind as a page shows it."""

    label: str
    use_label: str
    unit: str
    switch: bool = False  # its values are on and off

    def value(self, value: float) -> str:
        """A reading with its unit."""
        if self.switch:
            return _("接通") if value >= 0.5 else _("断开")
        number = f"{value:.1f}" if abs(value) >= 10 else f"{value:.3g}"
        return f"{number} {self.unit}".rstrip()


def drawn(name: str) -> Drawn:
    """The kind of this name; one that nobody knows is shown by its name."""
    row = _row(name)
    if row is None:
        return Drawn(name, name, "")
    switch = row.unit == SWITCH
    if language() == "zh":
        return Drawn(row.label, row.use_label, row.shown_unit, switch)
    return Drawn(row.label_en, row.use_label_en, row.shown_unit_en, switch)


def of_basis(basis: str) -> Drawn:
    """The kind that a session's basis names."""
    kind = kinds.of_basis(basis)
    return drawn(kind.name if kind else basis)


def _row(name: str) -> SensorKind | None:
    """Read once, and again where a name comes up that was added since."""
    known = cast(dict[str, SensorKind], current_app.extensions.setdefault(KNOWN, {}))
    if name not in known:
        with database().transaction("sensor kinds") as conn:
            known.update(sensor_kinds.sensor_kinds(conn))
    return known.get(name)


def install(app: Flask) -> None:
    """Give templates the kinds."""
    app.jinja_env.globals.update(sensor_kind=drawn, kind_of_basis=of_basis)
