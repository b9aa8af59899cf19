"""Who gives a command, as far as the machine knows."""

import getpass
import os


def is_here() -> str:
    """The user of this machine; 'uid <number>' where it has no name, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
