"""The broker's files, replaced in one step for its user alone; what an operator added stays."""

import os
import pwd
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from db import Refused

BEGIN: Final = (
    "# >>> panhuo: `panhuo broker configure` rewrites this part; own lines go outside of it"
)
END: Final = "# <<< panhuo"


def user() -> pwd.struct_passwd | None:
    """The user that a broker started by root becomes; None where it stays who we are.

    Raises Refused 'broker.no_user'.
    """
    if os.geteuid() != 0:
        return None
    for name in ("mosquitto", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Refused("broker.no_user")


def give_away(path: Path) -> None:
    """Make the broker's user the owner of `path`."""
    owner = user()
    if owner is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def folder(path: Path) -> None:
    """Make a folder that the broker's user alone may enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    give_away(path)


def write(path: Path, text: str) -> None:
    """Replace a file in one step, so that the broker never reads half of it."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    give_away(fresh)
    fresh.replace(path)


def read(path: Path) -> str:
    """What stands in the file; empty where there is none."""
    return path.read_text() if path.exists() else ""


def own_part(text: str) -> str:
    """What stands between the marks; all of a text without marks, as an older panhuo wrote it."""
    _, found, rest = text.partition(BEGIN + "\n")
    return rest.partition(END)[0] if found else text


def write_part(path: Path, lines: Iterable[str]) -> bool:
    """Replace the part between the marks and keep what is around it; whether anything changed.

    A file without marks is kept beside the new one, as `*.before`.
    """
    ours = "".join(f"{line}\n" for line in (BEGIN, *lines, END))
    old = read(path)
    before, found, rest = old.partition(BEGIN + "\n")
    after = rest.partition(END + "\n")[2] if found else ""
    if old and not found:
        write(path.with_name(f"{path.name}.before"), old)
    text = f"{before}{ours}{after}" if found else ours
    write(path, text)
    return text != old
