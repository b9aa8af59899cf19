"""Set up logging once per process: what happened, to what, in which request."""

import logging
import sys
import unicodedata
from typing import Final

import structlog

from ops.settings import OpsSettings

# Controls, format characters (they turn text round, or hide) and separators of lines.
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def printable(text: str) -> str:
    """The text with what a terminal would obey, and a reader not see, as `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in UNSEEN else one
        for one in text
    )


def _escaped(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Whoever asks for an address, or types a name, writes neither lines of ours nor colours."""
    for name, value in event.items():
        if name == "exception":  # its lines stay lines, and look like no others
            event[name] = "\n    ".join(map(printable, str(value).split("\n")))
        elif isinstance(value, str):
            event[name] = printable(value)
    return event


def configure(process: str, settings: OpsSettings | None = None) -> None:
    """Send structlog and the standard library's log to stderr in one form."""
    settings = settings or OpsSettings()
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _escaped,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("apscheduler", "yoyo", "PIL"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(process=process)
