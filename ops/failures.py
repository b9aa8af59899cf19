"""What a command may fail of, as a refusal that has words: one sentence instead of a traceback."""

import re
from typing import Final

import psycopg
from psycopg import errors
from pydantic import ValidationError

from db import PanhuoError, Refused

FAILURES: Final = (PanhuoError, psycopg.Error, ValidationError, OSError)

# What the server or the resolver says when nobody gets in. A server that speaks another language
# than English falls through to `database.failed`, which shows the server's own words.
CONNECTING: Final = (
    (r'password authentication failed for user "([^"]*)"', "database.password_wrong"),
    (r"no password supplied()", "database.password_wrong"),
    (r'database "([^"]*)" does not exist', "database.missing"),
    (r'permission denied for database "?([^"\n]*)"?', "database.closed"),
    (r"(resolve|translate host|not known|refused|timeout|unreachable)", "database.not_reached"),
)
STATEMENTS: Final[dict[type[psycopg.Error], str]] = {
    errors.InsufficientPrivilege: "database.no_rights",
    errors.UndefinedTable: "database.schema_behind",
    errors.UndefinedColumn: "database.schema_behind",
    errors.UndefinedFunction: "database.schema_behind",
}


def refusal_of(error: Exception) -> Refused:
    """The refusal that says what failed; `error` is one of FAILURES."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, ValidationError):
        return _setting(error)
    if isinstance(error, OSError):
        return Refused("ops.file", path=error.filename or "", why=error.strerror or str(error))
    why = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if code := STATEMENTS.get(type(error)):  # type: ignore[arg-type]  # another kind has none
        return Refused(code, why=why)
    for pattern, code in CONNECTING:
        if found := re.search(pattern, str(error)):
            return Refused(code, name=found[1], why=why)
    return Refused("database.failed", why=why)


def _setting(error: ValidationError) -> Refused:
    wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = "PANHUO_" + "_".join(map(str, wrong["loc"])).upper()
    return Refused("ops.setting_wrong", name=name, why=wrong["msg"])
