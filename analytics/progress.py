"""How far gateways are with sending what they have kept, so that nobody takes half for all."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from db import Connection


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the gateways that the viewer may see: packs stored, packs still kept, newest record."""

    gateways: int
    online: int
    stored: int
    buffered: int
    newest: datetime | None

    @property
    def share(self) -> float:
        """How much of what there is to send is in, 0 to 1."""
        whole = self.stored + self.buffered
        return self.stored / whole if whole else 1.0

    @property
    def catching_up(self) -> bool:
        """Whether so much is kept that figures are not yet to be judged by."""
        return self.buffered > max(20, 3 * self.gateways)


PROGRESS: LiteralString = """
    SELECT count(*)::integer AS gateways,
           (count(*) FILTER (WHERE gateway_state.online))::integer AS online,
           COALESCE(sum(packs.stored), 0)::bigint AS stored,
           COALESCE(sum(gateway_state.buffered), 0)::bigint AS buffered,
           min(packs.newest) AS newest
      FROM gateway
      LEFT JOIN gateway_state ON gateway_state.gateway_id = gateway.id
      LEFT JOIN LATERAL (
          SELECT count(*) AS stored, max(last_ts) AS newest
            FROM pack WHERE pack.gateway_id = gateway.id AND pack.last_ts <= now()
             AND pack.received_at > now() - INTERVAL '1 day') AS packs ON true
     WHERE gateway.active
       AND gateway.unit_id IN (SELECT unit_id FROM visible_unit WHERE user_id = %(viewer)s)
"""


def progress(conn: Connection, viewer: int) -> Progress:
    """Where the gateways stand; `newest` is the newest record of the one furthest behind."""
    with conn.cursor(row_factory=class_row(Progress)) as cursor:
        row = cursor.execute(PROGRESS, {"viewer": viewer}).fetchone()
    assert row is not None
    return row
