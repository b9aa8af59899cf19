"""`panhuo` outside of the demo: an administrator's URL, processes' own, and what is wrong with them."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import psycopg
import pytest

from db import scalar, single_connection
from db.roles import DatabaseRole
from db.server import Server, load_secrets
from ops import reference
from tests.ops.installation import Installation, installation, own_server

ROOT = Path(__file__).resolve().parents[2]
STATEMENT = re.compile(r"in the database (\w+): (.*;) Then run this again")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here."""
    with own_server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def installed(running: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Made by an administrator without any right, and a superuser who runs what `db init` says."""
    with installation(running, tmp_path_factory.mktemp("data"), "") as made:
        owner = load_secrets(made.data)["panhuo_owner"]
        made.as_superuser(f"CREATE ROLE panhuo_owner LOGIN PASSWORD '{owner}'")  # not the dba's
        told: list[str] = []
        while (answer := made.panhuo("db", "init")).exit_code:
            found = STATEMENT.search(answer.stderr)
            assert found, answer.output
            assert found[2] not in told, "told twice"
            told.append(found[2])
            made.as_superuser(found[2], found[1])
        assert told == ['ALTER ROLE "dba" CREATEROLE CREATEDB;', 'GRANT "panhuo_owner" TO "dba";']
        yield made


def test_administrator_without_rights_is_told_what_a_superuser_must_run(
    installed: Installation,
) -> None:
    assert installed.panhuo("db", "status").stdout == "The schema is current.\n"


def test_every_command_finds_database_and_role_by_the_administrators_url(
    installed: Installation, tmp_path: Path
) -> None:
    divisions, categories = tmp_path / "divisions.csv", tmp_path / "categories.csv"
    divisions.write_text(reference.text("divisions"))
    categories.write_text(reference.text("categories"))
    for words in (
        ("reference", "divisions", str(divisions)),
        ("reference", "categories", str(categories)),
        ("unit", "add", "460100001", "海口市图书馆", "--division", "460100"),
        ("user", "add", "root", "--name", "系统", "--type", "001", "--unit", "460100001", "--role", "administrator"),
        ("user", "deactivate", "nobody"),
        ("gateway", "add", "gw-0001", "--unit", "460100001"),
        ("broker", "configure"),
        ("analytics", "run"),
        ("ministry", "status"),
        ("linked", "push", "nobody", str(categories)),
        ("audit", "verify"),
        ("audit", "export", str(tmp_path / "log.jsonl")),
        ("db", "migrate"),
    ):  # fmt: skip
        answer = installed.panhuo(*words)
        assert isinstance(answer.exception, SystemExit | None), (words, answer.exception)
        assert (answer.exit_code == 0) == ("nobody" not in words), (words, answer.output)


def test_migrating_or_installing_from_another_folder_changes_no_password(
    installed: Installation, tmp_path: Path
) -> None:
    portal = installed.url(DatabaseRole.PORTAL)
    for act in ("migrate", "init"):
        answer = installed.panhuo("db", act, data=tmp_path / "other")
        assert answer.exit_code == 1
        assert str(tmp_path / "other") in answer.stderr
    assert not (tmp_path / "other").exists()
    with single_connection(portal) as conn:
        assert scalar(conn, "SELECT current_user") == "panhuo_portal"


def test_owner_of_the_schema_migrates_with_their_own_url(
    installed: Installation, tmp_path: Path
) -> None:
    owner = installed.url(DatabaseRole.OWNER)
    answer = installed.panhuo("db", "migrate", url=owner, data=tmp_path)
    assert answer.stdout == "Nothing is pending.\n"


def test_role_of_a_newer_version_is_made_and_its_password_said_where(
    installed: Installation,
) -> None:
    before = installed.url(DatabaseRole.PORTAL)
    installed.as_superuser("ALTER ROLE panhuo_exchange RENAME TO not_yet")
    try:
        answer = installed.panhuo("db", "migrate")
        assert "made the roles panhuo_exchange" in answer.stdout
        assert str(installed.data / "secrets.json") in answer.stdout
        for url in (before, installed.url(DatabaseRole.EXCHANGE)):
            with single_connection(url) as conn:
                assert scalar(conn, "SELECT current_database()") == "panhuo"
    finally:
        installed.as_superuser("DROP OWNED BY panhuo_exchange", "panhuo")
        installed.as_superuser("DROP ROLE panhuo_exchange")
        installed.as_superuser("ALTER ROLE not_yet RENAME TO panhuo_exchange")


def test_new_passwords_are_given_only_when_asked_for(
    installed: Installation, tmp_path: Path
) -> None:
    before = installed.url(DatabaseRole.PORTAL)
    lacks = installed.panhuo("db", "passwords", data=tmp_path)  # a superuser made the owner
    found = STATEMENT.search(lacks.stderr)
    assert found, lacks.output
    installed.as_superuser(found[2], found[1])
    assert installed.panhuo("db", "passwords", data=tmp_path).exit_code == 0
    assert installed.panhuo("db", "status", data=tmp_path).exit_code == 0
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(before).close()
    assert installed.panhuo("db", "passwords").exit_code == 0  # as they were
    with single_connection(before) as conn:
        assert scalar(conn, "SELECT 1") == 1


COMMANDS = (
    ("db", "init"),
    ("db", "status"),
    ("db", "migrate"),
    ("db", "passwords"),
    ("unit", "add", "1", "x", "--division", "460100"),
    ("user", "password", "clerk"),
    ("gateway", "add", "gw-0009", "--unit", "1"),
    ("broker", "configure"),
    ("analytics", "run"),
    ("ministry", "status"),
    ("audit", "verify"),
)
FAULTS = {  # what is wrong with the URL: (what stands in it, by what it is replaced), what is said
    "password": (("dba:word", "dba:wrong"), ("password",)),
    "host": (("127.0.0.1", "nowhere.invalid"), ("not reached",)),
    "port": ((r":\d+/", ":1/"), ("not reached",)),
    "database": (("/postgres$", "/nothing"), ("There is no database nothing",)),
    "scheme": (("postgresql:", "mysql:"), ("of the form postgresql://",)),
}  # fmt: skip


# A command of the product's own roles takes server and port from the URL, the rest from the folder.
ADMINISTRATORS: Final = frozenset({("db", "init"), ("db", "passwords")})
WRONG: Final = [
    pytest.param(words, fault, id=f"{' '.join(words[:2])}-{fault}")
    for words in COMMANDS
    for fault in FAULTS
    if words in ADMINISTRATORS or fault not in {"password", "database"}
]


@pytest.mark.parametrize(("words", "fault"), WRONG)
def test_wrong_url_is_answered_in_one_sentence(
    installed: Installation, words: tuple[str, ...], fault: str
) -> None:
    (found, instead), said = FAULTS[fault]
    url = re.sub(found, instead, installed.admin_url)
    answer = installed.panhuo(*words, url=url)
    assert isinstance(answer.exception, SystemExit | None), answer.exception
    assert answer.exit_code == 1
    assert answer.stderr.startswith("panhuo: ")
    assert len(answer.stderr.splitlines()) == 1
    assert any(word in answer.stderr for word in said), answer.stderr


def test_processes_url_is_no_administrators(installed: Installation) -> None:
    answer = installed.panhuo("db", "init", url=installed.url(DatabaseRole.COLLECTOR))
    assert "administrator's PANHUO_DATABASE_URL; it is that of panhuo_collector" in answer.stderr


def doctor(installed: Installation, **how: str) -> dict[str, str]:
    """Mark and words by part, as `panhuo doctor` shows them."""
    answer = installed.panhuo("doctor", **how)  # type: ignore[arg-type]  # url alone
    assert isinstance(answer.exception, SystemExit | None), answer.exception
    lines = [line for line in answer.stdout.splitlines() if line[:1] in set("✓△✗")]
    return {re.split(r"  +", line[2:].strip())[0]: _finding(line) for line in lines}


def _finding(line: str) -> str:
    return " ".join([line[0], *re.split(r"  +", line[2:].strip())[1:]])


def test_doctor_tells_the_truth_with_every_url(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # each finding on one line
    well = doctor(installed)
    assert re.match(
        r"✓ PostgreSQL \d+, TimescaleDB [\d.]+, as the administrator dba, schema", well["Database"]
    )
    assert well["Database passwords"].startswith("✓")
    for role in DatabaseRole:
        own = doctor(installed, url=installed.url(role))
        assert own["Database"].startswith("✓"), own
        assert own["Database"].endswith(f"as {role.value}, schema current"), own
    for fault, said in (
        ("password", "password of the database role dba is wrong"),
        ("host", "not reached"),
        ("port", "not reached"),
        ("scheme", "of the form postgresql://"),
        ("database", "no database nothing"),
    ):
        (found, instead), _words = FAULTS[fault]
        bad = doctor(installed, url=re.sub(found, instead, installed.admin_url))
        assert bad["Database"].startswith("✗"), bad
        assert said in bad["Database"]
    name = "DELETE FROM _yoyo_migration WHERE migration_id = '0033.secrets' RETURNING *"
    installed.as_superuser(
        f"CREATE TABLE applied AS WITH gone AS ({name}) SELECT * FROM gone", "panhuo"
    )
    try:
        for url in (installed.admin_url, installed.url(DatabaseRole.PORTAL)):
            assert "lacks 1 migrations: 0033.secrets" in doctor(installed, url=url)["Database"]
        assert "pending 0033.secrets" in installed.panhuo("db", "status").stdout
    finally:
        installed.as_superuser("INSERT INTO _yoyo_migration SELECT * FROM applied", "panhuo")
        installed.as_superuser("DROP TABLE applied", "panhuo")


def test_doctor_finds_passwords_that_do_not_open(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    load_secrets(tmp_path)  # of another installation
    other = replace(installed, data=tmp_path)
    assert doctor(other)["Database passwords"].startswith("✗ panhuo_owner, panhuo_collector")
    empty = replace(installed, data=tmp_path / "none")
    assert doctor(empty)["Database passwords"].startswith("△ not in")


def test_doctor_of_an_installed_package_looks_for_no_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    shown = subprocess.run(
        [sys.executable, "-m", "ops", "doctor"], cwd=tmp_path, check=False, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PANHUO_DATA": str(tmp_path / "data"), "COLUMNS": "400"},
    ).stdout  # fmt: skip
    lines = [line for line in shown.splitlines() if re.search("packages|Front end|Node", line)]
    assert [line[0] for line in lines] == ["✓"] * 3, shown
    assert "not needed: the front end is built" in shown
    assert "Error" not in shown
