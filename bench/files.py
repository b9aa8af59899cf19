"""Cards in and out by files: 10,000 rows imported in s, 100,000 cards exported in s and MB.

python -m bench.files; the last line is JSON.
"""

import csv
import io
import json
import resource
import tempfile
import time
from datetime import UTC, datetime

from bench.portal import stage
from db import scalar, single_connection
from db.roles import DatabaseRole
from registry import tables
from registry.cards import exports, imports, uploads, write
from registry.cards.register import Query
from registry.org import user

CARDS = 100_000
ROWS = 10_000
HEADS = ("code", "name", "category", "type", "quantity", "measure", "original_value", "status", "shareable",
         "brand", "model", "serial_number", "place", "custodian", "acquired_on")  # fmt: skip


def sheet() -> bytes:
    """A CSV of ROWS good rows."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADS)
    for n in range(ROWS):
        writer.writerow((f"IN{n:08}", "台式计算机", "A02010105", "通用设备", 1, "台", 5600, "在用", "否",
                         "联想", "启天 M4", f"SN{n}", f"{n % 9} 号楼", "符海燕", "2024-03-18"))  # fmt: skip
    return text.getvalue().encode()


def main() -> None:
    """Measure, and print a line of JSON."""
    result: dict[str, float] = {}
    now = datetime.now(UTC)
    with (
        stage(CARDS) as (running, data, _province),
        single_connection(running.url(DatabaseRole.PORTAL)) as conn,
    ):
        key = scalar(conn, "SELECT id FROM app_user WHERE login = 'small'")
        assert isinstance(key, int)
        clerk = user(conn, key)
        assert clerk is not None
        units = [unit for (unit,) in conn.execute("SELECT id FROM unit")]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for name, writing in (("csv", exports.write_csv), ("xlsx", exports.write_xlsx)):
            began = time.monotonic()
            with tempfile.TemporaryFile() as file:
                assert writing(conn, Query(units=units), "zh", file) == CARDS
            result[f"export_{name}_s"] = round(time.monotonic() - began, 1)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        result |= {"export_peak_mb": peak // 1024, "before_mb": before // 1024}
        began, content = time.monotonic(), sheet()
        checked = imports.check(conn, clerk.unit_id, tables.read("x.csv", content), now)
        source = uploads.keep(conn, data, clerk, uploads.document("x.csv", content), now)
        change = imports.stage(conn, clerk, checked, source, "", now)
        result["import_draft_s"] = round(time.monotonic() - began, 1)
        began = time.monotonic()
        assert write.insert_staged(conn, clerk.unit_id, change) == ROWS
        result["import_bring_in_s"] = round(time.monotonic() - began, 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
