"""Every phrase that people are told has a translation with the same placeholders."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import probed
from probed.channels import telegram_callback, telegram_commands, telegram_presses, telegram_updates
from probed.core.alert import AlertState
from probed.core.card import CardKind
from probed.core.chinese import CHINESE
from probed.core.decision import DecisionState
from probed.core.dependency import impact
from probed.core.finding import Severity
from probed.core.phrases import Language, phrase, say, speak, spoken, word
from probed.core.report import Verdict
from probed.core.run import RunState
from probed.core.storm import listed
from probed.core.week import week_lines
from probed.engine import pairing
from probed.errors import CannotPersist, Conflict, StaleVersion
from tests.factories import make_alert

ROOT = Path(probed.__file__).parent
CONSTANTS = (
    telegram_callback.FORGED,
    telegram_callback.TOO_OLD,
    telegram_commands.HOW_TO_PAIR,
    telegram_commands.HOW_TO_RUN,
    telegram_commands.HOW_TO_SILENCE,
    telegram_commands.NO_NAME,
    *telegram_commands.MENU.values(),
    telegram_presses.NOT_ALLOWED,
    telegram_presses.NOT_ASKED,
    telegram_presses.INVESTIGATE,
    telegram_presses.USED,
    telegram_presses.WENT_WRONG,
    telegram_updates.CONTESTED,
    pairing.NOT_GOOD,
    str(StaleVersion()),
    str(CannotPersist()),
)
WORDS = [
    str(each).replace("_", " ") if isinstance(each, CardKind) else str(each)
    for words in (AlertState, CardKind, DecisionState, Severity, Verdict, RunState)
    for each in words
]


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in ROOT.rglob("*.py"):
        text = path.read_text()
        if "from probed.core.phrases import" in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "phrase"):
                    yield f"{path.name}:{node.lineno}", node


def phrase_of(call: ast.Call) -> str:
    [phrase] = call.args
    assert isinstance(phrase, ast.Constant), ast.dump(phrase)
    return str(phrase.value)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


CALLS = list(calls())


@pytest.fixture
def chinese() -> Iterator[None]:
    speak(Language.ZH)
    yield
    speak(Language.EN)


def test_the_phrases_were_found() -> None:
    assert len(CALLS) > 80


@pytest.mark.parametrize(("place", "call"), CALLS, ids=[place for place, _ in CALLS])
def test_a_phrase_that_is_said_is_written_out_translated_and_filled_in(place: str, call: ast.Call) -> None:
    phrase = phrase_of(call)

    assert phrase in CHINESE, f"{place}: {phrase!r} has no translation"
    assert {keyword.arg for keyword in call.keywords} == placeholders(phrase)


def test_no_card_is_made_of_words_that_are_not_said() -> None:
    """A title, a section's title or a label in plain English would stay English."""
    bare = [
        f"{path.name}:{node.lineno}: {text.value!r}"
        for path in (ROOT / "engine" / "cards").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Card", "Section", "Button")
        for text in (*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "title"))
        if isinstance(text, ast.Constant) and text.value
    ]

    assert bare == []


@pytest.mark.parametrize("text", [*CONSTANTS, *WORDS])
def test_every_word_is_translated(text: str) -> None:
    assert text in CHINESE


@pytest.mark.parametrize("english", list(CHINESE))
def test_a_translation_has_the_same_placeholders(english: str) -> None:
    assert placeholders(CHINESE[english]) == placeholders(english)
    assert CHINESE[english].strip()


def test_no_phrase_is_translated_that_nobody_says() -> None:
    said = {phrase_of(call) for _, call in CALLS} | {*CONSTANTS, *WORDS}
    named = {"state", "severity", "since", "until", "acknowledged by", "why asked", "decided by", "note"}

    assert set(CHINESE) - said - named == set()


def test_english_is_said_as_it_is_written() -> None:
    assert say("May I run {action}?", action="x") == "May I run x?"


def test_chinese_is_said_where_it_is_set(chinese: None) -> None:
    assert say("May I run {action}?", action="restart {nginx}") == "是否执行 restart {nginx}？"
    assert word("warning") == "警告"
    assert word("what nobody translated") == "what nobody translated"


def test_an_error_is_english_and_is_said_in_chinese_later(chinese: None) -> None:
    error = Conflict(phrase("alert {id} is {state} already", id="resolved", state=AlertState.RESOLVED))

    assert str(error) == "alert resolved is resolved already"
    assert spoken(error.args[0]) == "告警 resolved 已处于“已恢复”状态"
    assert spoken(CannotPersist().args[0]).startswith("无法写入")
    assert spoken("what nobody translated") == "what nobody translated"


def test_what_the_core_says_is_chinese_too(chinese: None) -> None:
    alerts = [make_alert(summary="盘满") for _ in range(2)]

    assert impact(alerts) == "2 条告警依赖于它：/srv"
    assert all(not line.isascii() for line in week_lines(alerts, changes=1))
    assert listed(["一"] * 501)[0] == "更早的 1 条：cortexctl alerts list"
