"""Install the locked Python packages and this checkout; needs rich and nothing else.

.venv/bin/python -m ops.setup.environment demo|test|develop
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from ops.setup.progress import Failed, run_shown
from ops.setup.steps import ROOT, VENV, Step, changed, noted, take

PROJECTS = (ROOT / "pyproject.toml", ROOT / "firmware-sim/pyproject.toml")
RUN = ROOT / "requirements.lock"
DEVELOP = ROOT / "requirements-dev.lock"  # what runs, and more


def pip(*arguments: str) -> list[str]:
    """pip of the environment."""
    return [str(VENV / "bin/python"), "-m", "pip", "--disable-pip-version-check", *arguments]


def install(lock: Path) -> Step:
    """The step that installs exactly the locked packages, and this checkout over them."""

    def make(report: Callable[[str], None]) -> None:
        run_shown(pip("install", "--require-hashes", "-r", str(lock)), report)
        here = ("-e", str(ROOT), "-e", str(ROOT / "firmware-sim"))
        run_shown(pip("install", "--no-deps", "--no-build-isolation", *here), report)

    return noted("Python packages", lock.name, lambda: [lock, *PROJECTS], make)


def steps(goal: str) -> list[Step]:
    """One lock; the larger one serves the demo too."""
    if goal != "demo":
        return [install(DEVELOP)]
    if not changed(DEVELOP.name, lambda: [DEVELOP, *PROJECTS]):
        return []
    return [install(RUN)]


def main() -> None:
    """Install, then go on with what the machine must have."""
    goal = sys.argv[1]
    try:
        take(steps(goal))
    except Failed as error:
        raise SystemExit(f"panhuo: {error}") from error
    os.execv(sys.executable, [sys.executable, "-m", "ops.setup.machine", goal])


if __name__ == "__main__":
    main()
