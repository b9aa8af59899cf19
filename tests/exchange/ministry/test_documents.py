"""The contract's parts on their own: canonical bytes, signatures, envelopes, pictures, waits."""

import ast
import base64
import hashlib
import hmac
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from exchange.ministry import dispatch, documents, listing_content, pictures, refusals, signing
from exchange.ministry.canonical import canonical, parse
from exchange.ministry.documents import Decision, Envelope, Outcome, Type
from exchange.ministry.refusals import Unacceptable, Why
from exchange.ministry.settings import MinistrySettings
from exchange.ministry.signing import Algorithm, KeyRing
from ops.sandbox_ministry import provinces
from registry.cards import photos
from tests.exchange.ministry.conftest import SHARED, settings

PAGE = Path(__file__).resolve().parents[3] / "docs/ministry-exchange.md"
RING = KeyRing.read(SHARED, SHARED)
PROVINCE, MINISTRY = "460000", "100000"


def decision(**changed: Any) -> Envelope:
    made = Envelope(
        uuid4(),
        MINISTRY,
        PROVINCE,
        Type.DECISION,
        uuid4(),
        1,
        datetime(2026, 11, 24, tzinfo=UTC),
        {"decision": Decision.ACCEPTED.value, "opinion": "同意"},
    )
    return replace(made, **changed)


def refused(body: bytes, ring: KeyRing = RING) -> Why:
    with pytest.raises(Unacceptable) as found:
        documents.unseal(body, ring, MINISTRY, PROVINCE)
    return found.value.why


def test_example_of_the_contract_is_read_by_somebody_elses_code() -> None:
    """As the contract's reader would do it, with nothing of ours."""
    text = PAGE.read_text()
    line = next(one for one in text.splitlines() if one.startswith('{"content"'))
    key = re.search(r"`k1:hmac:([^`]+)`", text)
    assert key
    secret = base64.b64decode(key[1])
    fields = json.loads(line)

    def plain(value: object) -> bytes:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    assert fields["hash"] == hashlib.sha256(plain(fields["content"])).hexdigest()
    signature = base64.b64decode(fields.pop("signature"))
    expected = hmac.new(secret, plain(fields), hashlib.sha256).digest()
    assert hmac.compare_digest(signature, expected)
    ring = KeyRing.read(key[0].strip("`"), key[0].strip("`"))
    read = documents.unseal(line.encode(), ring, MINISTRY, PROVINCE)
    assert documents.seal(read, ring) == line.encode()


@pytest.mark.parametrize("algorithm", Algorithm)
def test_what_is_sealed_is_read_with_either_algorithm(algorithm: Algorithm) -> None:
    own, other = signing.make("k", algorithm)
    made = decision()
    body = documents.seal(made, KeyRing.read(own, ""))
    assert documents.unseal(body, KeyRing.read(SHARED, other), MINISTRY, PROVINCE) == made


def test_blanks_and_order_do_not_matter() -> None:
    made = decision()
    fields = json.loads(documents.seal(made, RING))
    pretty = json.dumps(dict(reversed(fields.items())), indent=2).encode()
    assert documents.unseal(pretty, RING, MINISTRY, PROVINCE) == made


@pytest.mark.parametrize("name", ["id", "sender", "receiver", "document", "listing", "sequence",
                                  "created_at", "content", "hash", "key", "version"])  # fmt: skip
def test_no_field_can_be_changed_after_it_was_signed(name: str) -> None:
    fields = json.loads(documents.seal(decision(), RING))
    fields[name] = {"content": {}, "sequence": 2, "version": 2}.get(name, "x")
    assert refused(json.dumps(fields).encode()) in {Why.SIGNATURE, Why.KEY, Why.VERSION}


def test_every_stranger_is_told_apart() -> None:
    other, _ = signing.make("test", Algorithm.HMAC)
    third, _ = signing.make("third", Algorithm.HMAC)
    assert refused(documents.seal(decision(), KeyRing.read(other, ""))) is Why.SIGNATURE
    assert refused(documents.seal(decision(), KeyRing.read(third, ""))) is Why.KEY
    assert refused(documents.seal(decision(sender=PROVINCE), RING)) is Why.SENDER
    assert refused(documents.seal(decision(receiver="450000"), RING)) is Why.RECEIVER


def test_wrong_hash_under_a_good_signature_is_refused() -> None:
    fields = json.loads(documents.seal(decision(), RING))
    del fields["signature"]
    fields["hash"] = "0" * 64
    body = canonical({**fields, "signature": RING.sign(canonical(fields))})
    assert refused(body) is Why.HASH


