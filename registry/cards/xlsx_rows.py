"""The rows of an XLSX as lines of JSON: a program of its own, which imports nothing of ours.

A small file may unfold to gigabytes, in ways that only its reader knows: shared strings that many
cells name, a cell at the far corner, a bomb. So it is unfolded in a process that may grow so far
and no farther (registry.cards.tables starts it), and whose memory the system takes back.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, ZipError

MOST_MEMORY: Final = 512 * 2**20  # bytes of address space
MOST_CPU_S: Final = 30
ILLEGIBLE: Final = 3  # exit codes; anything else but 0: it grew too large
TOO_LARGE: Final = 4


def from_cell(value: object) -> str:
    """What a spreadsheet's cell holds, as somebody would have typed it.

    Whole floats lose their '.0': that is how files keep 12.
    """
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case datetime():
            return value.date().isoformat()
        case timedelta():
            return str(value)
        case _:
            return str(value)


def rows(content: bytes) -> Iterator[list[str]]:
    """The first sheet's rows, those above its first cell too; ValueError where it can't be read."""
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        for _ in range(sheet.start[0] if sheet.start else 0):
            yield []
        for cells in sheet.to_python(skip_empty_area=True):
            yield [from_cell(cell).strip() for cell in cells]
    except (CalamineError, ZipError, OSError, ValueError, IndexError) as error:
        raise ValueError(str(error)) from error


def main() -> int:
    """Rows of the file on stdin to stdout; an exit code as above."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_S, MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for cells in rows(sys.stdin.buffer.read()):
            sys.stdout.buffer.write(json.dumps(cells, ensure_ascii=False).encode() + b"\n")
        sys.stdout.flush()
    except MemoryError:
        return TOO_LARGE
    except BaseException:  # the reader's own panics are no Exception
        return ILLEGIBLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
