"""Patterns for LIKE of what people type: %, _ and \\ mean themselves."""

import re


def plain(text: str) -> str:
    """The text as LIKE reads it literally."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def holding(text: str) -> str:
    """A pattern of whatever holds `text`; '' where nothing was typed, which asks nothing."""
    return f"%{plain(text)}%" if text else ""


def starting(text: str) -> str:
    """A pattern of whatever starts with `text`."""
    return f"{plain(text)}%"
