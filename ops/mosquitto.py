"""Find the mosquitto program."""

import os
import shutil
from pathlib import Path

from db import Refused
from ops.settings import OpsSettings


def program(settings: OpsSettings) -> Path:
    """The broker's program; Debian puts it where ordinary users' PATH doesn't look."""
    if settings.mosquitto:
        return settings.mosquitto
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
    found = shutil.which("mosquitto", path=path)
    if found is None:
        raise Refused("ops.no_mosquitto")
    return Path(found)
