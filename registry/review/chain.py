"""The chain of a document: its kind's nodes, each with the body that decides there (C1)."""

from typing import LiteralString

from db import Connection, Refused
from registry.org.contacts import above_all, administrators, named
from registry.review.machine import Step
from registry.review.nodes import Body

# Department: the nearest above, the unit itself included. Finance: the bureau of the unit's
# division, or of the nearest division above whose bureau has a reviewer; where none has one, the
# nearest bureau: the document is then refused (C1), the node is never left out.
NODES: LiteralString = """
    WITH RECURSIVE above (id, kind, parent_id, depth) AS (
        SELECT id, kind, parent_id, 0 FROM unit WHERE id = %(unit)s
         UNION ALL
        SELECT unit.id, unit.kind, unit.parent_id, above.depth + 1
          FROM unit JOIN above ON unit.id = above.parent_id
    ), up (code, parent, depth) AS (
        SELECT division.code, division.parent, 0
          FROM division JOIN unit ON unit.division = division.code AND unit.id = %(unit)s
         UNION ALL
        SELECT division.code, division.parent, up.depth + 1
          FROM division JOIN up ON division.code = up.parent
    )
    SELECT node.position, node.body, CASE node.body
           WHEN 'unit' THEN %(unit)s
           WHEN 'department' THEN (
               SELECT id FROM above WHERE kind = 'department' ORDER BY depth LIMIT 1)
           ELSE (
               SELECT bureau.id
                 FROM unit AS bureau
                 JOIN division AS seat ON seat.code = bureau.division
                 JOIN up ON up.code = seat.code
                         OR (seat.level = 'provincial' AND seat.parent = up.code)
                WHERE bureau.kind = 'finance'
                ORDER BY EXISTS (
                    SELECT FROM app_user JOIN user_role ON user_id = app_user.id
                     WHERE app_user.unit_id = bureau.id AND active AND role = 'reviewer') DESC,
                    up.depth, bureau.id
                LIMIT 1)
           END
      FROM review_node AS node
     WHERE node.kind = %(kind)s AND node.scope = %(scope)s
     ORDER BY node.position
"""


def chain_of(conn: Connection, kind: str, scope: str, unit: int) -> tuple[Step, ...]:
    """The nodes that a document of `unit` passes; a body that would decide twice decides once.

    A body that there isn't above the unit is left out. Raises Refused 'review.no_chain', with who
    can set one.
    """
    rows = conn.execute(NODES, {"kind": kind, "scope": scope, "unit": unit}).fetchall()
    steps: list[Step] = []
    for position, body, body_unit in rows:
        if body_unit is not None and body_unit not in {step.unit_id for step in steps}:
            steps.append(Step(position, Body(body), body_unit))
    if not steps:
        raise Refused("review.no_chain", administrators=named(above_all(conn, unit)))
    return tuple(steps)


REVIEWERS: LiteralString = """
    SELECT app_user.id
      FROM app_user JOIN user_role ON user_role.user_id = app_user.id
     WHERE app_user.unit_id = %(unit)s
       AND app_user.active
       AND user_role.role = 'reviewer'
       AND app_user.id <> ALL(%(authors)s)
"""
UNIT_NAME: LiteralString = "SELECT name FROM unit WHERE id = %(unit)s"


def reviewers(conn: Connection, step: Step, authors: frozenset[int]) -> list[int]:
    """Ids of the users who may decide at `step`; never one of the authors (C1)."""
    facts = {"unit": step.unit_id, "authors": list(authors)}
    return [key for (key,) in conn.execute(REVIEWERS, facts)]


def require_reviewers(conn: Connection, steps: tuple[Step, ...], authors: frozenset[int]) -> None:
    """Refuse a chain with a node where nobody can decide: 'review.nobody' names the unit and
    who can name a reviewer there."""
    for step in steps:
        if not reviewers(conn, step, authors):
            row = conn.execute(UNIT_NAME, {"unit": step.unit_id}).fetchone()
            assert row is not None
            near = named(administrators(conn, step.unit_id))
            raise Refused("review.nobody", unit=row[0], administrators=near)
