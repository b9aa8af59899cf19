"""Scans from a gun at a device file: a serial port, or an input device of a USB gun (H2).

Both are read with what Linux and Python have: pyserial has had no release since 2020.
"""

import fcntl
import os
import re
import select
import stat
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from db import Refused
from scanner.decode.keys import EVENT, Keys, texts

ENDS: Final = re.compile(rb"[\r\n\x00\x03]+")
GAP_S: Final = 0.12  # a gun sends a code in one go: after such a pause it has ended
LONGEST: Final = 4_096  # bytes of one scan
GRAB: Final = 0x40044590  # EVIOCGRAB: its keys come to us alone, not to the window in front
INPUT_MAJOR: Final = 13
SPEEDS: Final = {
    9_600: termios.B9600,
    19_200: termios.B19200,
    38_400: termios.B38400,
    57_600: termios.B57600,
    115_200: termios.B115200,
}


@contextmanager
def opened(device: Path, baud: int = 9_600) -> Iterator[Iterator[str]]:
    """The texts that the gun sends, until it is unplugged.

    Raises Refused 'scan.device' where there is none, or it may not be read.
    """
    try:
        descriptor = os.open(device, os.O_RDONLY | os.O_NOCTTY)
    except OSError as error:
        raise Refused("scan.device", device=str(device), why=error.strerror or "") from error
    try:
        if _types_keys(device, descriptor):
            with suppress(OSError):  # whoever tries it with a pipe has nothing to grab
                fcntl.ioctl(descriptor, GRAB, 1)
            yield keyed(descriptor)
        else:
            _set_up(descriptor, baud)
            yield lines(descriptor)
    finally:
        os.close(descriptor)


def _types_keys(device: Path, descriptor: int) -> bool:
    """Whether it is /dev/input/event…, under whatever name."""
    found = os.fstat(descriptor)
    is_input = stat.S_ISCHR(found.st_mode) and os.major(found.st_rdev) == INPUT_MAJOR
    return is_input or device.name.startswith("event")


def _set_up(descriptor: int, baud: int) -> None:
    """Bytes as they come, eight bits, no parity."""
    if not os.isatty(descriptor):
        return
    tty.setraw(descriptor)
    flags = termios.tcgetattr(descriptor)
    flags[4] = flags[5] = SPEEDS[baud]
    termios.tcsetattr(descriptor, termios.TCSANOW, flags)


def lines(descriptor: int) -> Iterator[str]:
    """Texts from a serial line: each ends with Enter, or with a pause."""
    kept = b""
    while True:
        ready, _write, _wrong = select.select([descriptor], [], [], GAP_S if kept else None)
        read = _read(descriptor) if ready else b""
        if ready and not read:
            yield from _texts([kept])
            return
        *whole, kept = ENDS.split(kept + read) if read else [kept, b""]
        if len(kept) > LONGEST:
            kept = b""
        yield from _texts(whole)


def _texts(parts: list[bytes]) -> Iterator[str]:
    for part in parts:
        if part:
            yield _decoded(part)


def _decoded(part: bytes) -> str:
    """Guns send ASCII; those that are set to Chinese send UTF-8 or GB18030."""
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return part.decode(encoding)
    return part.decode("latin-1")


def keyed(descriptor: int) -> Iterator[str]:
    """Texts from an input device: each ends with Enter."""
    keys, kept = Keys(), b""
    while read := _read(descriptor):
        kept += read
        whole = len(kept) // EVENT.size * EVENT.size
        yield from texts(keys, kept[:whole])
        kept = kept[whole:]


def _read(descriptor: int) -> bytes:
    """What has come; nothing where the gun is gone."""
    try:
        return os.read(descriptor, 4_096)
    except OSError:
        return b""
