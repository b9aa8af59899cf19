"""Every SQL constant is understood by the migrated schema."""

import importlib
import pkgutil
import re
import typing
from collections.abc import Iterator
from typing import LiteralString

import psycopg
import pytest

from db import Connection

ROOMS = ("db", "ingest", "registry", "exchange", "scanner", "analytics", "portal", "ops")
PREPARABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES")
PARAMETER = re.compile(r"%\((\w+)\)[sbt]")


def constants() -> Iterator[tuple[str, str]]:
    """Names and texts of all module constants annotated as LiteralString."""
    for room in ROOMS:
        package = importlib.import_module(room)
        modules = [room, *(m.name for m in pkgutil.walk_packages(package.__path__, f"{room}."))]
        for name in modules:
            if name.endswith(("__main__", ".setup.environment", ".setup.machine")):
                continue
            module = importlib.import_module(name)
            for constant, annotation in typing.get_type_hints(module).items():
                if annotation is LiteralString and constant.isupper():
                    yield f"{name}.{constant}", getattr(module, constant)


CONSTANTS = dict(constants())


def test_there_are_constants_to_check() -> None:
    assert len(CONSTANTS) > 20


@pytest.mark.parametrize("name", CONSTANTS)
def test_sql_constant_prepares(conn: Connection, name: str) -> None:
    text = CONSTANTS[name].strip()
    if not text.upper().startswith(PREPARABLE):
        pytest.skip("only statements that PREPARE takes; this one runs in its own room's tests")
    numbers: dict[str, int] = {}
    numbered = PARAMETER.sub(
        lambda match: f"${numbers.setdefault(match[1], len(numbers) + 1)}", text
    ).replace("%%", "%")
    try:
        conn.execute(f"PREPARE guard AS {numbered}")
    except psycopg.errors.IndeterminateDatatype:
        pass  # at run time psycopg names the parameter's type
    except psycopg.errors.UndefinedTable as error:
        assert "staged" in str(error)  # noqa: PT017  # a temporary table of the same transaction
