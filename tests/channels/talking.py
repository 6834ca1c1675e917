"""A bot whose people are listened to, for the tests of what it answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from probed.channels.telegram import TelegramChannel
from probed.channels.telegram_talk import TelegramTalk
from probed.channels.telegram_updates import TelegramUpdates
from probed.core.alert import Alert
from probed.core.card import Button, Card, CardKind, Section
from probed.core.decision import Decision, DecisionState
from probed.core.run import Run
from probed.engine.pairing import PairingBook
from probed.errors import NotFound, Refused
from probed.ports import Actor, Operator
from tests.api.fakes import FakeQuestions
from tests.channels.cards import UNLIMITED, nobody, pairing_book, telegram, unhurried
from tests.factories import make_alert, make_decision, make_run
from tests.real.bot_api import BotApi

STRANGER = 666


@dataclass
class ScriptedOperator:
    """Does what it is asked, or fails as the test says."""

    error: BaseException | None = None
    calls: list[tuple[str, ...]] = field(default_factory=list)
    by: list[Actor] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    questions: FakeQuestions = field(default_factory=FakeQuestions)
    decision: Decision = field(default_factory=lambda: make_decision(object="nginx.service"))

    async def approve(
        self, decision_id: str, by: Actor, expected_hash: str | None = None, confirmation: str = ""
    ) -> Decision:
        self._take(by, "approve", decision_id, expected_hash or "", confirmation)
        if self.decision.approval.is_typed and confirmation != self.decision.object:
            raise Refused(f"type {self.decision.object}")
        if self.decision.approval.is_of_two and len(self.calls) < 2:
            return make_decision(approvals=("ann",))
        return make_decision(state=DecisionState.APPROVED)

    async def reject(self, decision_id: str, by: Actor, note: str = "") -> Decision:
        self._take(by, "reject", decision_id)
        return make_decision()

    async def acknowledge(self, alert_id: str, by: Actor) -> Alert:
        self._take(by, "acknowledge", alert_id)
        return make_alert()

    async def silence_alert(self, alert_id: str, by: Actor, for_s: float | None, comment: str = "") -> None:
        self._take(by, "silence", alert_id, str(for_s), comment)

    async def run(self, inspection_id: str, by: Actor) -> Run:
        self._take(by, "run", inspection_id)
        return make_run(inspection=inspection_id)

    async def notify(self, text: str) -> None:
        self.notices.append(text)

    def _take(self, by: Actor, *call: str) -> None:
        self.calls.append(call)
        self.by.append(by)
        if self.error:
            raise self.error


@dataclass
class ScriptedAnswers:
    """Says which question was asked."""

    waiting: Decision

    async def status(self) -> Card:
        return answer_card("warning <2 alerts>")

    async def alerts(self, start: str = "") -> Card:
        return answer_card(f"alerts from {start or 'the first'} on", Button("More", "more", "alerts.5"))

    async def decisions(self, start: str = "") -> Card:
        return answer_card(f"decisions from {start or 'the first'} on")

    async def runs(self, start: str = "") -> Card:
        return answer_card(f"runs from {start or 'the newest'} on")

    async def decision(self, decision_id: str) -> Decision:
        return self.waiting

    async def details(self, subject: str) -> Card:
        if subject == "gone":
            raise NotFound("there is no gone")
        return answer_card(f"details of {subject}", lines=500)

    async def dry_run(self, decision_id: str) -> Card:
        return answer_card(f"dry run of {decision_id}")


def answer_card(title: str, *buttons: Button, lines: int = 0) -> Card:
    text = tuple(f"line {number} {'x' * 40}" for number in range(lines))
    return Card(CardKind.ANSWER, "host_a", title, sections=(Section("", text),) if lines else (), buttons=buttons)


@asynccontextmanager
async def listening(
    api: BotApi,
    folder: Path,
    operator: ScriptedOperator,
    *,
    contested_retry_s: float = 0.1,
    pairings: PairingBook | None = None,
    heard: Callable[[int], None] = lambda chat_id: None,
    **changes: object,
) -> AsyncIterator[TelegramChannel]:
    async with pairing_book(folder) as own, telegram(api, folder, unhurried, pairings or own, **changes) as channel:
        updates = updates_of(channel, operator, pairings or own, contested_retry_s, heard)
        running = asyncio.create_task(updates.run())
        yield channel
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def updates_of(
    channel: TelegramChannel,
    operator: ScriptedOperator | None = None,
    pairings: PairingBook | None = None,
    contested_retry_s: float = 0.1,
    heard: Callable[[int], None] = lambda chat_id: None,
) -> TelegramUpdates:
    async def note(chat_id: int) -> None:
        heard(chat_id)

    operator = operator or ScriptedOperator()
    answers = ScriptedAnswers(operator.decision)
    book = pairings or nobody()
    talk = TelegramTalk(
        channel.chats, channel.signer, channel.templates, book, cast(Operator, operator), answers, operator.questions
    )
    return TelegramUpdates(talk, note, poll_s=5, contested_retry_s=contested_retry_s)


async def audited(folder: Path) -> list[str]:
    """What is on record, as `who: what`, the newest first."""
    async with pairing_book(folder) as book:
        intents = (await book._monitor.intents(50)).items  # type: ignore[attr-defined]
    return [f"{intent.actor}: {intent.text}" for intent in intents if intent.kind == "audit"]


def server() -> BotApi:
    return BotApi(limits=UNLIMITED)


def logged(lines: Sequence[str], words: str) -> int:
    return sum(words in line for line in lines)
