"""Questions in a chat: who may ask, what is shown meanwhile, how an answer comes, and how a session goes on."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from probed.channels.telegram_asks import parts_of
from probed.channels.telegram_html import MAX_UNITS, units
from probed.core.card import Button, Card, CardKind
from probed.core.inquiry import Cited, Inquiry, InquiryState
from probed.core.phrases import Language, phrase, speak
from probed.errors import Conflict, TooMany
from tests.api.fakes import FakeQuestions
from tests.channels.cards import ID
from tests.channels.talking import STRANGER, ScriptedOperator, audited, listening, server
from tests.factories import NOW
from tests.real.bot_api import CHAT

QUESTION = "01kjn0qqqqqqqqq2"
ANSWERED = Inquiry(
    QUESTION,
    QUESTION,
    "why?",
    "telegram:1 Ann",
    NOW,
    InquiryState.ANSWERED,
    answer="A <backup> ran [e1].",
    evidence=(Cited("e1", "journal", {"unit": "a_b.service"}, "c0ffee", is_cited=True), Cited("e2", "mounts", {}, "x")),
    cost_usd=0.0123,
)
SAID = f"""\
A <backup> ran [e1].

e1: journal unit=a_b.service

0.0123 US dollars; reply to this message to ask on
#{QUESTION}"""


def operator(answered: Inquiry | None = ANSWERED, failure: Exception | None = None) -> ScriptedOperator:
    return ScriptedOperator(questions=FakeQuestions(failure, answered=answered))


async def test_a_question_is_answered_with_what_it_rests_on_and_what_it_cost(tmp_path: Path) -> None:
    asked = operator()
    async with server() as api, listening(api, tmp_path, asked):
        api.say("/ask why was it\nslow at three?")
        [answer] = await api.sent(1)

        assert answer.text == SAID
    assert [draft.text for draft in asked.questions.drafts] == ["why was it\nslow at three?"]


async def test_a_reply_to_an_answer_goes_on_with_its_session(tmp_path: Path) -> None:
    asked = operator()
    async with server() as api, listening(api, tmp_path, asked):
        api.say("/ask why?")
        [answer] = await api.sent(1)
        api.say("and before?", reply_to=answer)
        await api.sent(2)
        api.say("/ask and after?", reply_to=answer)
        await api.sent(3)

    assert [(draft.text, draft.session) for draft in asked.questions.drafts[1:]] == [
        ("and before?", QUESTION),
        ("and after?", QUESTION),
    ]


async def test_a_reply_to_anything_else_asks_nothing(tmp_path: Path) -> None:
    asked = operator()
    async with server() as api, listening(api, tmp_path, asked):
        api.say("/status")
        [status] = await api.sent(1)
        api.say("so what?", reply_to=status)
        api.say("/ask why?")
        [_, answer] = await api.sent(2)
        api.say("/runs", reply_to=answer)
        await api.sent(3)

    assert [draft.text for draft in asked.questions.drafts] == ["why?"]


async def test_a_stranger_may_not_ask(tmp_path: Path) -> None:
    asked = operator()
    async with server() as api, listening(api, tmp_path, asked):
        api.say("/ask why?", user=STRANGER)
        [refusal] = await api.sent(1)

        assert "not allowed" in refusal.text
    assert asked.questions.drafts == []
    assert any("a command in chat" in line for line in await audited(tmp_path))


async def test_what_was_asked_too_long_ago_costs_nothing(tmp_path: Path) -> None:
    asked = operator()
    async with server() as api, listening(api, tmp_path, asked):
        api.say("/ask why?", ago_s=3600)
        [refusal] = await api.sent(1)

        assert "too old" in refusal.text
    assert asked.questions.drafts == []


@pytest.mark.parametrize("failure", [TooMany("2 questions of yours wait"), Conflict(phrase("no model is configured"))])
async def test_what_cannot_be_asked_is_said(tmp_path: Path, failure: Exception) -> None:
    async with server() as api, listening(api, tmp_path, operator(failure=failure)):
        api.say("/ask why?")
        [said] = await api.sent(1)
        api.say("/ask")
        [_, how] = await api.sent(2)

        assert said.text == str(failure)
        assert "/ask why was it slow at three?" in how.text


