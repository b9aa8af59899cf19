"""How many drawn photos of labels are read, by kind of damage: ours beside plain pyzbar.

python -m bench.decode [--photos 16] [--write] [--tries]: `--write` puts the table into
docs/scanning.md, `--tries` tells what each way of looking reads by itself. Time is the processor's,
so that a busy machine reads the same. The last line is JSON.
"""

import argparse
import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from rich.console import Console
from rich.table import Table

from bench.photographs import KINDS, photograph
from scanner.decode import in_symbol, picture

FORMATS: Final = ("roll-60x40", "roll-40x30")
PAGE: Final = Path(__file__).resolve().parents[1] / "docs/scanning.md"
BEGIN, END = "<!-- rates: begin -->", "<!-- rates: end -->"
console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Rate:
    """Photos of one kind: how many there were, how many were read, processor seconds of the
    slowest."""

    kind: str
    photos: int
    ours: int
    plain: int
    wrong: int
    slowest: float


def file(image: Image.Image) -> bytes:
    """As a phone sends it."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()


def measured(kind: str, photos: int) -> Rate:
    """Read so many photos of one kind, in both ways."""
    ours = plain = wrong = 0
    slowest = 0.0
    for seed in range(photos):
        code, image = photograph(kind, seed, FORMATS[seed % len(FORMATS)])
        content = file(image)
        began = time.thread_time()
        symbols = picture.read(content, clock=time.thread_time)
        slowest = max(slowest, time.thread_time() - began)
        found = [in_symbol(symbol.text) for symbol in symbols]
        ours += (code,) in found
        wrong += any(codes != (code,) for codes in found)
        plain += any(code in text for text in picture.plain(content))
    return Rate(kind, photos, ours, plain, wrong, slowest)


def rows(rates: list[Rate]) -> list[tuple[str, str, str]]:
    """Kind, ours and plain as the page says them."""
    total = Rate("all", sum(r.photos for r in rates), sum(r.ours for r in rates),
                 sum(r.plain for r in rates), 0, 0.0)  # fmt: skip
    return [(r.kind, f"{r.ours / r.photos:.0%}", f"{r.plain / r.photos:.0%}")
            for r in (*rates, total)]  # fmt: skip


def write(rates: list[Rate]) -> None:
    """Put the table into the page."""
    lines = ["| damage | ours | plain pyzbar |", "| --- | ---: | ---: |"]
    lines += [f"| {kind} | {ours} | {plain} |" for kind, ours, plain in rows(rates)]
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")


def each_try(photos: int) -> None:
    """How many photos of each kind each way reads alone, and how long it takes."""
    table = Table("try", *KINDS, "ms")
    for one in picture.TRIES:
        began, counts = time.monotonic(), []
        for kind in KINDS:
            read = 0
            for seed in range(photos):
                code, image = photograph(kind, seed, FORMATS[seed % len(FORMATS)])
                found = picture.read(file(image), budget=60, tries=[one])
                read += any(code in symbol.text for symbol in found)
            counts.append(str(read))
        took = (time.monotonic() - began) / photos / len(KINDS)
        table.add_row(one.name, *counts, f"{took * 1000:.0f}")
    console.print(table)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=16)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--tries", action="store_true")
    asked = parser.parse_args()
    if asked.tries:
        each_try(asked.photos)
        return
    rates = [measured(kind, asked.photos) for kind in KINDS]
    table = Table("damage", "ours", "plain pyzbar")
    for row in rows(rates):
        table.add_row(*row)
    console.print(table)
    if asked.write:
        write(rates)
    slowest = max(rate.slowest for rate in rates)
    facts = {rate.kind: [rate.ours, rate.plain, rate.photos, rate.wrong] for rate in rates}
    print(json.dumps({"kinds": facts, "slowest_s": round(slowest, 2)}))


if __name__ == "__main__":
    main()
