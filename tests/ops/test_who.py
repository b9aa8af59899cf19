"""Who gives a command, on a machine that has no name for its user."""

import os
import subprocess
import sys

import pytest

NOBODY = 54_321
ASK = f"import os, pwd; from ops.who import is_here; os.setuid({NOBODY}); print(is_here())"
NAMES = {"LOGNAME", "USER", "LNAME", "USERNAME"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_user_without_a_name_is_told_by_number_instead_of_a_traceback() -> None:
    nameless = {name: value for name, value in os.environ.items() if name not in NAMES}
    command = [sys.executable, "-c", ASK]
    done = subprocess.run(command, env=nameless, check=True, capture_output=True, text=True)
    assert done.stdout == f"uid {NOBODY}\n"
