"""What every page is asked: its words in the reader's language, accessible, within the screen."""

import re
from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text()
CHINESE = re.compile(r"[\u3400-\u9fff]+")
# Text of the page without what people wrote and what is named in its own language.
OWN_WORDS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const words = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const data = element.closest('[data-fact]');
    if ((!data || element.closest('[data-words]')) && !element.closest('[lang]:not(html)')) {
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


def chinese(page: Page) -> list[str]:
    """Chinese that is ours: on an English page there is none."""
    return CHINESE.findall(str(page.evaluate(OWN_WORDS)))


def overflow(page: Page) -> int:
    """Pixels beyond the right edge."""
    found = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert isinstance(found, int)
    return found


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds serious: the rule, and where."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        (violation["id"], [node["html"][:120] for node in violation["nodes"]][:3])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
