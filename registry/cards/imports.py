"""Import of cards (A6): a file's rows checked one by one, then staged as one reviewed change."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, LiteralString

from psycopg.types.json import Jsonb

from db import Connection, Refused
from registry.cards import changes, drafting, uploads
from registry.cards.drafting import ATTACHMENTS, Draft
from registry.cards.field import Field
from registry.cards.fields import FIELDS, NEW
from registry.cards.kinds import CardType, ChangeKind
from registry.cards.known import known
from registry.cards.uploads import Upload
from registry.cards.values import Known, Values, across, read_all
from registry.org import User
from registry.tables import Table
from registry.words import Label

COLUMNS: Final = tuple(one for one in FIELDS if NEW & one.changed_by)
ROW: Final = Label("行号", "Row")
ERRORS: Final = Label("错误", "Errors")
UNIT: Final = Label("所属单位", "Unit")
# Columns of our own exports that say nothing to an import.
PASSED_OVER: Final = (ROW, ERRORS, UNIT, Label("净值", "Net value"))
NOISE: Final = re.compile(r"[\s*：:]+|[（(](?:元|yuan)[)）]$")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file: its number there, its cells, canonical values, refusals by field."""

    number: int
    cells: list[str]
    values: Values
    refusals: dict[str, Refused] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file read and checked. `columns`: the field of each head, None where it is passed over."""

    heads: list[str]
    columns: list[Field | None]
    rows: list[Row]

    @property
    def wrong(self) -> list[Row]:
        """The rows that must be mended."""
        return [row for row in self.rows if row.refusals]


def _plain(head: str) -> str:
    return NOISE.sub("", head).casefold()


HEADS: Final = {
    _plain(name): one for one in COLUMNS for name in (one.name, one.label.zh, one.label.en)
}
SILENT: Final = {_plain(name) for one in PASSED_OVER for name in (one.zh, one.en)}


def columns(heads: Iterable[str]) -> list[Field | None]:
    """The fields that heads name: by label in either language, or by the field's own name.

    Raises Refused 'import.column_unknown', 'import.column_twice' or 'import.columns_missing'.
    """
    found: list[Field | None] = []
    for place, head in enumerate(heads, 1):
        one = HEADS.get(_plain(head))
        if one is None and _plain(head) and _plain(head) not in SILENT:
            raise Refused("import.column_unknown", field="file", column=head[:40], place=place)
        if one is not None and one in found:
            raise Refused("import.column_twice", field="file", column=one.label)
        found.append(one)
    missing = [one.label for one in COLUMNS if one.required and one not in found]
    if missing:
        names = Label("、".join(m.zh for m in missing), ", ".join(m.en for m in missing))
        raise Refused("import.columns_missing", field="file", columns=names)
    return found


TAKEN: LiteralString = "SELECT code FROM card WHERE code = ANY(%(codes)s)"


def check(conn: Connection, unit: int, table: Table, now: datetime) -> Checked:
    """Every row checked against every rule, for cards of `unit`. Raises as `columns`."""
    heads = columns(table.heads)
    facts = known(conn, unit, now)
    rows = [_row(number, cells, heads, table, facts) for number, cells in table.rows]
    codes = [row.values.get("code", "") for row in rows]
    taken = {code for (code,) in conn.execute(TAKEN, {"codes": codes})}
    first: dict[str, int] = {}
    for row, code in zip(rows, codes, strict=True):
        if not code or "code" in row.refusals:
            continue
        earlier = first.setdefault(code, row.number)
        if earlier != row.number:
            row.refusals["code"] = Refused(
                "import.code_twice", field="code", code=code, row=earlier
            )
        elif code in taken:
            row.refusals["code"] = Refused("card.code_taken", field="code", code=code)
    return Checked(table.heads, heads, rows)


FIELDS_OF: Final = {one: drafting.asked(ChangeKind.IMPORT, one) for one in CardType}
# Where the type can't be read: a field of any.
OF_ANY_TYPE: Final = {one.name: one for fields in FIELDS_OF.values() for one in fields}
TYPE: Final = OF_ANY_TYPE["type"]


def _row(
    number: int, cells: list[str], heads: list[Field | None], table: Table, facts: Known
) -> Row:
    """A row with all that is wrong in it. Without a card type that can be read, every field that is
    filled in is still checked by itself; what no value of it can be says nothing across fields.
    """
    typed = {one.name: cell for one, cell in zip(heads, cells, strict=False) if one and cell}
    illegible = {
        one.name: fault.refused(one.name, one.label)
        for column, one in enumerate(heads)
        if one and (fault := table.fault(number, column, amount=one.form.numeric))
    }
    named, wrong = read_all((TYPE,), typed, facts)
    if wrong or "type" in illegible:
        fields = tuple(
            one for one in OF_ANY_TYPE.values() if one.types is None or one.name in typed
        )
    else:
        fields = FIELDS_OF[CardType(named["type"])]
    values, refusals = read_all(fields, typed, facts)
    refusals |= illegible
    if "type" not in refusals:
        present = {one.name for one in fields}
        for name in typed.keys() - present:
            label = next(one.label for one in COLUMNS if one.name == name)
            refusals[name] = Refused("import.not_of_this_type", field=name, label=label,
                                     type=CardType(named["type"]).label)  # fmt: skip
    legible = {name: value for name, value in values.items() if name not in refusals}
    return Row(number, cells, values, across(legible) | refusals)


STAGE: LiteralString = """
    INSERT INTO card_import_row (change_id, row, code, vals)
    SELECT %(change)s, staged.row, staged.code, staged.vals
      FROM unnest(%(rows)s::integer[], %(codes)s::text[], %(vals)s::jsonb[])
        AS staged (row, code, vals)
"""


def stage(
    conn: Connection, user: User, checked: Checked, source: Upload, reason: str, now: datetime
) -> int:
    """Keep a file without errors as a draft of kind import (A4): the change's id.

    Its cards come in at final approval, all or none. Raises Refused 'import.has_errors'.
    """
    if checked.wrong:
        raise Refused("import.has_errors", rows=len(checked.wrong))
    made = Draft({ATTACHMENTS: source.digest}, {}, [], reason[: drafting.LONGEST_REASON], {})
    title = f"{source.name} · {len(checked.rows):,}"
    change = changes.store(conn, user, ChangeKind.IMPORT, None, {}, made, title, now)
    filled = [{name: value for name, value in row.values.items() if value} for row in checked.rows]
    facts = {
        "change": change,
        "rows": [row.number for row in checked.rows],
        "codes": [row.values["code"] for row in checked.rows],
        "vals": [Jsonb(values) for values in filled],
    }
    conn.execute(STAGE, facts)
    return change


def source(conn: Connection, unit: int, digest: str) -> Upload:
    """The unit's own uploaded file; Refused 'import.file_gone' where it is not there."""
    found = uploads.of_unit(conn, unit, "attachment", [digest])
    if not found:
        raise Refused("import.file_gone", field="file")
    return found[0]
