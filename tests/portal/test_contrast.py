"""Words on buttons can be read in every state and both themes (WCAG 2.2, 1.4.3: 4.5 to 1)."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession

from tests.fixtures.browser import Visit

LEAST = 4.5
PORTAL = Path(__file__).resolve().parents[2] / "portal"
STATES = ((), ("hover",), ("focus", "focus-visible"), ("active", "hover"))
# How it is written in templates and in scripts: class="btn …", { class: 'btn …' }.
WORN = re.compile(r"""class(?:="|: ')(btn(?:[ ][a-z0-9 -]+)?)["']""")
GROUNDS = ("ph-ground", "ph-surface", "ph-well")
BUTTONS = """([grounds, kinds]) => {
    const still = new CSSStyleSheet();
    still.replaceSync('* { transition: none !important; }');
    document.adoptedStyleSheets = [still];
    const whole = document.createElement('main');
    for (const ground of grounds) {
        const part = document.createElement('section');
        part.style.background = `var(--${ground})`;
        for (const kind of kinds) {
            const button = document.createElement('button');
            button.className = kind;
            button.textContent = kind;
            button.dataset.ground = ground;
            part.append(document.createElement('i'), button);
        }
        whole.append(part);
    }
    document.body.replaceChildren(whole);
}"""
RATIOS = """() => [...document.querySelectorAll('button')].map((button) => {
    const read = (text) => text.match(/[\\d.]+/g).map(Number);
    const over = (top, below) => {
        const share = top[3] ?? 1;
        return [0, 1, 2].map((at) => top[at] * share + below[at] * (1 - share));
    };
    const light = (colour) => {
        const [red, green, blue] = colour.map((part) => {
            const share = part / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const own = getComputedStyle(button);
    const ground = read(getComputedStyle(button.parentElement).backgroundColor);
    const below = over(read(own.backgroundColor), ground);
    const [one, other] = [light(over(read(own.color), below)), light(below)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return [`${button.className} on ${button.dataset.ground}`, ratio, own.color, own.backgroundColor];
})"""


def kinds() -> list[str]:
    """The classes of all buttons that pages and scripts draw."""
    sources = [*(PORTAL / "templates").rglob("*.html"), *(PORTAL / "static/js").rglob("*.js")]
    return sorted({found for path in sources for found in WORN.findall(path.read_text())})


def force(session: CDPSession, states: tuple[str, ...]) -> None:
    """Put every button into these states, as the inspector does."""
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    found = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "button"})
    for node in found["nodeIds"]:
        told = {"nodeId": node, "forcedPseudoClasses": list(states)}
        session.send("CSS.forcePseudoState", told)


def test_there_are_buttons_to_measure() -> None:
    assert {"btn", "btn btn-primary", "btn btn-quiet", "btn btn-alarm"} <= set(kinds())


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_on_buttons_can_be_read_in_every_state(visit: Visit, theme: str) -> None:
    page = visit("/design", login="", theme=theme)
    assert page.locator("html").get_attribute("data-bs-theme") == theme
    page.evaluate(BUTTONS, [list(GROUNDS), kinds()])
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    poor, changed = [], set()
    for states in STATES:
        force(session, states)
        measured = page.evaluate(RATIOS)
        changed.add(str([row[2:] for row in measured]))
        poor += [(states, *row) for row in measured if row[1] < LEAST]
    assert poor == []
    assert len(changed) == len(STATES) - 1  # a focused button has the colours of a hovered one
