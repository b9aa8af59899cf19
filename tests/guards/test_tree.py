"""The tree holds only what is ours, and says what is true."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
).stdout
TRACKED = [ROOT / name for name in LISTED.split("\0") if name and (ROOT / name).is_file()]
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-node.lock",
    "requirements-bench.lock",
    "package-lock.json",
)


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_download_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.findall(r'(?:resolved"|index-url|--find-links|https?://\S+\.(?:tgz|whl))', text)


@pytest.mark.parametrize("lock", LOCKS[:4])
def test_every_locked_package_has_a_hash(lock: str) -> None:
    blocks = (ROOT / lock).read_text().replace("\\\n", " ").strip().splitlines()
    assert [block for block in blocks if "==" in block and "--hash=sha256:" not in block] == []


def test_every_direct_dependency_has_its_line() -> None:
    page = (ROOT / "docs/dependencies.md").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    names = re.findall(r'^  "([a-z0-9-]+)(?:\[\w+\])?>=', project, re.MULTILINE)
    assert [name for name in names if not re.search(rf"\b{name}\b", page)] == []


def test_links_between_our_pages_lead_somewhere() -> None:
    pages = [path for path in TRACKED if path.suffix == ".md"]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_ci_runs_what_the_readme_says() -> None:
    assert "make test" in (ROOT / "README.md").read_text()
    assert (ROOT / ".ci/run").read_text().strip().endswith("exec make test")
