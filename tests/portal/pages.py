"""What every page is asked: its words in the reader's language, accessible, within the screen."""

import re
import time
from pathlib import Path

from playwright.sync_api import Page, Route

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text()
WAIT_S = 30
CHINESE = re.compile(r"[\u3400-\u9fff]+")
# Text of the page without what people wrote and what is named in its own language.
OWN_WORDS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const data = element.closest('[data-fact]');
    const typed = element.tagName === 'TEXTAREA';
    if (!typed && (!data || element.closest('[data-words]')) && !element.closest('[lang]:not(html)')) {
      words.push(walker.currentNode.textContent);
    }
  }
  for (const element of document.querySelectorAll('[aria-label], [placeholder], [title]')) {
    if (element.closest('[data-fact], [lang]:not(html)')) continue;
    for (const name of ['aria-label', 'placeholder', 'title']) {
      words.push(element.getAttribute(name) || '');
    }
  }
  return words.join('\\n');
}"""

SQUEEZED = """() => [...document.querySelectorAll('.btn')]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim())"""


def chinese(page: Page) -> list[str]:
    """Chinese that is ours: on an English page there is none."""
    return CHINESE.findall(str(page.evaluate(OWN_WORDS)))


def overflow(page: Page) -> int:
    """Pixels beyond the right edge."""
    found = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert isinstance(found, int)
    return found


def squeezed(page: Page) -> list[str]:
    """Buttons that are too narrow for their words."""
    found = page.evaluate(SQUEEZED)
    assert isinstance(found, list)
    return found


def still(page: Page) -> None:
    """Wait until no colour changes any more."""
    comes_true(page, "!document.getAnimations().some((one) => one instanceof CSSTransition)")


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds serious: the rule, and where."""
    still(page)
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (violation["id"], [node["html"][:120] for node in violation["nodes"]][:3])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]


def comes_true(page: Page, expression: str) -> None:
    """Wait for what the page says of itself. Asked from here: Playwright's own waiting evaluates
    in the page, which its policy forbids from the second time on.
    """
    end = time.monotonic() + WAIT_S
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def hold(page: Page, address: str) -> list[Route]:
    """What the page asks of this address from now on, which nobody answers before the test does."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(address, keep)
    return held


def words_of(page: Page, selector: str) -> str:
    """What a part of the page says, once the whole of it has come: Chromium shows a page, and lets
    it be read, in the middle of a list whose end it has not parsed yet.
    """
    page.wait_for_selector(selector)
    page.wait_for_load_state()
    return page.inner_text(selector)


def toast(page: Page) -> str:
    """The message that the page answers with."""
    return words_of(page, ".ph-toast")


def go_on(page: Page) -> str:
    """Do what the page warns of; what it says that will mean."""
    means = words_of(page, ".p-means")
    page.locator("form:has(.p-means) button.btn-alarm").click()
    page.wait_for_load_state()
    return means


def stands_everywhere(page: Page) -> None:
    """A page that was opened in English, dark, at a desk: ours are its words, it is accessible and
    within the screen; so it is light and on a phone.
    """
    page.wait_for_load_state("networkidle")
    assert chinese(page) == []
    assert overflow(page) <= 0
    assert squeezed(page) == []
    assert serious(page) == []
    page.set_viewport_size({"width": 360, "height": 900})
    assert overflow(page) <= 0
    assert squeezed(page) == []
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'light')")
    still(page)
    found = page.evaluate("axe.run(document, {runOnly: ['color-contrast', 'target-size']})")
    assert [(v["id"], node["html"]) for v in found["violations"] for node in v["nodes"]] == []