def test_while_a_key_is_renewed_both_are_accepted() -> None:
    new, _ = signing.make("new", Algorithm.HMAC)
    both = KeyRing.read(new, f"{SHARED}, {new}")
    for ring in (RING, KeyRing.read(new, "")):
        made = decision()
        assert documents.unseal(documents.seal(made, ring), both, MINISTRY, PROVINCE) == made
    assert refused(documents.seal(decision(), RING), KeyRing.read(new, new)) is Why.KEY


@pytest.mark.parametrize("text", ["", "k", "k:hmac", "k:hmac:c2hvcnQ=", "k:none:" + "A" * 44,
                                  "k k:hmac:" + "A" * 44, "k:hmac:*"])  # fmt: skip
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError) as found:  # noqa: PT011  # the message is what is tested
        KeyRing.read(text, "")
    assert "A" * 44 not in str(found.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"a": 1.5}', b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": "\\u0000"}',
     b'{"a": "\\ud800"}', b'{"\xc3\xa9": 1}', b"\xff", b'{"a": 9007199254740992}',
     b'{"a":' * 20 + b"1" + b"}" * 20, b"[" * 100_000],
)  # fmt: skip
def test_what_has_no_one_form_is_malformed(body: bytes) -> None:
    with pytest.raises(Unacceptable) as found:
        parse(body)
    assert found.value.why is Why.MALFORMED
    assert refused(body) is Why.MALFORMED


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcdef_", max_size=5), inner),
    max_leaves=10,
)


@given(content=st.dictionaries(st.text("abcxyz", max_size=4), VALUES, max_size=4))
def test_canonical_bytes_read_back_and_are_the_same_again(content: dict[str, Any]) -> None:
    body = canonical(content)
    assert parse(body) == content
    assert canonical(parse(body)) == body


@given(body=st.binary(max_size=200))
def test_no_bytes_make_it_fail_otherwise(body: bytes) -> None:
    refused(body)
    documents.claimed(body)


@pytest.mark.parametrize(
    "changed",
    [{"id": "x"}, {"document": "letter"}, {"listing": None}, {"sequence": 0}, {"sequence": True},
     {"sequence": "1"}, {"sequence": 2**31}, {"sequence": None}, {"created_at": "yesterday"},
     {"created_at": "2026-11-24T02:00:00"}, {"content": []}, {"listing": 7}],
)  # fmt: skip
def test_envelope_that_is_signed_and_wrong_is_malformed(changed: dict[str, Any]) -> None:
    fields = {**json.loads(documents.seal(decision(), RING)), **changed}
    fields.pop("signature")
    body = canonical({**fields, "signature": RING.sign(canonical(fields))})
    assert refused(body) is Why.MALFORMED


def test_receipt_names_what_it_answers() -> None:
    made = decision()
    answer = documents.receipt(made, Outcome.ACCEPTED, datetime.now(UTC))
    assert (answer.sender, answer.receiver) == (PROVINCE, MINISTRY)
    assert answer.content["of"] == str(made.id)
    assert answer.content["hash"] == made.hash


def test_a_document_has_the_same_id_in_every_try() -> None:
    listing = uuid4()
    ids = {documents.document_id(PROVINCE, listing, n) for n in (1, 1, 2)}
    assert len(ids) == 2
    assert documents.document_id("450000", listing, 1) not in ids


def test_waits_double_with_jitter_up_to_a_limit() -> None:
    with_ = settings("none", ministry_first_wait_s=10, ministry_longest_wait_s=100)
    for tries, base in ((1, 10), (2, 20), (3, 40), (5, 100), (60, 100)):
        waits = [dispatch.wait(tries, with_).total_seconds() for _ in range(200)]
        assert base * 0.8 <= min(waits) < max(waits) <= base * 1.2


@pytest.mark.parametrize("given_", [{"road": "https"}, {"road": "folder"},
                                    {"road": "https", "url": "ftp://x"},
                                    {"road": "https", "url": "http://x", "ministry_key": ""},
                                    {"road": "https", "url": "http://x",
                                     "ministry_id": "460000"}])  # fmt: skip
def test_half_a_setting_stops_the_start(given_: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as found:
        settings(**given_)
    assert SHARED.split(":")[2] not in str(found.value)


def test_key_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("TRANSPORT", "https"), ("URL", "http://x"), ("KEY", "k:hmac:SECRET")):
        monkeypatch.setenv(f"PANHUO_MINISTRY_{name}", value)
    with pytest.raises(ValidationError) as found:
        MinistrySettings()
    assert "SECRET" not in str(found.value)


