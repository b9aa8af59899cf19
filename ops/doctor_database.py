"""How the database is, seen with the URL that is set, or in the running demo."""

from typing import LiteralString
from urllib.parse import urlsplit

from db import Connection, DatabaseSettings, Refused, roles, scalar, schema, single_connection
from db import secrets as passwords_kept
from db.roles import DatabaseRole
from db.server import DATABASE, secrets_of
from ops import reach
from ops.failures import FAILURES, refusal_of
from ops.findings import Finding, Health, well
from ops.words import refusal

LEAST_POSTGRESQL = 15
PENDING_NAMED = 3

SERVER_VERSION: LiteralString = "SELECT current_setting('server_version_num')::integer / 10000"
EXTENSION_VERSION: LiteralString = """
    SELECT COALESCE(installed_version, default_version)
      FROM pg_available_extensions WHERE name = 'timescaledb'
"""


def database() -> Finding:
    """The server and the product's database on it: version, TimescaleDB, schema."""
    settings = DatabaseSettings()
    try:
        url, whose = _url(settings)
    except Refused as refused:
        health = Health.BROKEN if settings.database_url else Health.WARNING
        return Finding("Database", health, "not looked at", refusal(refused))
    try:
        with single_connection(url) as conn:
            roles.require_timescaledb(conn)
        with single_connection(_of_product(url)) as conn:
            return _schema(conn, whose)
    except FAILURES as error:
        return Finding("Database", Health.BROKEN, f"as {whose}", refusal(refusal_of(error)))


def _url(settings: DatabaseSettings) -> tuple[str, str]:
    """The URL that is looked with, and whose it is."""
    if not settings.database_url:
        return reach.admin_url(settings), "the running demo's administrator"
    url = settings.database_url.get_secret_value()
    own = roles.role_of(url)
    return url, own.value if own else f"the administrator {roles.user_of(url)}"


def _of_product(url: str) -> str:
    """The product's database on the same server; a process's own URL names it."""
    if roles.role_of(url):
        return url
    return urlsplit(url)._replace(path=f"/{DATABASE}").geturl()


def _schema(conn: Connection, whose: str) -> Finding:
    version = scalar(conn, SERVER_VERSION)
    assert isinstance(version, int)
    seen = f"PostgreSQL {version}, TimescaleDB {scalar(conn, EXTENSION_VERSION)}, as {whose}"
    if version < LEAST_POSTGRESQL:
        return Finding("Database", Health.BROKEN, seen, "PostgreSQL 15 or newer is needed.")
    if pending := schema.lacks(conn):
        named = ", ".join(pending[:PENDING_NAMED])
        lacking = f"{seen}; the schema lacks {len(pending)} migrations: {named} …"
        return Finding("Database", Health.BROKEN, lacking, "Run `panhuo db migrate`.")
    return well("Database", f"{seen}, schema current")


def passwords() -> Finding:
    """Whether the processes' passwords in the data folder open the database."""
    part, settings = "Database passwords", DatabaseSettings()
    if settings.database_url and (own := roles.role_of(settings.database_url.get_secret_value())):
        return well(part, f"the URL is {own.value}'s own")
    where = secrets_of(settings.data).resolve()
    kept = passwords_kept.read(where)
    lacking = [role.value for role in DatabaseRole if role.value not in kept]
    if lacking:
        return Finding(
            part, Health.WARNING, f"not in {where}: {', '.join(lacking) if kept else 'any'}",
            "Set PANHUO_DATA to the folder that `panhuo db init` was run with.",
        )  # fmt: skip
    wrong = {role.value: why for role in DatabaseRole if (why := _refused(settings, role))}
    if wrong:
        first = next(iter(wrong.values()))
        return Finding(part, Health.BROKEN, ", ".join(wrong), refusal(first))
    return well(part, f"{where} opens it for all roles")


def _refused(settings: DatabaseSettings, role: DatabaseRole) -> Refused | None:
    """Why the role doesn't get in; None: it does."""
    try:
        with single_connection(reach.url_of(role, settings)):
            return None
    except FAILURES as error:
        return refusal_of(error)
