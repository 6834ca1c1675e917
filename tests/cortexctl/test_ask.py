"""`cortexctl ask`: the answer as data, what led to it as words, and how it ends."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from cortexctl.exits import Exit
from probed.wire.paths import QUESTIONS
from probed.wire.problem import ProblemCode
from probed.wire.question import QuestionEvent, QuestionShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon, chunked
from tests.cortexctl.terminal import in_terminal

ASK = f"POST {QUESTIONS}"
SAID = "The nightly backup read /data from 03:00 to 03:20 [e1].\nNothing else did [e7: no such evidence]."

SPOKEN = SAID.replace(": no such evidence", "")
"""By the model; the mark is the daemon's."""


def stream(*events: QuestionEvent) -> bytes:
    told = (f"data: {json.dumps(asdict(event))}\n\n".encode() for event in events)
    return chunked(*told, content_type="text/event-stream; charset=utf-8")


def answered(question: QuestionShape = samples.QUESTION) -> bytes:
    asked = replace(question, state="asked", answer="", ended_at=None)
    return stream(
        QuestionEvent("asked", asked),
        QuestionEvent("said", text="Let me look."),
        QuestionEvent("looked", seen=question.evidence[0]),
        QuestionEvent("said", text=SPOKEN[:20]),
        QuestionEvent("said", text=SPOKEN[20:]),
        QuestionEvent("ended", question),
    )


def test_the_answer_is_data_and_what_led_to_it_are_words(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.misbehave(ASK, answered())

    result = ctl("ask", "why", "was it slow?")

    assert result.exit == Exit.OK
    assert result.out == f"{SAID}\n"
    assert result.err.splitlines() == [
        "e1  metric_history check=io object=sda",
        "cited, and seen by nobody: e7",
        f"0.0123 USD; claude-haiku-4-5; cortexctl questions show {samples.QUESTION.id}",
    ]
    assert daemon.bodies(QUESTIONS) == [{"text": "why was it slow?", "goes_on": False}]


def test_json_is_the_question_and_no_words(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.misbehave(ASK, answered())

    result = ctl("ask", "--json", "--session", "01kjn0q", "--about", samples.ALERT.id, "why?")

    assert json.loads(result.out)["answer"] == SAID
    assert result.err == ""
    [body] = daemon.bodies(QUESTIONS)
    assert body == {"text": "why?", "goes_on": False, "session": "01kjn0q", "about": samples.ALERT.id}


def test_on_a_terminal_the_answer_is_shown_once_as_it_is_spoken(daemon: StubDaemon) -> None:
    daemon.misbehave(ASK, answered())

    code, shown = in_terminal("--socket", str(daemon.path), "ask", "--continue", "why?")

    assert code == Exit.OK
    assert shown.startswith("Let me look.\n")
    assert shown.count(SPOKEN) == 1
    assert shown.count("The nightly backup") == 1
    assert "cited, and seen by nobody: e7" in shown
    assert daemon.bodies(QUESTIONS)[0]["goes_on"]


def test_nothing_that_is_said_steers_the_terminal(daemon: StubDaemon) -> None:
    ended = QuestionEvent("ended", replace(samples.QUESTION, answer="red"))
    daemon.misbehave(ASK, stream(QuestionEvent("said", text="\x1b[31mred\u202e"), ended))

    _, shown = in_terminal("--socket", str(daemon.path), "ask", "why?")

    assert "\x1b" not in shown
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("state", "reason", "exit_"),
    [
        ("budget", "the budget of the day ($5) has $0.0012 left", Exit.REFUSED),
        ("failed", "the model refused to answer", Exit.FAILED),
        ("cancelled", "the daemon is stopping", Exit.FAILED),
    ],
)
def test_without_an_answer_it_says_why(daemon: StubDaemon, ctl: Ctl, state: str, reason: str, exit_: Exit) -> None:
    question = replace(samples.OVER_BUDGET, state=state, reason=reason)  # type: ignore[arg-type]
    daemon.misbehave(ASK, stream(QuestionEvent("ended", question)))

    result = ctl("ask", "why?")

    assert (result.exit, result.out) == (exit_, "")
    assert f"no answer ({state}): {reason}" in result.err


def test_half_an_answer_is_none(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.misbehave(ASK, stream(QuestionEvent("said", text="The backup")))

    result = ctl("ask", "why?")

    assert (result.exit, result.out) == (Exit.UNREACHABLE, "")


@pytest.mark.parametrize(
    ("status", "code", "exit_"),
    [
        (403, ProblemCode.FORBIDDEN, Exit.REFUSED),
        (404, ProblemCode.NOT_FOUND, Exit.FAILED),
        (409, ProblemCode.CONFLICT, Exit.REFUSED),
        (503, ProblemCode.OVERLOADED, Exit.FAILED),
    ],
)
def test_a_refusal_is_told_in_the_daemons_words(
    daemon: StubDaemon, ctl: Ctl, status: int, code: ProblemCode, exit_: Exit
) -> None:
    daemon.refuse(ASK, status, code, "this needs the role operator")

    result = ctl("ask", "why?")

    assert result.exit == exit_
    assert "this needs the role operator" in result.err


def test_two_sessions_at_once_are_none(ctl: Ctl, tmp_path: Path) -> None:
    assert ctl("ask", "--continue", "--session", "x", "why?").exit == Exit.USAGE
