"""A port is one's own from when it is chosen, not from when something listens there."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from db import Refused, ports
from tests.fixtures.ports import from_port

FIRST = from_port(26_432)


@pytest.fixture
def port() -> Iterator[int]:
    with ports.first_free(FIRST) as found:
        yield found


def test_who_comes_second_gets_the_next_port_though_nothing_listens_yet(port: int) -> None:
    with ports.first_free(port) as next_one:
        assert next_one > port
    with ports.first_free(port) as again:
        assert again == next_one


def test_a_port_that_somebody_has_chosen_is_refused_by_its_number(port: int) -> None:
    with pytest.raises(Refused) as refused, ports.kept(port):
        pass
    assert (refused.value.code, refused.value.facts) == ("port.taken", {"port": port})


def test_a_port_where_something_listens_is_nobodys_to_choose() -> None:
    with ports.first_free(FIRST) as found, socket.create_server(("127.0.0.1", found)):
        pass
    with socket.create_server(("127.0.0.1", found)):
        assert ports.free(found) > found
        with pytest.raises(Refused), ports.kept(found):
            pass


HOLD = """
import sys
from db import ports
with ports.kept(int(sys.argv[1])):
    print("kept", flush=True)
    sys.stdin.read()
"""


@pytest.mark.kills
def test_what_a_killed_process_had_chosen_is_free_again() -> None:
    free = ports.free(FIRST)
    command = [sys.executable, "-c", HOLD, str(free)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "kept\n"
        with pytest.raises(Refused), ports.kept(free):
            pass
        other.kill()
        other.wait()
    with ports.kept(free):
        pass
