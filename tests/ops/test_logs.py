"""What is logged can be read on a terminal, whatever somebody typed."""

import json
import os
import subprocess
import sys

import pytest

PROGRAM = """
import logging, structlog
from ops import logs

logs.configure("probe")
log = structlog.get_logger("probe")
typed = "\\x1b[2J\\x9b\\u202e\\u200b\\r\\n2026-01-01 [info] forged"
log.info("signed in", login=typed, name="海南　图书馆")
logging.getLogger("other").warning("no such page %s", typed)
try:
    raise ValueError(typed)
except ValueError:
    log.exception("failed")
"""


@pytest.mark.parametrize("form", ["console", "json"])
def test_what_was_typed_writes_no_line_and_obeys_nothing(form: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], env={**os.environ, "PANHUO_LOG_FORMAT": form},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = ran.stderr
    assert said.count("forged") >= 3
    assert not set(said) & set("\x1b\x9b\u202e\u200b\r")
    assert [line for line in said.splitlines() if line.startswith("2026-01-01")] == []
    assert "海南　图书馆" in said
    if form == "json":
        assert len([json.loads(line) for line in said.splitlines()]) == 3
