"""Every setting is documented, and no two rooms read one variable."""

from collections import Counter
from pathlib import Path

from ops.commands.settings import ROOMS, markdown

PAGE = Path(__file__).resolve().parents[2] / "docs/settings.md"


def test_settings_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == markdown(), "run: panhuo settings --markdown > docs/settings.md"


def test_every_setting_says_what_it_means() -> None:
    silent = [n for _, model in ROOMS for n, f in model.model_fields.items() if not f.description]
    assert silent == []


def test_no_two_rooms_read_one_variable() -> None:
    names = Counter(name for _, model in ROOMS for name in model.model_fields)
    assert [name for name, times in names.items() if times > 1] == []
