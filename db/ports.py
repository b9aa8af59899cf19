"""Ports of this machine, claimed before anything listens: two that start at once choose two.

A claim is a name among the abstract sockets of Linux: one owner at a time, within the same network
namespace as the port itself, and given back by the kernel when its process ends, however it ends.
"""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from db.errors import Refused

LOOKED_AT: Final = 200
LAST: Final = 65_535


@contextmanager
def kept(port: int) -> Iterator[int]:
    """This port is ours for the block, though nothing may listen there yet.

    Raises Refused 'port.taken' where something listens there, or somebody else has claimed it.
    """
    with _claimed(port) as ours:
        if not ours:
            raise Refused("port.taken", port=port)
        yield port


@contextmanager
def first_free(first: int) -> Iterator[int]:
    """The first port from `first` on that is free, ours for the block.

    Raises Refused 'port.none_free'.
    """
    for port in range(first, min(first + LOOKED_AT, LAST + 1)):
        with _claimed(port) as ours:
            if ours:
                yield port
                return
    raise Refused("port.none_free", first=first)


def free(first: int) -> int:
    """The first port from `first` on that is free now: whoever is quick may take it."""
    with first_free(first) as port:
        return port


@contextmanager
def _claimed(port: int) -> Iterator[bool]:
    """Whether the port is ours for the block."""
    with closing(socket.socket(socket.AF_UNIX)) as claim:
        try:
            claim.bind(f"\0panhuo.port.{port}")
        except OSError:
            yield False
        else:
            yield _is_silent(port)


def _is_silent(port: int) -> bool:
    """Whether nothing listens there on loopback."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
