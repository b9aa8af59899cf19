"""Scripts: browsers keep each for a year, so its address must change with its content."""

import re
from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "portal/static"
PAGES = STATIC.parent / "templates/pages"
APP = STATIC / "js/app"  # served under one version of them all (portal.app_files)
# A script that is named by another: not where a page tells the address, which `address` made.
NAMED = re.compile(r"""\b(?:from|import)\s*\(?\s*['"`]([^'"`]+\.m?js)['"`]|(import\.meta\.url)""")


def named_by(path: Path) -> list[str]:
    return [name or here for name, here in NAMED.findall(path.read_text())]


def test_no_script_names_another_without_its_version() -> None:
    scripts = [path for path in STATIC.rglob("*.js") if path.parent != APP]
    assert len(scripts) > 20
    found = {str(path.relative_to(STATIC)): named_by(path) for path in scripts}
    assert {name: names for name, names in found.items() if names} == {}


def test_the_phone_app_names_only_its_own_modules() -> None:
    for path in APP.glob("*.js"):
        for name in named_by(path):
            assert (path.name, (APP / name).parent == APP) == (path.name, True)


def test_a_page_with_files_loads_the_script_that_holds_them_to_their_limit() -> None:
    pages = {path.name: path.read_text() for path in PAGES.glob("*.html")}
    limited = {name for name in pages if re.search(r"(?:size_limit|s_field)\(", pages[name])}
    assert {"admin_reference.html", "change_form.html"} <= limited
    assert {name for name in limited if "js/forms.js" not in pages[name]} == set()
