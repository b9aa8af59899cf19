"""Every migration can be undone, and done again."""

from db import scalar, schema, single_connection
from tests.fixtures.database import Copy

TABLES = """
    SELECT count(*) FROM information_schema.tables
     WHERE table_schema = 'public' AND table_name NOT LIKE '%%yoyo%%'
"""


def test_rolling_back_leaves_nothing_and_migrating_again_works(database: Copy) -> None:
    with single_connection(database.url(), autocommit=True) as conn:
        before = scalar(conn, TABLES)
        undone = schema.roll_back(database.url())
        assert scalar(conn, TABLES) == 0
        assert sorted(schema.migrate(database.url())) == sorted(undone)  # in the order of depends
        assert scalar(conn, TABLES) == before
        assert schema.pending(database.url()) == []
