"""The files of the phone app: its modules under one version, and what its worker keeps of them."""

import hashlib
from functools import cache
from typing import Final

from flask import url_for

from portal.static_files import FOLDER, address, version

MODULES: Final = FOLDER / "js/app"
VERSION_LETTERS: Final = 12
ICONS: Final = (192, 512)
# What the app loads besides its modules; the wasm reads codes where the browser can't (H2).
STATIC: Final = (
    "vendor/tabler.min.css",
    "css/tokens.css",
    "css/app.css",
    "js/theme.js",
    "img/mark.svg",
    "vendor/detector.js",
    "vendor/zxing_reader.wasm",
)


@cache
def modules() -> dict[str, bytes]:
    """Name and content of each module of the app."""
    return {path.name: path.read_bytes() for path in sorted(MODULES.glob("*.js"))}


def app_version(page: str) -> str:
    """Changes with whatever the app consists of: modules, static files, and its `page`."""
    found = hashlib.sha256(page.encode())
    for name, content in modules().items():
        found.update(name.encode() + b"\0" + content + b"\0")
    for name in STATIC:
        found.update(version(name).encode())
    return found.hexdigest()[:VERSION_LETTERS]


@cache
def code_version() -> str:
    """The version in the modules' addresses: they import each other by relative ones."""
    return app_version("")


def shell() -> list[str]:
    """Every address that the app needs without network."""
    code = code_version()
    return [
        url_for("app.shell"),
        url_for("app.manifest"),
        *(url_for("app.icon", size=size) for size in ICONS),
        *(address(name) for name in STATIC),
        *(url_for("app.module", code=code, name=name) for name in modules() if name != "sw.js"),
    ]
