"""Two gateways with sensors of each kind, in a database of one's own or in the shared one."""

import pytest

from db import Connection, single_connection
from tests.fixtures.database import Copy
from tests.ingest.parts import Site, make_site


@pytest.fixture
def site(database: Copy) -> Site:
    """Registered in this test's own database."""
    with single_connection(database.url()) as conn:
        made = make_site(conn)
        conn.commit()
        return made


@pytest.fixture
def lent_site(conn: Connection) -> Site:
    """Registered in a transaction that is rolled back."""
    return make_site(conn)
