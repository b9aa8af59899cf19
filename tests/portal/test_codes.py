"""Phones and the gun page read codes in the browser as the server does (H2, H3)."""

from dataclasses import asdict

import pytest

from tests.fixtures.browser import Visit
from tests.scanner.symbols import EXAMPLES

pytestmark = pytest.mark.browser
READ = """async (examples) => {
  const { codesOf, codesIn } = await import('/static/js/app/codes.js');
  return Promise.all(examples.map(async ({ text, cards }) => [
    await codesOf(text, async (code) => cards.includes(code)), codesIn(text, (code) => cards.includes(code)),
  ]));
}"""


def test_a_phone_and_the_gun_page_mean_the_same_codes_as_the_server(visit: Visit) -> None:
    page = visit("/login", login="")
    read = page.evaluate(READ, [asdict(one) for one in EXAMPLES])
    assert [(one.what, *found) for one, found in zip(EXAMPLES, read, strict=True)] == [
        (one.what, one.codes, one.codes) for one in EXAMPLES
    ]
