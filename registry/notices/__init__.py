"""Telling people and systems what concerns them: the inbox, e-mail, signed webhooks (J2)."""

from registry.notices.event import Event, said
from registry.notices.inbox import Notice, Tab
from registry.notices.notifier import run_notifier
from registry.notices.preferences import preferences, set_preferences
from registry.notices.settings import NoticeSettings
from registry.notices.tell import settle, tell

__all__ = [
    "Event",
    "Notice",
    "NoticeSettings",
    "Tab",
    "preferences",
    "run_notifier",
    "said",
    "set_preferences",
    "settle",
    "tell",
]
