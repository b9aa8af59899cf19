"""J4: a unit's data is seen by that unit and those above it, and by nobody else."""

import pytest

from db import Connection
from tests.registry.conftest import Organisation

ALL = {"文体局", "图书馆", "医院", "省财政厅", "海口财政局"}
SEEN = {
    "clerk": {"图书馆"},
    "clerk2": {"医院"},
    "department": {"文体局", "图书馆"},
    "finance": ALL,
    "finance2": {"文体局", "图书馆", "海口财政局"},
    "auditor": ALL,
    "admin": set(),
}


@pytest.mark.parametrize("login", SEEN)
def test_each_sees_exactly_their_own_and_what_is_below(
    conn: Connection, organisation: Organisation, login: str
) -> None:
    rows = conn.execute(
        "SELECT unit.name FROM visible_unit JOIN unit ON unit.id = unit_id "
        "WHERE user_id = %(user)s",
        {"user": organisation.users[login]},
    ).fetchall()
    assert {name for (name,) in rows} == SEEN[login]
    assert len(rows) == len(SEEN[login]), "no unit twice: counts would double"
