"""The one report among a program's words."""

from __future__ import annotations

import json

import pytest

from probed.agent.report_text import MOST_TRIES, report_in
from probed.errors import InvalidReport

REPORT = {"verdict": "ok", "summary": "a {brace} and a ```fence```", "findings": []}
TEXT = json.dumps(REPORT)
PRETTY = json.dumps(REPORT, indent=2)
DEEP = "[" * 150 + "]" * 150


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"\n  {PRETTY}\n\n",
        f"```json\n{PRETTY}\n```",
        f"I looked at {{everything}}.\n\n```\n{TEXT}\n```\nThat is all: {{}}",
        f'{{"tool": "processes", "limit": 5}}\n{TEXT}\ntokens used: 1,234',
        f"{TEXT}\n{PRETTY}",
    ],
    ids=["alone", "with space", "in a fence", "among words", "after other objects", "the same twice"],
)
def test_it_is_found_where_it_is_the_only_one(text: str) -> None:
    assert report_in(text, "verdict") == REPORT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not there"),
        ("All is well.", "is not there"),
        ('{"summary": "fine"}', "is not there"),
        (f"[{TEXT[:-1]}", "is not there"),
        (f'{{"message": {TEXT}}}', "is not there"),
        ('{"verdict": "ok", "verdict": "critical", "summary": "x", "findings": []}', "a key stands there twice"),
        (f'{{"x": {DEEP}, "inner": {TEXT}}}', "is not there"),
        (f'{{"x": {"[" * 5000 + "]" * 5000}, "inner": {TEXT}}}', "is nested too deeply"),
        (f'{{"x": 1, "x": 2, "inner": {TEXT}}}', "is not there"),
        (f'{{"x": {"1" * 5000}, "inner": {TEXT}}}', "is not there"),
        (f'{{"verdict": "critical", "evidence": {DEEP}}}\n{TEXT}', "is nested too deeply"),
        (f"{TEXT}\nno, wait:\n{TEXT.replace('ok', 'critical')}", "is ambiguous: the program wrote 2 that differ"),
        ("{" * 2 * MOST_TRIES, "looks like JSON"),
        ('{"a":' * 100_000, "is nested too deeply"),
    ],
    ids=[
        *("nothing", "words", "no verdict", "cut", "wrapped", "two words in one", "in a deep one", "in the deepest"),
        *("beside a key named twice", "beside a long number", "behind a deep one", "two reports", "braces", "depth"),
    ],
)
def test_nothing_is_guessed(text: str, reason: str) -> None:
    with pytest.raises(InvalidReport, match=reason):
        report_in(text, "verdict")


def test_a_report_that_is_nested_too_deeply_is_none() -> None:
    """Whoever walks through it later would not come to its end."""
    deep = '{"verdict": "ok", "evidence": ' + "[" * 500 + "]" * 500 + "}"

    with pytest.raises(InvalidReport):
        report_in(deep, "verdict")
