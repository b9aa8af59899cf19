"""Symbols in: what guns type and photos show, read as codes of cards (H2)."""

from scanner.decode.gun import Gun, Reading, Why, chosen, in_symbol, itself, readings, seen

__all__ = ["Gun", "Reading", "Why", "chosen", "in_symbol", "itself", "readings", "seen"]
