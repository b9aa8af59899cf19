"""Text of files as offices here write them: UTF-8, GB18030, or UTF-16 with its mark."""

from typing import Final

UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
ENCODINGS: Final = ("utf-8-sig", "gb18030")  # the second is what Excel in Chinese saves
# What Python's codec still reads as private use, as in the edition of 2000: where GB 18030-2022
# (annex D) has these characters.
SINCE_2000: Final = str.maketrans({
    0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14,
    0xE792: 0xFE15, 0xE793: 0xFE16, 0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19,
    0xE7C7: 0x1E3F, 0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE81E: 0x9FB4,
    0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE831: 0x215D7, 0xE832: 0x9FB8,
    0xE83B: 0x2298F, 0xE843: 0x9FB9, 0xE854: 0x9FBA, 0xE855: 0x241FE, 0xE864: 0x9FBB,
})  # fmt: skip


class Undecodable(ValueError):
    """Bytes that are no text in any of these encodings; `row` is the line where that shows."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def decoded(content: bytes) -> str:
    """The text of a file; Undecodable."""
    encodings = ("utf-16",) if content.startswith(UTF_16) else ENCODINGS
    furthest = 0
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)
            continue
        if "\0" not in text:
            return text.translate(SINCE_2000) if encoding == "gb18030" else text
        furthest = max(furthest, content.index(b"\0"))
    raise Undecodable(content.count(b"\n", 0, furthest) + 1)
