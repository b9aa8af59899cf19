"""Systems that push listings with a key of their own: by API, by file, by command (F4)."""

from exchange.linked import items, push, systems
from exchange.linked.push import Way

__all__ = ["Way", "items", "push", "systems"]
