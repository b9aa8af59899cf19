"""Symbols in and out: labels, decoding, the gun page, the phone app."""
