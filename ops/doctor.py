"""Check every part that the product stands on, and say how to mend what is not well."""

import importlib.metadata
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import qrcode
from PIL import Image, ImageFont
from pyzbar import pyzbar

import portal
from db import DatabaseSettings, PanhuoError, binaries
from ingest import broker, broker_certificates, check_limits, check_listeners
from ops import doctor_database
from ops.findings import Finding, Health, well
from ops.settings import OpsSettings

LEAST_PYTHON = (3, 11)
LEAST_NODE = 20
LEAST_MOSQUITTO = (2, 0)
LEAST_DAYS = 30  # of a certificate
FREE_BYTES = 5 * 10**9
ROOT = Path(__file__).resolve().parents[1]
CHECKOUT = (ROOT / "requirements.lock").exists()  # an installed package has none
AGAIN = "Run `make setup`." if CHECKOUT else "Install the package again, with all it asks for."


def python() -> Finding:
    """The interpreter."""
    seen = sys.version.split()[0]
    if sys.version_info < LEAST_PYTHON:
        return Finding("Python", Health.BROKEN, seen, "Install Python 3.11 or newer.")
    return well("Python", seen)


def packages() -> Finding:
    """The installed packages: in a checkout against the lock, else what panhuo asks for."""
    wanted = _locked() if CHECKOUT else dict.fromkeys(_required(), "")
    wrong = []
    for name, version in wanted.items():
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "missing"
        if installed == "missing" or (version and installed != version):
            wrong.append(f"{name} {installed}" + (f" (locked: {version})" if version else ""))
    if wrong:
        health = Health.WARNING if CHECKOUT else Health.BROKEN
        return Finding("Python packages", health, ", ".join(wrong), AGAIN)
    return well("Python packages", "as locked" if CHECKOUT else f"{len(wanted)} installed")


def _locked() -> dict[str, str]:
    """Names and versions of the lock that hold for every interpreter."""
    found = {}
    for line in (ROOT / "requirements.lock").read_text().splitlines():
        name, separator, rest = line.partition("==")
        if separator and ";" not in rest and not line.startswith(" "):
            found[name] = rest.split()[0]
    return found


def _required() -> list[str]:
    """Names of what the installed panhuo asks for, extras aside."""
    asked = importlib.metadata.requires("panhuo") or []
    return [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in asked if "extra ==" not in line]


def front_end() -> Finding:
    """The built files that pages load."""
    vendor = Path(portal.__file__).parent / "static/vendor"
    if not vendor.is_dir() or not any(vendor.iterdir()):
        return Finding("Front end", Health.BROKEN, "not built", AGAIN)
    size = sum(path.stat().st_size for path in vendor.rglob("*") if path.is_file())
    return well("Front end", f"{size / 1e6:.1f} MB built")


def broker_program() -> Finding:
    """mosquitto and its version."""
    try:
        path = broker.command(Path(), OpsSettings().mosquitto)[0]
    except PanhuoError:
        return Finding("Broker", Health.BROKEN, "no mosquitto", "apt-get install mosquitto")
    shown = subprocess.run([path, "-h"], capture_output=True, text=True, check=False).stdout
    version = next((word for word in shown.split() if word[0].isdigit()), "0")
    if tuple(int(part) for part in version.split(".")[:2]) < LEAST_MOSQUITTO:
        return Finding("Broker", Health.BROKEN, f"mosquitto {version}", "Version 2 is needed.")
    return well("Broker", f"mosquitto {version}")


def broker_limits() -> Finding:
    """The generated configuration's limits: the defaults lose data while a subscriber is away."""
    path = broker.folder(DatabaseSettings().data) / broker.CONFIGURATION
    if not path.exists():
        seen = "not configured yet"
        return Finding("Broker limits", Health.WARNING, seen, "Run `panhuo broker configure`.")
    if lacks := check_limits(path.read_text()):
        mend = "Run `panhuo broker configure`, then restart it."
        return Finding("Broker limits", Health.BROKEN, "; ".join(lacks), mend)
    return well("Broker limits", "as the collector needs")


def broker_listeners() -> Finding:
    """The listeners, an operator's own too: TLS off loopback, client ids that are not chosen."""
    where = broker.folder(DatabaseSettings().data)
    path = where / broker.CONFIGURATION
    if not path.exists():
        seen = "not configured yet"
        return Finding("Broker listeners", Health.WARNING, seen, "Run `panhuo broker configure`.")
    own = sorted((where / broker.OWN_CONFIGURATION).glob("*.conf"))
    text = "\n".join(file.read_text() for file in (path, *own))
    if lacks := check_listeners(text):
        mend = f"Run `panhuo broker configure`; change what is in {where / 'conf.d'}; restart it."
        return Finding("Broker listeners", Health.BROKEN, "; ".join(lacks), mend)
    return well("Broker listeners", "TLS off loopback, each client under its own name")


