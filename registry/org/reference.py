"""Reference tables that an installation brings as CSV: all rows or none, faults named by row."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from db import Refused


def decoded(data: bytes) -> str:
    """The text of an uploaded CSV, as spreadsheets here write it; 'reference.unreadable'."""
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            text = data.decode(encoding)
            if "\0" not in text:
                return text
    raise Refused("reference.unreadable")


def rows(text: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV with a heading; surrounding blanks are dropped.

    Raises Refused 'reference.column_missing', 'reference.row_short'.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    for column in columns:
        if column not in (reader.fieldnames or ()):
            raise Refused("reference.column_missing", column=column)
    for row in _readable(reader):
        if any(row[column] is None for column in columns):
            raise Refused("reference.row_short", row=reader.line_num)
        yield reader.line_num, {column: row[column].strip() for column in columns}


def _readable(reader: "csv.DictReader[str]") -> Iterator[dict[str, str | Any]]:
    try:
        yield from reader
    except csv.Error as error:
        raise Refused("reference.unreadable") from error


def parents_first(
    found: Iterable[tuple[int, dict[str, str]]], known: frozenset[str]
) -> list[dict[str, str]]:
    """Rows in an order in which each parent comes before its children.

    `known` are codes that stand already. Raises Refused 'reference.code_twice',
    'reference.no_parent' or 'reference.circle', each with the row's number.
    """
    numbered: dict[str, tuple[int, dict[str, str]]] = {}
    for number, row in found:
        if row["code"] in numbered:
            raise Refused("reference.code_twice", row=number, code=row["code"])
        numbered[row["code"]] = (number, row)
    ordered: dict[str, dict[str, str]] = {}
    for code in numbered:
        path: list[str] = []
        step = code
        while step and step not in ordered and step not in known - numbered.keys():
            if step not in numbered:
                raise Refused("reference.no_parent", row=numbered[path[-1]][0], parent=step)
            if step in path:
                raise Refused("reference.circle", row=numbered[step][0], code=step)
            path.append(step)
            step = numbered[step][1]["parent"]
        ordered.update((name, numbered[name][1]) for name in reversed(path))
    return list(ordered.values())
