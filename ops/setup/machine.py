"""What the machine must have: Debian packages, the front end, TimescaleDB.

.venv/bin/python -m ops.setup.machine demo|test|develop
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from db import PanhuoError, binaries
from ops.setup.environment import pip
from ops.setup.progress import Failed, Make, run_shown
from ops.setup.steps import ROOT, VENV, Step, noted, take

LEAST_NODE = 20
DEBIAN: Final = {
    "demo": ("mosquitto", "libzbar0", "fonts-noto-cjk"),
    "test": (
        *("mosquitto", "mosquitto-clients", "libzbar0", "fonts-noto-cjk"),
        "chromium-headless-shell",
    ),
}
# Debian starts the services that it installs; ours run on ports of their own, by themselves.
INSTALL = """
set -e
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -yq --no-install-recommends "$@"
"""


def root_prefix() -> list[str]:
    """What makes a command run as root: nothing, or sudo (asked for its password once)."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        raise Failed("This needs root: run it as root, or install sudo.")
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode != 0:
        if not sys.stdin.isatty():
            raise Failed("This needs root, and sudo asks for a password: run `sudo -v` first.")
        subprocess.run(["sudo", "-v"], check=True)
    return ["sudo"]


def missing_packages(goal: str) -> list[str]:
    """Debian packages of this goal that are not installed."""
    wanted = list(DEBIAN[goal])
    if not os.environ.get("PANHUO_DATABASE_URL") and binaries.find() is None:
        wanted.append(binaries.PACKAGE if debian_has_timescaledb() else "debootstrap")
    query = ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\\n", *wanted]
    finished = subprocess.run(query, capture_output=True, text=True, check=False)
    installed = {
        line.split()[0] for line in finished.stdout.splitlines() if line.endswith(" installed")
    }
    return [name for name in wanted if name not in installed]


def debian_has_timescaledb() -> bool:
    """Debian 13 packages TimescaleDB; Debian 12 doesn't."""
    command = ["apt-cache", "show", binaries.PACKAGE]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def install_packages(goal: str) -> Make:
    """Install what Debian packages; without root, say exactly what is missing."""

    def make(report: Callable[[str], None]) -> None:
        names = missing_packages(goal)
        try:
            prefix = root_prefix()
        except Failed as error:
            raise Failed(f"{error} Missing Debian packages: {' '.join(names)}") from error
        run_shown([*prefix, "sh", "-c", INSTALL, "panhuo", *names], report)

    return make


def node_is_missing() -> bool:
    """No Node, or an old one, and none in the environment either."""
    path = f"{VENV / 'bin'}:{os.environ['PATH']}"
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        return True
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = re.match(r"v(\d+)", version.stdout)
    return major is None or int(major[1]) < LEAST_NODE


def install_node(report: Callable[[str], None]) -> None:
    """Node from its Python package."""
    run_shown(
        pip("install", "--require-hashes", "-r", str(ROOT / "requirements-node.lock")), report
    )


def front_end_sources() -> list[Path]:
    """What the built front end depends on."""
    return [
        ROOT / "package.json",
        ROOT / "package-lock.json",
        *(ROOT / "portal/front").glob("*"),
    ]


def build_front_end(report: Callable[[str], None]) -> None:
    """Front-end packages by npm, bundled into portal/static/vendor."""
    path = f"{VENV / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    run_shown(["npm", "ci", "--no-audit", "--no-fund"], report, environment)
    run_shown(["npm", "run", "build"], report, environment)


def translation_sources() -> list[Path]:
    """The message catalogues."""
    return list((ROOT / "portal/translations").rglob("*.po"))


def compile_translations(report: Callable[[str], None]) -> None:
    """Message catalogues into the form that is read at run time."""
    run_shown([str(VENV / "bin/python"), "-m", "portal.messages", "compile"], report)


def timescaledb_is_missing() -> bool:
    """Nobody's server is named and none is on this machine."""
    return not os.environ.get("PANHUO_DATABASE_URL") and binaries.find() is None


def make_timescaledb(report: Callable[[str], None]) -> None:
    """Debian 13's, in a root of its own (once for all checkouts)."""
    report("Debian 13 root with PostgreSQL 17 and TimescaleDB, about a minute")
    binaries.make_tree(root_prefix())


def steps(goal: str) -> list[Step]:
    """What a goal needs, in order."""
    packages = "demo" if goal == "demo" else "test"
    return [
        Step(
            "Debian packages", lambda: bool(missing_packages(packages)), install_packages(packages)
        ),
        Step("Node", node_is_missing, install_node),
        noted("Front end", "front-end", front_end_sources, build_front_end),
        noted("Translations", "translations", translation_sources, compile_translations),
        Step("TimescaleDB", timescaledb_is_missing, make_timescaledb),
    ]


def main() -> None:
    """Make what is missing for the goal, with progress."""
    try:
        take(steps(sys.argv[1]))
    except (Failed, PanhuoError) as error:
        raise SystemExit(f"panhuo: {error}") from error


if __name__ == "__main__":
    main()
