"""A stretch of an asset's minutes as a line, in the reader's language."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from analytics.detect import Examined
from analytics.health import Health
from analytics.look import Look
from analytics.minutes import REASON_WORDS, STATE_WORDS, Reason, Span
from ops.words import language
from registry.words import Label

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
HEALTH_WORDS: Final = {
    Health.OK: Label("正常", "healthy"),
    Health.SILENT: Label("离线", "offline"),
    Health.STUCK: Label("读数卡死", "stuck"),
    Health.DRIFTING: Label("读数漂移", "drifting"),
    Health.NEVER_HEARD: Label("从未有数据", "no readings yet"),
    Health.CLOCK_OFF: Label("时钟不准", "clock off"),
    Health.FAULTY: Label("反复出错", "faulty"),
    Health.COVERED: Label("被遮住", "covered"),
    Health.MOVED: Label("被移动", "moved"),
    Health.ALWAYS_LIT: Label("灯一直不灭", "lamp always lit"),
    Health.LAMP_GONE: Label("使用时灯不再亮", "lamp gone"),
    Health.SAME_SIGNAL: Label("与另一件资产信号相同", "same signal as another asset's"),
}


def line(span: Span, of: Look) -> str:
    """From, to, state, reason and sensors of a span of an asset's minutes."""
    tongue = language()
    said = f"{STATE_WORDS[span.state].of(tongue)}  {REASON_WORDS[span.reason].of(tongue)}"
    faults = span.reason is Reason.AT_FAULT
    sensors = [_named(of.names[n], of.examined[n] if faults else None, tongue) for n in span.by]
    times = f"{_moment(of.window.at(span.start))}  {_moment(of.window.at(span.end))}"
    return "  ".join([times, said, *sensors])


def _moment(at: datetime) -> str:
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _named(name: str, faulty: Examined | None, tongue: str) -> str:
    """A sensor, with its health where it is at fault."""
    if faulty is None:
        return name
    return f"{name} ({HEALTH_WORDS[faulty.cleaned.health].of(tongue)})"
