"""`make demo` tells what is wrong before anything starts."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[2] / "ops/setup/bootstrap.py"


def bootstrap(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BOOTSTRAP), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_taken_port_is_named_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        finished = bootstrap("demo", "--port", str(port))
    assert finished.returncode != 0
    assert f"Port {port} is taken" in finished.stderr
    assert finished.stdout == ""


@pytest.mark.parametrize("word", ["80x", "0", "65536", "-1"])
def test_wrong_port_is_told_with_an_example(word: str) -> None:
    finished = bootstrap("demo", "--port", word)
    assert f"PORT={word} is no port" in finished.stderr
    assert "make demo PORT=9000" in finished.stderr
