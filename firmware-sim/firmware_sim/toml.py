"""An estate's content as TOML text: what the standard library reads, it can't write."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any


def text(content: Mapping[str, Any]) -> str:
    """The file of `content`: tables, lists of tables, texts, numbers, flags, dates, and lists."""
    return "\n".join(_lines(content, "")) + "\n"


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    inner = {}
    for key, value in table.items():
        if isinstance(value, Mapping) or _tables(value):
            inner[key] = value
        else:
            yield f"{key} = {_value(value)}"
    for key, value in inner.items():
        name = f"{path}.{key}" if path else key
        for one in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
            yield from _lines(one, name)


def _tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _value(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
