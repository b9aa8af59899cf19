"""Figures as people here write them: yuan, 万元, hours, shares, dates in Asia/Shanghai."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask

from analytics.places import Fix, Place
from portal import edge
from portal.browser_names import browser_name
from portal.language import gettext as _
from portal.language import language
from registry.words import Label

ZONE = ZoneInfo("Asia/Shanghai")
WAN = Decimal(10_000)


def money(value: Decimal | float) -> str:
    """61,438.33; the sign ¥ is the template's."""
    return f"{value:,.2f}"


def large_money(value: Decimal | float) -> str:
    """¥ 75.27 万元, in English ¥ 752.7k: for summaries. Below 100,000 yuan in full."""
    if value < 10 * WAN:
        return f"¥ {money(value)}"
    if language() == "en":
        return f"¥ {Decimal(value) / 1000:,.1f}k"
    return f"¥ {Decimal(value) / WAN:,.2f} 万元"


def count(value: int) -> str:
    """1,907."""
    return f"{value:,}"


def percent(share: float | None, digits: int = 1) -> str:
    """0.054 as 5.4%; a dash where there is none."""
    return "–" if share is None else f"{share * 100:.{digits}f}%"


def hours(value: float) -> str:
    """9.8."""
    return f"{value:,.1f}"


def local(moment: datetime) -> datetime:
    """The moment on the clock of Asia/Shanghai."""
    return moment.astimezone(ZONE)


def day(value: date | datetime | str) -> str:
    """2026-11-23; also from the ISO text of a moment in frozen evidence."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (local(at) if isinstance(at, datetime) else at).isoformat()[:10]


def short_day(value: date | datetime) -> str:
    """11-23 in this year, else 2025-11-23."""
    on = local(value).date() if isinstance(value, datetime) else value
    return f"{on:%m-%d}" if on.year == local(edge.now()).year else on.isoformat()


def clock(moment: datetime) -> str:
    """09:41."""
    return f"{local(moment):%H:%M}"


def moment(value: datetime | str) -> str:
    """2026-11-23 09:41; also from the ISO text of frozen evidence."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{local(at):%Y-%m-%d %H:%M}"


def short_moment(value: datetime | str) -> str:
    """09:41 today, 11-22 09:41 else."""
    at = local(datetime.fromisoformat(value) if isinstance(value, str) else value)
    if at.date() == local(edge.now()).date():
        return f"{at:%H:%M}"
    return f"{short_day(at)} {at:%H:%M}"


def days_ago(moment: datetime) -> int:
    """Calendar days since then in Asia/Shanghai: 0 is today."""
    return (local(edge.now()).date() - local(moment).date()).days


def duration(span: timedelta) -> str:
    """2 小时 12 分."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 60:
        return _("%(minutes)s 分", minutes=minutes)
    whole, rest = divmod(minutes, 60)
    if rest == 0:
        return _("%(hours)s 小时", hours=whole)
    return _("%(hours)s 小时 %(minutes)s 分", hours=whole, minutes=rest)


def span(length: timedelta) -> str:
    """2 天 18 小时, 5 小时, 12 分: how long something took, roughly."""
    minutes = max(0, round(length.total_seconds() / 60))
    if minutes < 60:
        return _("%(minutes)s 分", minutes=minutes)
    days, rest = divmod(minutes // 60, 24)
    if not days:
        return _("%(hours)s 小时", hours=rest)
    if not rest:
        return _("%(days)s 天", days=days)
    return _("%(days)s 天 %(hours)s 小时", days=days, hours=rest)


def clock_off(off: timedelta) -> str:
    """What is said beside a count whose device's clock was wrong, by `off` at least; 0: not known
    by how much (H3).
    """
    if not off:
        return _("设备时钟不准，时间按服务器推定")
    return _("设备时钟至少差 %(span)s，时间按服务器推定", span=span(abs(off)))


def days_left(day: date) -> int:
    """Days until that day in Asia/Shanghai: 0 is today, below 0 it is over."""
    return (day - local(edge.now()).date()).days


WEEKDAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def weekday(value: date | datetime) -> str:
    """星期一."""
    on = local(value) if isinstance(value, datetime) else value
    return WEEKDAYS[language()][on.weekday()]


def month(value: date) -> str:
    """11 月."""
    return f"{value.month} 月" if language() == "zh" else MONTHS_EN[value.month - 1]


def label(value: Label) -> str:
    """A closed set's word in the reader's language."""
    return value.of(language())


def plain_number(value: Decimal) -> str:
    """1, 612.4: without decimals that say nothing."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def size(count_of_bytes: int) -> str:
    """412 KB."""
    if count_of_bytes < 1_000_000:
        return f"{max(1, round(count_of_bytes / 1000))} KB"
    return f"{count_of_bytes / 1_000_000:.1f} MB"


def distance(metres: float) -> str:
    """80 米, 1.2 公里, 2 公里."""
    if metres < 1000:
        return _("%(n)s 米", n=f"{metres:,.0f}")
    return _("%(n)s 公里", n=f"{metres / 1000:,.1f}".removesuffix(".0"))


def coordinates(place: Fix | Place) -> str:
    """20.03112, 110.33121: latitude and longitude as map services take them, to about a metre."""
    return f"{place.latitude:.5f}, {place.longitude:.5f}"


FILTERS = {
    "money": money,
    "large_money": large_money,
    "count": count,
    "percent": percent,
    "hours": hours,
    "day": day,
    "short_day": short_day,
    "clock": clock,
    "clock_off": clock_off,
    "browser_name": browser_name,
    "moment": moment,
    "short_moment": short_moment,
    "days_ago": days_ago,
    "days_left": days_left,
    "duration": duration,
    "span": span,
    "weekday": weekday,
    "month": month,
    "label": label,
    "plain_number": plain_number,
    "size": size,
    "distance": distance,
    "coordinates": coordinates,
}


def install(app: Flask) -> None:
    """Give templates the filters."""
    app.jinja_env.filters.update(FILTERS)
