"""The sandbox's ministry: takes reports in order, decides, sends decisions and listings down."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from exchange.ministry import documents
from exchange.ministry.canonical import canonical, digest
from exchange.ministry.documents import Decision, Envelope, Outcome, Type
from exchange.ministry.refusals import Why
from exchange.ministry.settings import MinistrySettings
from ops.sandbox_ministry.store import Store

STATES: Final = {Type.SETTLE: "settled", Type.DELIST: "delisted"}
OPINIONS: Final = {
    "transfer": ("照片看不清铭牌，请补充后重新上报。", "请核实资产原值。"),
    "share": ("请补充设备的主要技术参数。", "照片看不清铭牌，请补充后重新上报。"),
    "demand": ("需求描述过于简单，请补充用途和数量的依据。",),
}


@dataclass(frozen=True, slots=True)
class Habits:
    """How it decides by itself: after so many seconds (None: at a click); every nth is returned."""

    decide_after_s: float | None = 20.0
    return_every: int = 0


class Ministry:
    """Everything but the roads. Each verb is one transaction of the store."""

    def __init__(self, store: Store, settings: MinistrySettings, habits: Habits) -> None:
        """`settings` name both parties; their key is the ministry's own here."""
        self.store = store
        self.settings = settings
        self.habits = habits
        self._ring = settings.ring

    # what comes up

    def take(self, body: bytes) -> bytes | None:
        """Take a province's document; the signed receipt, None for receipts.

        Raises Unacceptable where it isn't the province's.
        """
        us, them = self.settings.ministry_id, self.settings.ministry_province
        document = documents.unseal(body, self._ring, them, us)
        with self.store.changing():
            if document.type is Type.RECEIPT:
                self._answered(document)
                return None
            outcome, why = self._judge(document)
        answer = documents.receipt(document, outcome, datetime.now(UTC), why)
        return documents.seal(answer, self._ring)

    def _judge(self, document: Envelope) -> tuple[Outcome, str]:
        seen = self.store.one("SELECT hash FROM seen WHERE id = ?", str(document.id))
        if seen:
            same = seen["hash"] == document.hash
            return (Outcome.ACCEPTED, "") if same else self._refuse(document, Why.REPLAY)
        known = self.store.one("SELECT * FROM reported WHERE uid = ?", str(document.listing))
        last = known["sequence"] if known else 0
        assert document.sequence is not None
        if document.sequence > last + 1:
            return Outcome.LATER, Why.GAP.value
        if document.sequence <= last:
            return self._refuse(document, Why.REPLAY)
        if (known is None) != (document.type is Type.PUBLISH):
            return self._refuse(document, Why.REPLAY if known else Why.UNKNOWN_LISTING)
        self._keep(document, known)
        self.store.run("INSERT INTO seen VALUES (?, ?)", str(document.id), document.hash)
        return Outcome.ACCEPTED, ""

    def _refuse(self, document: Envelope, why: Why) -> tuple[Outcome, str]:
        query = "INSERT INTO refused (at, id, why) VALUES (?, ?, ?)"
        self.store.run(query, _now(), str(document.id), why.value)
        return Outcome.REFUSED, why.value

    def _keep(self, document: Envelope, known: Any) -> None:
        uid, content = str(document.listing), json.dumps(document.content, ensure_ascii=False)
        if known is None:
            query = "INSERT INTO reported VALUES (?, ?, 'listed', 'waiting', '', ?, ?, ?, ?)"
            self.store.run(
                query, uid, document.sequence, document.hash, content, _now(), self._due()
            )
            return
        state = (
            STATES.get(document.type, "listed") if known["state"] == "listed" else known["state"]
        )
        query = "UPDATE reported SET sequence = ?, state = ?, hash = ?, content = ? WHERE uid = ?"
        self.store.run(query, document.sequence, state, document.hash, content, uid)
        if document.type is Type.UPDATE and known["standing"] == "returned":
            query = "UPDATE reported SET standing = 'waiting', due_at = ? WHERE uid = ?"
            self.store.run(query, self._due(), uid)
            self.send_down(uid, Type.DECISION, {"decision": Decision.WAITING.value, "opinion": ""})

    def _due(self) -> float | None:
        after = self.habits.decide_after_s
        return None if after is None else time.time() + after

    def _answered(self, receipt: Envelope) -> None:
        outcome = Outcome(receipt.content["outcome"])
        if outcome is not Outcome.LATER:
            query = "UPDATE down SET answer = ? WHERE id = ? AND answer <> 'accepted'"
            self.store.run(query, outcome.value, str(receipt.content["of"]))

    # what goes down

    def send_down(self, uid: str, kind: Type, content: Mapping[str, Any]) -> None:
        """Queue a document about a listing, in its order. The caller is in a transaction."""
        row = self.store.one("SELECT max(sequence) AS last FROM down WHERE uid = ?", uid)
        sequence = (row["last"] or 0) + 1
        key = documents.document_id(self.settings.ministry_id, UUID(uid), sequence)
        query = """INSERT INTO down (id, uid, sequence, document, content, created_at)
                   VALUES (?, ?, ?, ?, ?, ?)"""
        text = json.dumps(content, ensure_ascii=False)
        self.store.run(query, str(key), uid, sequence, kind.value, text, _now())

    def waiting(self, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """(number, name, signed document) of what the province has not answered yet."""
        query = "SELECT * FROM down WHERE answer = '' AND n > ? ORDER BY n LIMIT ?"
        rows = self.store.rows(query, after, limit)
        return [(row["n"], _name(row), self.sealed(row)) for row in rows]

    def sealed(self, row: Any) -> bytes:
        """A document of `down` as it is sent, signed anew."""
        document = Envelope(
            UUID(row["id"]),
            self.settings.ministry_id,
            self.settings.ministry_province,
            Type(row["document"]),
            UUID(row["uid"]),
            row["sequence"],
            datetime.fromisoformat(row["created_at"]),
            json.loads(row["content"]),
        )
        return documents.seal(document, self._ring)

    def decide(self, uid: str, decision: Decision, opinion: str = "") -> None:
        """Decide about a report, by itself or at a click."""
        with self.store.changing():
            query = """UPDATE reported SET standing = ?, opinion = ?, due_at = NULL
                        WHERE uid = ? AND standing <> ?"""
            if self.store.run(query, decision.value, opinion, uid, decision.value):
                content = {"decision": decision.value, "opinion": opinion}
                self.send_down(uid, Type.DECISION, content)

    def tick(self) -> None:
        """Decide what is due."""
        query = """SELECT uid, content FROM reported
                    WHERE due_at <= ? AND standing = 'waiting' AND state = 'listed'
                    ORDER BY due_at"""
        for row in self.store.rows(query, time.time()):
            number = self.store.fact("decided", 0) + 1
            self.store.keep("decided", number)
            every = self.habits.return_every
            if every and number % every == 0:
                said = OPINIONS[json.loads(row["content"])["kind"]]
                self.decide(row["uid"], Decision.RETURNED, said[number // every % len(said)])
            else:
                self.decide(row["uid"], Decision.ACCEPTED)

    def statement(self) -> bytes:
        """Everything that it has, for the province to reconcile."""
        own = self.store.rows(
            "SELECT *, (SELECT max(down.sequence) FROM down"
            " WHERE down.uid = reported.uid) AS down FROM reported"
        )
        others = self.store.rows(
            "SELECT *, (SELECT max(down.sequence) FROM down"
            " WHERE down.uid = elsewhere.uid) AS down FROM elsewhere"
        )
        listed = [*map(_reported, own), *map(_elsewhere, others)]
        now = datetime.now(UTC)
        document = Envelope(
            uuid4(),
            self.settings.ministry_id,
            self.settings.ministry_province,
            Type.STATEMENT,
            None,
            None,
            now,
            {"listings": listed},
        )
        return documents.seal(document, self._ring)


def _name(row: Any) -> str:
    return f"{row['uid']}-{row['sequence']:06}"


def _reported(row: Any) -> dict[str, Any]:
    content = json.loads(row["content"])
    return {
        "listing": row["uid"],
        "origin": "own",
        "sequence": row["sequence"],
        "hash": row["hash"],
        "state": row["state"],
        "standing": row["standing"],
        "code": content.get("code", ""),
        "name": content.get("name", ""),
        "unit": content.get("unit", ""),
        "down": row["down"] or 0,
    }


def _elsewhere(row: Any) -> dict[str, Any]:
    content = json.loads(row["content"])
    return {
        "listing": row["uid"],
        "origin": "other",
        "state": row["state"],
        "hash": digest(canonical(content)),
        "name": content["name"],
        "unit": content["unit"],
        "down": row["down"] or 0,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()
