"""One least-privilege database role per process, and the database they share."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import LiteralString
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from db.errors import Refused
from db.pool import Connection, scalar, single_connection


class DatabaseRole(StrEnum):
    """Who connects. Grants stand in the migrations, beside the tables."""

    OWNER = "panhuo_owner"  # migrations only
    COLLECTOR = "panhuo_collector"  # may insert readings
    ANALYTICS = "panhuo_analytics"  # reads, writes usage facts
    PORTAL = "panhuo_portal"  # can't alter or drop
    NOTIFIER = "panhuo_notifier"  # empties the outbox
    EXCHANGE = "panhuo_exchange"  # listings: the ministry, notice periods, matches


SCHEMES = ("postgresql", "postgres")
WHO = ("user", "password", "dbname")  # a URL may say these behind its `?` too


def user_of(url: str) -> str:
    """The user that a URL names; Refused 'database.url_malformed'."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise Refused("database.url_malformed")
    return dict(parse_qsl(parts.query)).get("user") or unquote(parts.username or "")


def role_of(url: str) -> DatabaseRole | None:
    """The process whose own URL this is; None: it is an administrator's."""
    user = user_of(url)
    return DatabaseRole(user) if user in set(DatabaseRole) else None


def database_of(url: str) -> str:
    """The database that a URL names."""
    parts = urlsplit(url)
    return dict(parse_qsl(parts.query)).get("dbname") or unquote(parts.path.lstrip("/"))


def url_for(url: str, role: DatabaseRole, password: str, database: str) -> str:
    """The URL by which `role` reaches `database` on the server of `url`."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = [pair for pair in parse_qsl(parts.query) if pair[0] not in WHO]
    return urlunsplit(
        parts._replace(
            netloc=f"{role.value}:{quote(password, safe='')}@{host}",
            path=f"/{database}",
            query=urlencode(query),
        )
    )


EXTENSIONS = ("timescaledb", "pg_trgm")
EXISTING: LiteralString = "SELECT rolname FROM pg_roles WHERE rolname = ANY(%(roles)s)"
DATABASE_EXISTS: LiteralString = "SELECT 1 FROM pg_database WHERE datname = %(database)s"
EXTENSION_EXISTS: LiteralString = "SELECT 1 FROM pg_extension WHERE extname = %(extension)s"
EXTENSION_AVAILABLE: LiteralString = (
    "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
)
# A setting of the loader's: `shared_preload_libraries` itself is shown to superusers only.
PRELOADED: LiteralString = "SELECT 1 FROM pg_settings WHERE name = 'timescaledb.disable_load'"
IS_MEMBER: LiteralString = """
    SELECT rolsuper OR pg_has_role(current_user, %(role)s, 'USAGE')
      FROM pg_roles WHERE rolname = current_user
"""


def require_timescaledb(conn: Connection) -> None:
    """Refuse a server without TimescaleDB, or with one that is not preloaded."""
    if not scalar(conn, EXTENSION_AVAILABLE):
        raise Refused("database.no_timescaledb")
    if not scalar(conn, PRELOADED):
        raise Refused("database.timescaledb_not_preloaded")


def existing(conn: Connection) -> set[DatabaseRole]:
    """The processes' roles that the server has."""
    rows = conn.execute(EXISTING, {"roles": [role.value for role in DatabaseRole]})
    return {DatabaseRole(name) for (name,) in rows}


def ensure(admin_url: str, database: str, passwords: Mapping[str, str]) -> list[DatabaseRole]:
    """Make the roles (with these passwords) and the database with its extensions, where missing.

    A role that exists keeps its password. `admin_url` is a superuser's, or that of somebody with
    CREATEROLE and CREATEDB; what these lack is refused with the statement that a superuser has to
    run: 'database.admin_lacks'. The roles that were made.
    """
    with single_connection(admin_url, autocommit=True) as conn:
        require_timescaledb(conn)
        made = make_missing(conn, passwords)
        _become_member(conn)
        if not scalar(conn, DATABASE_EXISTS, database=database):
            _make_database(conn, database)
    there = urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))
    with single_connection(there, autocommit=True) as conn:
        for extension in EXTENSIONS:
            if not scalar(conn, EXTENSION_EXISTS, extension=extension):
                _make_extension(conn, extension, database)
        conn.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        conn.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
        )
        admit(conn, database, list(DatabaseRole))
    return made


def make_missing(conn: Connection, passwords: Mapping[str, str]) -> list[DatabaseRole]:
    """Make the roles that the server lacks, as an administrator; which ones."""
    there = existing(conn)
    missing = [role for role in DatabaseRole if role not in there]
    for role in missing:
        with _lacking(conn, "ALTER ROLE {user} CREATEROLE CREATEDB"):
            _set(conn, "CREATE ROLE {} LOGIN PASSWORD {}", role, passwords)
    return missing


def set_passwords(conn: Connection, passwords: Mapping[str, str]) -> None:
    """Give every role the password that stands here, as an administrator."""
    for role in DatabaseRole:
        with _lacking(conn, "GRANT {role} TO {user} WITH ADMIN OPTION", role=role.value):
            _set(conn, "ALTER ROLE {} PASSWORD {}", role, passwords)


def _set(
    conn: Connection, statement: LiteralString, role: DatabaseRole, passwords: Mapping[str, str]
) -> None:
    word = sql.Literal(passwords[role.value])
    conn.execute(sql.SQL(statement).format(sql.Identifier(role.value), word))


def admit(conn: Connection, database: str, roles: Collection[DatabaseRole]) -> None:
    """Let these roles connect to the database, as its owner."""
    for role in roles:
        conn.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(database), sql.Identifier(role.value)
            )
        )


def _make_database(conn: Connection, database: str) -> None:
    names = {"database": database, "role": DatabaseRole.OWNER.value}
    with _lacking(conn, "ALTER ROLE {user} CREATEDB"):
        statement = "CREATE DATABASE {database} OWNER {role} TEMPLATE template0 ENCODING 'UTF8'"
        conn.execute(_statement(statement, names))


def _become_member(conn: Connection) -> None:
    """Only a member of the owner may make its database and enter it; superusers always are."""
    names = {"role": DatabaseRole.OWNER.value, "user": _self(conn)}
    if not scalar(conn, IS_MEMBER, role=DatabaseRole.OWNER.value):
        with _lacking(conn, "GRANT {role} TO {user}", **names):
            conn.execute(_statement("GRANT {role} TO {user}", names))


def _make_extension(conn: Connection, extension: str, database: str) -> None:
    """Where its control file doesn't say `trusted`, only a superuser may."""
    with _lacking(conn, "CREATE EXTENSION {extension}", where=database, extension=extension):
        conn.execute(_statement("CREATE EXTENSION {extension}", {"extension": extension}))


def _statement(text: LiteralString, names: Mapping[str, str]) -> sql.Composed:
    return sql.SQL(text).format(**{name: sql.Identifier(word) for name, word in names.items()})


def _self(conn: Connection) -> str:
    return str(scalar(conn, "SELECT current_user"))


@contextmanager
def _lacking(
    conn: Connection, remedy: LiteralString, where: str = "postgres", **names: str
) -> Iterator[None]:
    """Refuse what the administrator may not do with what a superuser has to run, and where."""
    user = _self(conn)
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        statement = _statement(remedy, {**names, "user": user}).as_string(conn)
        raise Refused(
            "database.admin_lacks", user=user, statement=f"{statement};", database=where
        ) from error
