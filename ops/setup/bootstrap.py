"""Make the virtual environment and hand over to it; runs on any Python 3.11+ without packages.

    python3 ops/setup/bootstrap.py demo|test|develop [--port N]

It installs what Debian must give first, then just enough (rich) to show the rest as progress.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RICH = ("rich", "markdown-it-py", "mdurl", "pygments")
LEAST = (3, 11)


def say(text: str) -> None:
    """One plain line, at once."""
    print(text, flush=True)


def fail(text: str) -> None:
    """End with a message that says what to do."""
    raise SystemExit(f"panhuo: {text}")


def check_port(arguments: list[str]) -> None:
    """A taken port is told before anything starts."""
    if "--port" not in arguments:
        return
    word = arguments[arguments.index("--port") + 1]
    if not word.isdigit() or not 1 <= int(word) <= 65535:
        fail(f"PORT={word} is no port: use a number from 1 to 65535, as in `make demo PORT=9000`.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(word)))
        except PermissionError:
            fail(f"Port {word} needs more rights than you have: use one from 1024 on.")
        except OSError:
            fail(f"Port {word} is taken. Stop what listens there, or `make demo PORT=9000`.")


def make_environment() -> None:
    """The virtual environment; made again where its Python is gone or of another version."""
    if PYTHON.exists():
        command = [str(PYTHON), "-c", "import sys; print(*sys.version_info[:2])"]
        found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        if found == [str(part) for part in sys.version_info[:2]]:
            return
        shutil.rmtree(VENV)
    if find_spec("ensurepip") is None:
        install_venv_package()
    say("· making the virtual environment in .venv …")
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    say(f"✓ virtual environment ({time.monotonic() - began:.0f} s)")


def install_venv_package() -> None:
    """Debian packs Python's venv apart."""
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    if sudo and shutil.which("sudo") is None:
        fail("python3-venv is missing: have it installed with `apt-get install python3-venv`.")
    say("· installing python3-venv …")
    for command in (["apt-get", "update", "-q"], ["apt-get", "install", "-yq", "python3-venv"]):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*sudo, *command], check=True, env=environment, stdout=subprocess.DEVNULL)


def install_rich() -> None:
    """Of the locked packages, the few that draw progress."""
    command = [str(PYTHON), "-c", "import rich.progress"]
    if subprocess.run(command, capture_output=True, check=False).returncode == 0:
        return
    blocks = (ROOT / "requirements.lock").read_text().replace("\\\n", " ").splitlines()
    wanted = [line for line in blocks if line.split("==")[0].strip() in RICH]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(wanted))
        file.flush()
        command = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*command, "--require-hashes", "--no-deps", "-r", file.name], check=True)


def main() -> None:
    """Bootstrap, then go on in the new environment with `ops.setup.environment`."""
    if sys.version_info < LEAST:
        fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    arguments = sys.argv[1:]
    check_port(arguments)
    try:
        make_environment()
        install_rich()
    except subprocess.CalledProcessError as error:
        fail(f"`{' '.join(map(str, error.cmd[:6]))} …` failed; its words are above.")
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "ops.setup.environment", arguments[0]])


if __name__ == "__main__":
    main()
