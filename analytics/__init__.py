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
from analytics.bindings import bind
from analytics.run import RunReport, run_once
from analytics.schedule import run_scheduled
from analytics.settings import AnalyticsSettings

__all__ = [
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
