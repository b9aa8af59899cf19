"""Symbols out: labels with QR, Code 128 and Chinese text, on sheets and rolls (H5)."""

from scanner.labels.formats import FORMATS, Format
from scanner.labels.layout import Drawing, drawn
from scanner.labels.written import Facts, Order, Written

__all__ = ["FORMATS", "Drawing", "Facts", "Format", "Order", "Written", "drawn"]
