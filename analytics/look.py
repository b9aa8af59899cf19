"""One asset looked at as its facts were made of a day, and nothing kept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString

from analytics import rooms, windows
from analytics.assess import Grid
from analytics.bindings import watches
from analytics.detect import Examined
from analytics.minutes import Minutes, minutes
from analytics.rules import Rule
from analytics.run import together
from analytics.settings import AnalyticsSettings
from analytics.windows import Basis
from db import Database, Refused, scalar

CARD: LiteralString = "SELECT id FROM card WHERE code = %(code)s"


@dataclass(frozen=True, slots=True)
class Look:
    """An asset's sensors with their names (gateway:sensor), its rule, the window of days that they
    are read through, the days of it whose facts are made by it, and the minute since which the
    asset is watched.
    """

    card_id: int
    window: Grid
    days: tuple[date, date]  # the first and the last
    rule: Rule
    begun: int
    examined: list[Examined]
    names: list[str]

    def minutes(self) -> Minutes:
        """What is said of each minute, and why."""
        return minutes(self.card_id, self.examined, self.rule, self.window, self.begun)


def look(
    database: Database, settings: AnalyticsSettings, code: str, day: date, now: datetime
) -> Look:
    """The asset of the card with this `code` as of `now`, through the window by which the facts of
    this `day` are made.

    Raises Refused 'card.no_such_card', 'analytics.not_watched' or 'analytics.no_rule'.
    """
    with database.transaction("analytics: look at an asset") as conn:
        basis = Basis.of(conn, database, settings, now)
        card = scalar(conn, CARD, code=code)
        widest = windows.window_of(basis, day, basis.widest)
        before = min(now, widest.at(widest.minutes))
        watched = watches(conn, now, since=widest.start, before=before)
    if card is None:
        raise Refused("card.no_such_card", code=code)
    group = next((g for g in together(watched) if card in {one.card_id for one in g}), None)
    if group is None:
        raise Refused("analytics.not_watched", card=code)
    ruled = basis.ruled(group)
    if card not in {one.card_id for one in ruled}:
        raise Refused("analytics.no_rule", card=code)
    gateways = sorted({one.gateway_id for one in ruled})
    loaded, examined = windows.read_of(basis, gateways, day, basis.width(ruled))
    pairs = zip(loaded.watches, examined, strict=True)
    names = [watch.name for watch, _ in pairs if watch.card_id == card]
    of_card = (one for one in rooms.by_card(loaded.watches, examined) if one[0] == card)
    found = next(of_card, None)
    if found is None:  # watched before its rule's window only
        raise Refused("analytics.not_watched", card=code)
    key, first, own = found
    window, rule = loaded.window, basis.rules[first.category]
    days = windows.told_by(basis, window)
    return Look(key, window, days, rule, window.minute_after(first.since), own, names)
