"""Every sentence has its English, and every refusal its words."""

import ast
import re
from pathlib import Path

from babel.messages.catalog import Message

from db import Refused
from ingest import Reason
from portal import messages
from portal.words import WORDS, words_for

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("db", "ingest", "registry", "exchange", "scanner", "analytics", "portal", "ops")
RAISED = re.compile(r'(?:Refused\(|(?<![a-z])_key\([^"]*|_inserted\([^"]*)\s*"([a-z_]+\.[a-z_]+)"')
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def raised() -> set[str]:
    """Every refusal code in the code."""
    files = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return {code for path in files for code in RAISED.findall(path.read_text())}


def test_every_refusal_has_words_in_both_languages() -> None:
    assert raised() - WORDS.keys() == set()


def test_no_words_are_kept_for_what_nobody_refuses() -> None:
    text = "".join(p.read_text() for room in ROOMS for p in (ROOT / room).rglob("*.py"))
    used = {code for code in WORDS if text.count(f'"{code}"') > 1}
    assert WORDS.keys() - used == set()


def test_words_name_the_same_facts_in_both_languages() -> None:
    fact = re.compile(r"\{(\w+)\}")
    assert [c for c, w in WORDS.items() if set(fact.findall(w.zh)) != set(fact.findall(w.en))] == []


def told(call: ast.Call) -> set[str] | None:
    """The facts that a refusal is made with; None where they can't be read off the code."""
    if any(one.arg is None for one in call.keywords):
        return None
    return {one.arg for one in call.keywords if one.arg}


def test_no_refusal_lacks_a_fact_that_its_words_name() -> None:
    fact, lacking = re.compile(r"\{(\w+)\}"), []
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            match call:
                case ast.Call(ast.Name("Refused"), [ast.Constant(str(code)), *_]) if code in WORDS:
                    said = told(call)
                    named = set(fact.findall(WORDS[code].zh))
                    if said is not None and named - said:
                        lacking.append(f"{path.name}:{call.lineno} {code} {sorted(named - said)}")
    assert lacking == []


def test_facts_are_filled_in() -> None:
    refused = Refused("org.login_taken", field="login", login="clerk")
    assert words_for(refused, "zh") == "登录名 clerk 已被使用。"
    assert words_for(refused, "en") == "The login clerk is taken."


def test_every_sentence_has_its_english() -> None:
    lacking = [entry.id for entry in messages.collect() if entry.id and not _translated(entry)]
    assert lacking == [], "run: make messages, then translate in messages.po"


def _translated(entry: Message) -> bool:
    """Whether each of its forms has words."""
    forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ("",))
    return all(forms)


def test_translations_keep_the_facts() -> None:
    wrong = [
        entry.id
        for entry in messages.collect()
        if isinstance(entry.id, str)
        and isinstance(entry.string, str)
        and set(PLACEHOLDER.findall(entry.id)) != set(PLACEHOLDER.findall(entry.string))
    ]
    assert wrong == []


def test_reasons_of_dead_letters_are_a_closed_set() -> None:
    assert len(Reason) >= 5
