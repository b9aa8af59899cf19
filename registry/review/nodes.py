"""The nodes of a chain: which bodies decide, in which order (C1)."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, LiteralString

from db import Connection, Refused, audit
from registry.words import Label


class Body(StrEnum):
    """Whose reviewers decide at a node."""

    UNIT = "unit"
    DEPARTMENT = "department"
    FINANCE = "finance"

    @property
    def label(self) -> Label:
        """The node's name."""
        return BODIES[self]


BODIES: Final = {
    Body.UNIT: Label("单位审核", "Unit review"),
    Body.DEPARTMENT: Label("主管部门审核", "Department review"),
    Body.FINANCE: Label("财政审核", "Finance review"),
}


CHAINS: LiteralString = """
    SELECT kind, scope, array_agg(body ORDER BY position) FROM review_node GROUP BY kind, scope
"""


def chains(conn: Connection) -> dict[tuple[str, str], tuple[Body, ...]]:
    """The bodies of every chain in order, by (kind, scope)."""
    return {
        (kind, scope): tuple(Body(body) for body in bodies)
        for kind, scope, bodies in conn.execute(CHAINS)
    }


HOLD: LiteralString = """
    SELECT body FROM review_node WHERE kind = %(kind)s AND scope = %(scope)s
     ORDER BY position FOR UPDATE
"""
CLEAR: LiteralString = "DELETE FROM review_node WHERE kind = %(kind)s AND scope = %(scope)s"
ADD: LiteralString = """
    INSERT INTO review_node (kind, scope, position, body)
    VALUES (%(kind)s, %(scope)s, %(position)s, %(body)s)
"""


def set_chain(
    conn: Connection,
    actor: str,
    kind: str,
    scope: str,
    bodies: Sequence[Body],
    seen: Sequence[Body],
    request: str = "",
) -> None:
    """Who decides from now on; what is under review keeps the chain that it was submitted with.

    `seen` is the chain that the administrator saw. Raises Refused 'review.chain_empty',
    'review.chain_twice', 'review.chain_stale'.
    """
    if not bodies:
        raise Refused("review.chain_empty")
    if len(set(bodies)) < len(bodies):
        raise Refused("review.chain_twice")
    facts = {"kind": kind, "scope": scope}
    before = [Body(body) for (body,) in conn.execute(HOLD, facts)]
    if before != list(seen):
        raise Refused("review.chain_stale")
    if before == list(bodies):
        return
    conn.execute(CLEAR, facts)
    for position, body in enumerate(bodies, 1):
        conn.execute(ADD, {**facts, "position": position, "body": body.value})
    audit.record(
        conn,
        actor,
        "review_chain.changed",
        f"review_chain:{kind}.{scope}",
        request,
        bodies=[[body.value for body in before], [body.value for body in bodies]],
    )