async def test_no_answer_is_said_with_its_reason(tmp_path: Path) -> None:
    over = replace(
        ANSWERED, state=InquiryState.BUDGET, answer="", evidence=(), reason="the budget of the day ($5) has $0 left"
    )
    async with server() as api, listening(api, tmp_path, operator(over)):
        api.say("/ask why?")
        [said] = await api.sent(1)

        assert said.text.startswith("no answer: the budget of the day ($5) has $0 left\n")


async def test_other_commands_do_not_wait_for_an_answer(tmp_path: Path) -> None:
    asked = operator(answered=None)
    async with server() as api, listening(api, tmp_path, asked):
        api.say("/ask why?")
        api.say("/status")
        [status] = await api.sent(1)

        assert "warning" in status.text
    assert asked.questions.given_up.is_set()


async def test_the_button_of_an_alert_asks_about_it_and_is_answered_below_it(tmp_path: Path) -> None:
    asked = operator()
    buttons = (Button("Investigate", "investigate", "01alert"), Button("Details", "details", "01alert"))
    card = Card(CardKind.ALERT, "box", "full", buttons=buttons)
    async with server() as api, listening(api, tmp_path, asked) as channel:
        await channel.send(card, ID, repeated=False, earlier=None)
        [alert] = await api.sent(1)
        api.press(alert, "Investigate")
        [_, answer] = await api.sent(2)
        [pressed] = await api.answered(1)

        assert answer.reply_to == alert.message_id
        assert answer.text == SAID
        assert "looked into" in pressed["text"]
        await api.until(lambda: alert.labels == ["Details"])
    [draft] = asked.questions.drafts
    assert (draft.about, draft.text.startswith("What is the cause")) == ("01alert", True)


async def test_a_button_that_asks_nobody_leaves_the_others(tmp_path: Path) -> None:
    asked = operator(failure=Conflict(phrase("no model is configured")))
    card = Card(CardKind.ALERT, "box", "full", buttons=(Button("Investigate", "investigate", "01alert"),))
    async with server() as api, listening(api, tmp_path, asked) as channel:
        await channel.send(card, ID, repeated=False, earlier=None)
        [alert] = await api.sent(1)
        api.press(alert, "Investigate")
        [pressed] = await api.answered(1)

        assert pressed["text"] == "no model is configured"
        assert alert.labels == ["Investigate"]


def test_a_long_answer_comes_in_parts_that_telegram_takes_each_with_its_mark() -> None:
    faces = "\N{GRINNING FACE}" * 90
    text = "\n".join(f"line {number} {faces}" for number in range(100)) + "\n" + "x" * 9000
    parts = list(parts_of(replace(ANSWERED, answer=text)))

    assert len(parts) > 5
    assert all(units(part) <= MAX_UNITS for part in parts)
    assert [part.split("\n")[-1] for part in parts] == [
        f"({number}/{len(parts)}) #{QUESTION}" for number in range(1, len(parts) + 1)
    ]
    assert "".join(re.sub(r"\(\d+/\d+\) #\w+\Z", "", part) for part in parts).count("\N{GRINNING FACE}") == 9000


def test_what_stands_around_an_answer_is_said_in_the_daemons_language() -> None:
    speak(Language.ZH)
    try:
        [said] = parts_of(ANSWERED)
    finally:
        speak(Language.EN)

    assert "美元" in said


async def test_the_bot_is_at_it_until_a_daemon_that_stops_gives_the_question_up(tmp_path: Path) -> None:
    asked = operator(answered=None)
    async with server() as api, listening(api, tmp_path, asked):
        api.say("/ask why?")
        await api.until(lambda: api.world.actions)

        assert api.world.actions[0] == (CHAT, "typing")
    async with asyncio.timeout(60):
        await asked.questions.given_up.wait()