def jpeg(width: int, height: int, noise: bool = False) -> bytes:
    image = Image.effect_noise((width, height), 90) if noise else Image.new("RGB", (width, height))
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def test_picture_goes_along_small_and_comes_down_anew(tmp_path: Path) -> None:
    picture = photos.decode(jpeg(1600, 1200, noise=True))
    photos.store(tmp_path, picture)
    text = pictures.outward(tmp_path, picture.digest)
    assert text is not None
    content = base64.b64decode(text)
    assert len(content) <= pictures.LARGEST
    kept = pictures.inward(text)
    assert kept is not None
    assert kept.digest != picture.digest
    assert (kept.width, kept.height) == photos.THUMBNAIL
    assert pictures.outward(tmp_path, "0" * 64) is None
    assert pictures.outward(tmp_path, None) is None
    assert pictures.inward(None) is None


@pytest.mark.parametrize("size", [0, 5, 2000, 90_000])
def test_damaged_picture_is_left_out(tmp_path: Path, size: int) -> None:
    picture = photos.decode(jpeg(1600, 1200, noise=True))
    photos.store(tmp_path, picture)
    thumbnail = photos.path(tmp_path, picture.digest, thumbnail=True)
    thumbnail.write_bytes((picture.thumbnail[: size // 2] + b"\x89PNG" * size)[:size])
    assert pictures.outward(tmp_path, picture.digest) is None


@pytest.mark.parametrize("text", ["", "x", base64.b64encode(b"GIF89a").decode(),
                                  base64.b64encode(jpeg(1600, 1200, noise=True)).decode()])  # fmt: skip
def test_what_is_no_small_picture_is_refused(text: str) -> None:
    with pytest.raises(Unacceptable, match="thumbnail"):
        pictures.inward(text)


ONE = next(provinces.listings(datetime.now(UTC))).content


@pytest.mark.parametrize(
    ("name", "value"),
    [("kind", "gift"), ("name", ""), ("name", "x" * 201), ("category", "电脑"), ("division", "x"),
     ("quantity", "0.00"), ("quantity", "1e9"), ("quantity", "-1"), ("quantity", 1),
     ("status", "broken"), ("card_type", "toy"), ("card_type", ""), ("facts", {"status": "broken"}),
     ("facts", {"acquired_on": "2026-02-30"}), ("facts", {"original_value": "much"}),
     ("facts", {"name": 1}), ("listed_at", "2026-11-24"), ("listed_at", "2026-11-24T02:00:00"),
     ("value", "NaN"), ("contact", [])],
)  # fmt: skip
def test_listing_that_squares_could_not_show_is_malformed(name: str, value: object) -> None:
    with pytest.raises(Unacceptable) as found:
        listing_content.facts_of(listing_content.read({**ONE, name: value}))
    assert found.value.why is Why.MALFORMED


def test_names_of_later_versions_are_ignored() -> None:
    facts = {**ONE["facts"], "invented_later": "x"}
    read = listing_content.read({**ONE, "rating": "5", "facts": facts})
    assert "invented_later" not in listing_content.facts_of(read)


def prose() -> Iterator[str]:
    """Every detail of a refusal that is written out in the exchange, a number for what varies."""
    for path in Path(refusals.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "Unacceptable":
                for given_ in call.args[1:]:
                    yield from _written(given_)


def _written(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant):
        yield str(value.value)
    elif isinstance(value, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else "7" for one in value.values)
        yield "".join(map(str, parts))


def test_what_exactly_is_wrong_is_said_in_both_languages() -> None:
    written = [text for text in prose() if " " in text.replace(": 7", ":7")]
    assert len(written) > 15
    assert "7 is next" in written
    for text in written:
        if text != "a 7":
            assert refusals.in_words(text).zh != text, text
    assert refusals.in_words("facts.brand") == ("facts.brand", "facts.brand")
    assert (
        refusals.reason_in_words("gap: 3 is next").zh
        == "序号跳号，前面的文件未到（下一份应是第 3 号）"
    )
    assert refusals.reason_in_words("malformed: a float").en == (
        "Its content is not as agreed (a float is not allowed)"
    )
    assert refusals.reason_in_words("HTTP 503: away").zh == "HTTP 503: away"


def test_texts_that_come_down_hold_nothing_that_nobody_sees() -> None:
    hidden = "\u202e显微镜\u200b"
    sent = {**ONE, "name": hidden, "unit": hidden, "facts": {"place": "甲\u2066\n乙"},
            "contact": {**ONE["contact"], "contact": hidden}}  # fmt: skip
    read = listing_content.read(sent)
    assert (read.name, read.unit, read.contact["contact"]) == ("显微镜",) * 3
    assert read.facts == {"place": "甲\n乙"}
    with pytest.raises(Unacceptable, match="name"):
        listing_content.read({**ONE, "name": "\u200b\u202e"})
