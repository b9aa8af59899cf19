"""Find a PostgreSQL that has TimescaleDB on this machine, or make one.

Debian 13 packages it; for Debian 12 a Debian 13 root is made once in the user's cache folder
and the server runs from inside it.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from db.errors import Refused

POSTGRESQL = PurePosixPath("/usr/lib/postgresql")
CONTROL = "extension/timescaledb.control"
RELEASE = "trixie"
PACKAGE = "postgresql-17-timescaledb"


@dataclass(frozen=True, slots=True)
class Binaries:
    """PostgreSQL's programs, and how to run them as an ordinary user.

    `prefix` goes before each command (chroot, setpriv, sudo); `root` is the folder that the
    programs take for `/`; `uid` and `gid` own the files of their clusters.
    """

    bin: PurePosixPath
    prefix: tuple[str, ...]
    root: Path
    uid: int
    gid: int

    def command(self, program: str, *arguments: str) -> list[str]:
        """The command line that runs `program`."""
        return [*self.prefix, str(self.bin / program), *arguments]

    def cluster(self, data: Path) -> tuple[PurePosixPath, Path]:
        """Where the cluster of the data folder lives: as its server sees it, as we see it.

        Where the server can't reach the data folder itself (it is inside another root, or runs
        as another user than the folder's), it is a folder of the same, stable, name elsewhere.
        """
        if self.root == Path("/") and not self.prefix:
            inside = PurePosixPath(data.resolve()) / "postgresql"
        else:
            key = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
            inside = PurePosixPath("/var/lib/panhuo") / key
        return inside, self.root / inside.relative_to("/")


def cache_folder() -> Path:
    """Where what is made once for all clones is kept."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "panhuo"


def tree() -> Path:
    """The Debian 13 root that is made where Debian has no TimescaleDB."""
    return cache_folder() / RELEASE


def _with_timescaledb(root: Path) -> PurePosixPath | None:
    """The newest PostgreSQL below `root` that has the extension."""
    versions = sorted(
        (root / POSTGRESQL.relative_to("/")).glob("*/bin/postgres"),
        key=lambda path: int(path.parts[-3]),
        reverse=True,
    )
    for path in versions:
        version = path.parts[-3]
        if (root / "usr/share/postgresql" / version / CONTROL).exists():
            return POSTGRESQL / version / "bin"
    return None


def _native() -> Binaries | None:
    folder = _with_timescaledb(Path("/"))
    if folder is None:
        return None
    if os.geteuid() != 0:
        return Binaries(folder, (), Path("/"), os.getuid(), os.getgid())
    user = pwd.getpwnam("postgres")  # PostgreSQL refuses to run as root
    prefix = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--")
    return Binaries(folder, prefix, Path("/"), user.pw_uid, user.pw_gid)


def _in_tree() -> Binaries | None:
    root = tree()
    if not (root / ".complete").exists():
        return None
    folder = _with_timescaledb(root)
    if folder is None:
        return None
    if os.geteuid() == 0:
        uid, gid = _user_inside(root, "postgres")
        sudo: tuple[str, ...] = ()
    else:
        uid, gid, sudo = os.getuid(), os.getgid(), ("sudo", "-n")
    prefix = (*sudo, "chroot", f"--userspec={uid}:{gid}", str(root))
    return Binaries(folder, prefix, root, uid, gid)


def _user_inside(root: Path, name: str) -> tuple[int, int]:
    for line in (root / "etc/passwd").read_text().splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return int(fields[2]), int(fields[3])
    raise Refused("database.tree_broken", path=str(root))


def find() -> Binaries | None:
    """PostgreSQL with TimescaleDB on this machine: Debian's own, else the made root's."""
    return _native() or _in_tree()


def mirror() -> str:
    """The package mirror that this machine's apt uses for Debian."""
    command = ["apt-get", "indextargets", "--format", "$(SITE)"]
    sites = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    for site in sites:
        if "security" not in site:
            return site
    raise Refused("database.no_mirror")


def make_tree(run: Sequence[str] = ()) -> None:
    """Make the Debian 13 root (under a minute, 700 MB); `run` is () for root, else ('sudo',).

    A root half made is made again.
    """
    root = tree()
    root.parent.mkdir(parents=True, exist_ok=True)
    if root.exists():
        subprocess.run([*run, "rm", "-rf", "--one-file-system", str(root)], check=True)
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={PACKAGE}",
        RELEASE,
        str(root),
        mirror(),
    ]
    finished = subprocess.run([*run, *command], capture_output=True, text=True, check=False)
    if finished.returncode != 0:
        log = root / "debootstrap/debootstrap.log"
        tail = log.read_text(errors="replace")[-600:] if log.exists() else finished.stderr[-600:]
        raise Refused("database.tree_failed", output=tail)
    shutil.rmtree(root / "var/cache/apt/archives", ignore_errors=True)
    if os.geteuid() != 0:
        _introduce(root, run)
    subprocess.run([*run, "touch", str(root / ".complete")], check=True)


def _introduce(root: Path, run: Sequence[str]) -> None:
    """Let the root know who we are: initdb asks for the name of whoever runs it."""
    entry = f"panhuo:x:{os.getuid()}:{os.getgid()}::/nonexistent:/usr/sbin/nologin\n"
    passwd = str(root / "etc/passwd")
    subprocess.run(
        [*run, "tee", "-a", passwd], input=entry.encode(), check=True, capture_output=True
    )
