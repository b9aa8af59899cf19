"""Telephone numbers as people write them: whether somebody can be reached at one.

Several may stand in a field, each with an extension: "0898-66270001 转 8012、13876012345".
"""

import re
import unicodedata
from typing import Final

LONGEST: Final = 40  # characters of a field
APART: Final = re.compile(r"[、,;/]|(?<=\d{7})\s+(?=(?:\+|0|1[3-9])\d)|或|or")
EXTENSION: Final = re.compile(r"\s*(?:转|分机|ext\.?|x|#)\s*\d{1,6}$", re.IGNORECASE)
WRITTEN: Final = re.compile(r"\+?[\d\s()-]+")
SERVICE: Final = re.compile(r"1[0-9]{4}|9[56][0-9]{3,4}")  # 12345, 95588: called as they stand
# 工信部《电信网编号计划》: a local number begins with 2 to 8, an area's code with 0.
MOBILE: Final = r"1[3-9]\d{9}"
FREE: Final = r"[48]00\d{7}"
IN_CHINA: Final = re.compile(rf"{MOBILE}|{FREE}|[2-8]\d{{6,7}}|0[1-9]\d{{8,10}}")
AFTER_86: Final = re.compile(rf"{MOBILE}|{FREE}|0?[1-9]\d{{8,10}}")  # +86 898…, +86 (0)898…
ABROAD: Final = re.compile(r"[1-9]\d{6,14}")  # ITU-T E.164, behind + or 00


def plausible(text: str) -> bool:
    """Whether each number in `text` can be one that is dialled in China or from it."""
    if len(text) > LONGEST:
        return False
    plain = unicodedata.normalize("NFKC", text).replace("–", "-").replace("—", "-")
    return all(_plausible(one.strip()) for one in APART.split(plain))


def _plausible(number: str) -> bool:
    number = EXTENSION.sub("", number)
    figures = re.sub(r"\D", "", number)
    if not WRITTEN.fullmatch(number) or len(set(figures)) < 2:
        return False
    if SERVICE.fullmatch(number) or IN_CHINA.fullmatch(figures):
        return True
    abroad = number.startswith("+") or figures.startswith("00")
    whole = figures.removeprefix("00")
    if whole.startswith("86"):
        return AFTER_86.fullmatch(whole[2:]) is not None
    return abroad and ABROAD.fullmatch(whole) is not None
