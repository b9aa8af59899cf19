"""One least-privilege database role per process, and the database they share."""

from enum import StrEnum
from typing import LiteralString
from urllib.parse import quote, urlsplit, urlunsplit

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


def url_for(admin_url: str, role: DatabaseRole, password: str, database: str) -> str:
    """The URL by which `role` reaches `database` on the server of `admin_url`."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(
        parts._replace(
            netloc=f"{role.value}:{quote(password, safe='')}@{host}", path=f"/{database}"
        )
    )


ROLE_EXISTS: LiteralString = "SELECT 1 FROM pg_roles WHERE rolname = %(role)s"
DATABASE_EXISTS: LiteralString = "SELECT 1 FROM pg_database WHERE datname = %(database)s"
EXTENSION_AVAILABLE: LiteralString = (
    "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
)
PRELOADED: LiteralString = """
    SELECT 'timescaledb' = ANY(string_to_array(replace(setting, ' ', ''), ','))
      FROM pg_settings WHERE name = 'shared_preload_libraries'
"""


def require_timescaledb(conn: Connection) -> None:
    """Refuse a server without TimescaleDB, or with one that is not preloaded."""
    if not scalar(conn, EXTENSION_AVAILABLE):
        raise Refused("database.no_timescaledb")
    if not scalar(conn, PRELOADED):
        raise Refused("database.timescaledb_not_preloaded")


def ensure(admin_url: str, database: str, passwords: dict[str, str]) -> None:
    """Make the roles (with these passwords) and the database with its extensions, where missing.

    `admin_url` needs CREATEROLE, CREATEDB and the right to create the extensions.
    """
    with single_connection(admin_url, autocommit=True) as conn:
        require_timescaledb(conn)
        for role in DatabaseRole:
            verb = "ALTER" if scalar(conn, ROLE_EXISTS, role=role.value) else "CREATE"
            conn.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                    sql.SQL(verb), sql.Identifier(role.value), sql.Literal(passwords[role.value])
                )
            )
        if not scalar(conn, DATABASE_EXISTS, database=database):
            conn.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(DatabaseRole.OWNER.value)
                )
            )
    parts = urlsplit(admin_url)
    with single_connection(
        urlunsplit(parts._replace(path=f"/{database}")), autocommit=True
    ) as conn:
        for extension in ("timescaledb", "pg_trgm"):
            conn.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
            )
        conn.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        conn.execute(
            sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database))
        )
        for role in DatabaseRole:
            conn.execute(
                sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                    sql.Identifier(database), sql.Identifier(role.value)
                )
            )
