"""PostgreSQL and nothing about assets: pool, transactions, migrations, audit chain, server."""

from db.budget import Budget
from db.errors import Busy, Entangled, PanhuoError, Refused, Unavailable
from db.pool import Connection, Database, Transactions, scalar, single_connection
from db.settings import DatabaseSettings

__all__ = [
    "Budget",
    "Busy",
    "Connection",
    "Database",
    "DatabaseSettings",
    "Entangled",
    "PanhuoError",
    "Refused",
    "Transactions",
    "Unavailable",
    "scalar",
    "single_connection",
]
