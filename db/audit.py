"""The append-only, hash-chained audit log (J1), written here and verified from anywhere."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import LiteralString, Self

from psycopg.rows import class_row

from db.pool import Connection

GENESIS = bytes(32)
SEPARATOR = "\x1f"
MARK = b"\x02"  # before the fields of a newer entry, where an older one has its number
Point = tuple[int, bytes]  # the id and hash of an entry
START: Point = (0, GENESIS)  # before the first entry


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log; `facts` is the JSON text that was hashed."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    facts: str
    request: str
    previous: bytes
    hash: bytes

    @property
    def fields(self) -> tuple[str, ...]:
        """What is hashed, beside the hash before it."""
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return (
            *(str(self.id), at, self.actor, self.action),
            *(self.subject, self.facts, self.request),
        )

    def hashed(self, version: int) -> bytes:
        """SHA-256 of the previous hash and the fields, as that version of `audit_append` in SQL."""
        if version == 1:
            return hashlib.sha256(self.previous + SEPARATOR.join(self.fields).encode()).digest()
        texts = [field.encode() for field in self.fields]
        body = b"".join(b"%d:%s" % (len(text), text) for text in texts)
        return hashlib.sha256(self.previous + MARK + body).digest()

    @property
    def ambiguous(self) -> bool:
        """Whether other fields give the same hash of version 1: one of these holds a separator."""
        return any(SEPARATOR in field for field in self.fields)

    def to_json(self) -> str:
        """One line of an export that `verify` reads without a database."""
        return json.dumps(
            {
                "id": self.id,
                "at": self.at.astimezone(UTC).isoformat(),
                "actor": self.actor,
                "action": self.action,
                "subject": self.subject,
                "facts": self.facts,
                "request": self.request,
                "previous": self.previous.hex(),
                "hash": self.hash.hex(),
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read what `to_json` wrote; ValueError or KeyError where it isn't that."""
        row = json.loads(line)
        return cls(
            id=int(row["id"]),
            at=datetime.fromisoformat(row["at"]),
            actor=row["actor"],
            action=row["action"],
            subject=row["subject"],
            facts=row["facts"],
            request=row["request"],
            previous=bytes.fromhex(row["previous"]),
            hash=bytes.fromhex(row["hash"]),
        )


def differences(before: object, after: object, names: Iterable[str]) -> dict[str, list[object]]:
    """[before, after] of each attribute that differs; sets as sorted lists, as JSON keeps them."""
    return {
        name: [_plain(getattr(before, name)), _plain(getattr(after, name))]
        for name in names
        if getattr(before, name) != getattr(after, name)
    }


def _plain(value: object) -> object:
    return sorted(map(str, value)) if isinstance(value, frozenset) else value


@dataclass(frozen=True, slots=True)
class Break:
    """Where and how the chain is broken."""

    id: int
    fault: str  # 'missing', 'changed', 'unlinked' or 'ambiguous'


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found: how many entries, the last hash, and the breaks."""

    entries: int
    head: bytes
    breaks: tuple[Break, ...]


APPEND: LiteralString = """
    SELECT audit_append(%(actor)s, %(action)s, %(subject)s, %(facts)s::json, %(request)s)
"""


def record(
    conn: Connection, actor: str, action: str, subject: str, request: str = "", **facts: object
) -> None:
    """Append one entry in the caller's transaction.

    `actor` is a login or 'system:<process>', `action` 'noun.verb', `subject` 'kind:key'.
    Appending locks the head of the chain until the transaction ends: do it last.
    """
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, default=str)
    conn.execute(
        APPEND,
        {
            "actor": actor,
            "action": action,
            "subject": subject,
            "facts": text,
            "request": request,
        },
    )


ENTRIES: LiteralString = """
    SELECT id, at, actor, action, subject, facts::text AS facts, request, previous, hash
      FROM audit_entry
     ORDER BY id
"""


def entries(conn: Connection) -> Iterator[Entry]:
    """Every entry in order, streamed."""
    with conn.cursor("audit_entries", row_factory=class_row(Entry)) as cursor:
        cursor.itersize = 5_000
        yield from cursor.execute(ENTRIES)


HEAD: LiteralString = "SELECT id, hash FROM audit_head"


def head(conn: Connection) -> Point:
    """The id and hash that the last entry must have."""
    row = conn.execute(HEAD).fetchone()
    assert row is not None
    return row[0], row[1]


class Walk:
    """A chain followed entry by entry: where it has come to, by which version it is hashed there.

    No entry says its version: the hash that fits does. After an entry of version 2 none of version
    1 is taken any more, so nobody can write one in the form that can be rewritten.
    """

    def __init__(self, at: Point = START, version: int = 1) -> None:
        """Begin behind the entry `at`, whose hash was of this `version`."""
        self.at = at
        self.version = version

    def follow(self, entry: Entry) -> list[Break]:
        """Go on to `entry`: how it fails to follow the last one, or to be what was hashed."""
        found: list[Break] = []
        if entry.id != self.at[0] + 1:
            found.append(Break(self.at[0] + 1, "missing"))
        elif entry.previous != self.at[1]:
            found.append(Break(entry.id, "unlinked"))
        version = version_of(entry)
        if version is None or version < self.version:
            found.append(Break(entry.id, "changed"))
        elif version == 1 and entry.ambiguous:
            found.append(Break(entry.id, "ambiguous"))
        self.at = (entry.id, entry.hash)
        self.version = max(self.version, version or self.version)
        return found


def version_of(entry: Entry) -> int | None:
    """The version of the hash that fits the entry; None: it has been changed."""
    return next((one for one in (2, 1) if entry.hashed(one) == entry.hash), None)


def verify(chain: Iterable[Entry], expected: Point | None = None) -> Verdict:
    """Recompute the chain; `expected` (id, hash) also proves that its end wasn't cut off."""
    breaks: list[Break] = []
    walk, count = Walk(), 0
    for count, entry in enumerate(chain, 1):  # noqa: B007  # the count is used
        breaks += walk.follow(entry)
    if expected and walk.at != expected:
        breaks.append(Break(walk.at[0] + 1, "missing"))
    return Verdict(count, walk.at[1], tuple(breaks))