def broker_certificate() -> Finding:
    """How long the broker's certificate still serves."""
    path = broker.folder(DatabaseSettings().data) / broker_certificates.CERTIFICATE
    if not path.exists():
        return well("Broker certificate", "none: plain on loopback, or not configured yet")
    left = (broker_certificates.shown(path).ends_at - datetime.now(UTC)).days
    mend = "Run `panhuo broker configure`, with a new one where it is given."
    if left < 0:
        return Finding("Broker certificate", Health.BROKEN, "has ended", mend)
    if left < LEAST_DAYS:
        return Finding("Broker certificate", Health.WARNING, f"ends in {left} days", mend)
    return well("Broker certificate", f"serves {left} days more")


def timescaledb_program() -> Finding:
    """A TimescaleDB that a private server can be made of, or a server that is named."""
    if DatabaseSettings().database_url:
        return well("TimescaleDB", "PANHUO_DATABASE_URL is set")
    found = binaries.find()
    if found is None:
        mend = (
            "Run `make setup`, or set PANHUO_DATABASE_URL."
            if CHECKOUT
            else "Set PANHUO_DATABASE_URL."
        )
        return Finding("TimescaleDB", Health.BROKEN, "not found", mend)
    return well("TimescaleDB", f"{found.bin} in {found.root}")


def barcodes() -> Finding:
    """libzbar reads back a QR code that we make."""
    picture = qrcode.make("ZY2018000046").get_image()
    read = [symbol.data.decode() for symbol in pyzbar.decode(picture)]
    if read != ["ZY2018000046"]:
        return Finding("Barcodes", Health.BROKEN, f"read {read}", "apt-get install libzbar0")
    return well("Barcodes", "libzbar reads what we print")


def fonts() -> Finding:
    """A Chinese font for what is drawn on the server."""
    command = ["fc-match", "-f", "%{family}|%{file}", "Noto Sans CJK SC:lang=zh-cn"]
    if shutil.which("fc-match") is None:
        paths = list(Path("/usr/share/fonts").rglob("NotoSansCJK-Regular.*"))
        family, file = ("Noto Sans CJK SC", str(paths[0])) if paths else ("none", "")
    else:
        shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        family, _, file = shown.partition("|")
    if "CJK" not in family and "CJK" not in file:
        return Finding("Fonts", Health.WARNING, family, "apt-get install fonts-noto-cjk")
    box = ImageFont.truetype(file, 20).getbbox("盘活")
    return well("Fonts", f"{family}, 盘活 is {box[2] - box[0]:.0f} px wide at 20")


def pictures() -> Finding:
    """Pillow reads the formats that people upload."""
    Image.init()
    missing = [name for name in ("JPEG", "PNG", "WEBP") if name not in Image.OPEN]
    if missing:
        return Finding("Pictures", Health.BROKEN, f"no {missing}", "Install Pillow from the lock.")
    return well("Pictures", "JPEG, PNG, WebP")


def node() -> Finding:
    """Node, needed only to build the front end."""
    if not CHECKOUT:
        return well("Node", "not needed: the front end is built")
    path = shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv/bin"))
    if path is None:
        return Finding("Node", Health.WARNING, "none", "`make setup` brings one.")
    shown = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    if int(shown.lstrip("v").split(".")[0]) < LEAST_NODE:
        return Finding("Node", Health.WARNING, shown.strip(), "`make setup` brings a newer one.")
    return well("Node", shown.strip())


def disk() -> Finding:
    """Room for readings where the data lives."""
    folder = DatabaseSettings().data
    while not folder.exists():
        folder = folder.resolve().parent
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        mend = f"Free some room on the disk of {folder}."
        return Finding("Disk", Health.WARNING, f"{free / 1e9:.1f} GB free", mend)
    return well("Disk", f"{free / 1e9:.0f} GB free")


def loopback() -> Finding:
    """Private servers listen on 127.0.0.1."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 0))
        except OSError as error:
            return Finding("Loopback", Health.BROKEN, str(error), "Bring up the interface lo.")
    return well("Loopback", "127.0.0.1")


CHECKS: Final[tuple[Callable[[], Finding], ...]] = (
    python,
    packages,
    node,
    front_end,
    timescaledb_program,
    doctor_database.database,
    doctor_database.passwords,
    broker_program,
    broker_limits,
    broker_listeners,
    broker_certificate,
    barcodes,
    fonts,
    pictures,
    loopback,
    disk,
)


def examine() -> list[Finding]:
    """Every check's finding; a check that itself fails is a finding too."""
    return [_examined(check) for check in CHECKS]


def _examined(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # the doctor must not die of what it looks for
        return Finding(check.__name__, Health.BROKEN, repr(error), AGAIN)
