"""What reconciling reads of another province's listings, it finds by an index (F3)."""

from db import Connection
from exchange.ministry import reconcile
from tests.exchange.conftest import NOW, MakeListing

RECEIVED = """
    INSERT INTO ministry_received (document_id, document, listing_uid, sequence, outcome, body,
                                   received_at, digest, last_at)
    SELECT n::text, 'update', CASE WHEN n <= 5 THEN listing.uid ELSE gen_random_uuid() END, n,
           'applied', format('{"hash": "h%%s"}', n), %(now)s, n::text, %(now)s
      FROM generate_series(1, 3000) AS n, listing
     WHERE listing.origin = 'foreign'
"""
HEARD = """
    INSERT INTO ministry_heard (listing_uid, sequence)
    SELECT uid, 4 FROM listing WHERE origin = 'foreign'
"""


def test_last_document_of_a_foreign_listing_is_found_by_an_index(
    conn: Connection, make_listing: MakeListing
) -> None:
    make_listing(origin="foreign")
    conn.execute(RECEIVED, {"now": NOW})
    conn.execute(HEARD)
    conn.execute("ANALYZE ministry_received, ministry_heard, listing")
    plan = "\n".join(line for (line,) in conn.execute("EXPLAIN " + reconcile.FOREIGN))
    assert "ministry_received_listing" in plan
    assert "Seq Scan on ministry_received" not in plan
    assert conn.execute(reconcile.FOREIGN).fetchall()[0][-1] == "h4"
