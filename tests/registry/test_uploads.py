"""Attachments are what their names say, damaged or hostile ones are refused by name (A3)."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest

from db import Refused
from registry.cards import uploads

MEMBER = "word/document.xml"


def archive(*names: str, content: bytes = b"<w:document/>") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in names:
            written.writestr(name, content)
    return out.getvalue()


def refused(content: bytes) -> bool:
    """Whether it is refused as what it is not; any other error is a fault of ours."""
    try:
        uploads.document("合同.docx", content)
    except Refused as why:
        if why.code != "attachment.not_so":
            raise
        return True
    return False


def damaged(good: bytes) -> Iterator[bytes]:
    """Cut off anywhere, and each byte of its directory and end turned over."""
    yield from (good[:length] for length in range(1, len(good)))
    for at in range(good.index(b"PK\x01\x02"), len(good)):
        yield good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :]


def test_damaged_archive_is_refused_or_taken_but_never_an_error() -> None:
    good = archive("[Content_Types].xml", MEMBER)
    assert not refused(good)
    assert sum(map(refused, damaged(good))) > len(good)  # whatever is cut off, and more


@pytest.mark.parametrize(
    "content",
    [
        archive("xl/workbook.xml"),
        archive(),
        b"PK\x05\x06",
        b"PK\x03\x04" + b"\0" * 100,
        b"PK\x06\x07" + b"\0" * 16 + archive(MEMBER)[-22:],
    ],
)
def test_archive_without_the_document_is_refused(content: bytes) -> None:
    assert refused(content)


def test_archive_with_a_huge_directory_is_refused_before_it_is_read() -> None:
    """300,000 members in 20 MB would become 200 MB of objects."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *([0] * 9), 4, *([0] * 6)) + b"abcd"
    many = 300_000
    directory = entry * many
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_535, 65_535, len(directory), 0, 0)
    content = directory + end
    assert len(content) < uploads.LARGEST_ATTACHMENT
    tracemalloc.start()
    try:
        assert refused(content)
        assert tracemalloc.get_traced_memory()[1] < len(content) / 4
    finally:
        tracemalloc.stop()
