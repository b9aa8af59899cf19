"""Readings to usage, usage to idle suggestions; the scheduled jobs."""

from analytics import (
    commissioning,
    installed,
    installing,
    monitoring,
    new_rule,
    progress,
    rules,
    suggestions,
)
from analytics.bindings import ROOM, bind
from analytics.judgements import RunReport
from analytics.run import run_once
from analytics.schedule import run_scheduled
from analytics.settings import AnalyticsSettings

__all__ = [
    "ROOM",
    "AnalyticsSettings",
    "RunReport",
    "bind",
    "commissioning",
    "installed",
    "installing",
    "monitoring",
    "new_rule",
    "progress",
    "rules",
    "run_once",
    "run_scheduled",
    "suggestions",
]
