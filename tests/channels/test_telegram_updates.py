"""Touched buttons and commands, through a server that keeps Telegram's rules and the real python-telegram-bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from loguru import logger

from probed.channels.telegram import TelegramChannel
from probed.channels.telegram_updates import TelegramUpdates
from probed.core.alert import Alert
from probed.core.card import Button
from probed.core.decision import Decision
from probed.errors import CannotPersist, Conflict, CortexError, NotFound
from probed.ports import Actor, Operator
from tests.channels.cards import ID, UNLIMITED, make_card, make_question, telegram
from tests.factories import make_alert, make_decision
from tests.real.bot_api import CHAT, USER, BotApi, Fault

STRANGER = 666


@dataclass
class ScriptedOperator:
    """Does what it is asked, or fails as the test says."""

    error: BaseException | None = None
    calls: list[tuple[str, str, str]] = field(default_factory=list)

    async def approve(self, decision_id: str, by: Actor, expected_hash: str | None = None) -> Decision:
        self._take("approve", decision_id, by)
        return make_decision()

    async def reject(self, decision_id: str, by: Actor, note: str = "") -> Decision:
        self._take("reject", decision_id, by)
        return make_decision()

    async def acknowledge(self, alert_id: str, by: Actor) -> Alert:
        self._take("acknowledge", alert_id, by)
        return make_alert()

    def _take(self, verb: str, subject: str, by: Actor) -> None:
        self.calls.append((verb, subject, by.name))
        if self.error:
            raise self.error


async def status() -> str:
    return "host_a: warning <2 alerts>"


@asynccontextmanager
async def listening(
    api: BotApi, folder: Path, operator: ScriptedOperator, *, contested_retry_s: float = 0.1
) -> AsyncIterator[TelegramChannel]:
    async with telegram(api, folder) as channel:
        updates = TelegramUpdates(
            channel.connection,
            [USER],
            cast(Operator, operator),
            status,
            poll_s=5,
            contested_retry_s=contested_retry_s,
        )
        running = asyncio.create_task(updates.run())
        yield channel
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is logged, of every level."""
    found: list[str] = []
    number = logger.add(lambda message: found.append(str(message)), level=0, format="{level} {message}")
    yield found
    logger.remove(number)


def server() -> BotApi:
    return BotApi(limits=UNLIMITED)


def logged(lines: Sequence[str], words: str) -> int:
    return sum(words in line for line in lines)


# --- buttons ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "verb", "answer"),
    [("Approve", "approve", "approved: restart_unit"), ("Reject", "reject", "rejected: restart_unit")],
)
async def test_a_decision_is_made_answered_and_its_buttons_taken_away(
    tmp_path: Path, label: str, verb: str, answer: str
) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], label, name="Ann Lee")
        [answered] = await api.answered(1)
        await api.until(lambda: not api.messages[0].buttons)

    assert operator.calls == [(verb, "d1", "telegram:7 Ann Lee")]
    assert answered["text"].startswith(answer)
    assert answered["show_alert"] == "false"


async def test_an_alert_is_acknowledged_and_only_its_own_button_goes(tmp_path: Path) -> None:
    buttons = (Button("Acknowledge disk", "acknowledge", "a1"), Button("Acknowledge load", "acknowledge", "a2"))
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_card(buttons=buttons), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Acknowledge disk")
        [answered] = await api.answered(1)
        await api.until(lambda: api.messages[0].labels == ["Acknowledge load"])

    assert operator.calls == [("acknowledge", "a1", "telegram:7 Ann")]
    assert answered["text"] == "acknowledged: /srv is 85% full"


async def test_of_several_questions_only_the_buttons_of_the_answered_one_go(tmp_path: Path) -> None:
    buttons = [
        button
        for n in (1, 2, 3)
        for button in (Button(f"Approve {n}", "approve", f"d{n}.0badc0de"), Button(f"Reject {n}", "reject", f"d{n}"))
    ]
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(buttons=tuple(buttons)), ID, repeated=False, earlier=None)
        assert [len(row) for row in api.messages[0].buttons] == [2, 2, 2]
        api.press(api.messages[0], "Reject 2")
        await api.answered(1)
        await api.until(lambda: len(api.messages[0].labels) == 4)

    assert operator.calls == [("reject", "d2", "telegram:7 Ann")]
    assert api.messages[0].labels == ["Approve 1", "Reject 1", "Approve 3", "Reject 3"]


@pytest.mark.parametrize(
    ("error", "keeps_buttons"),
    [
        (Conflict("it was decided already"), False),
        (NotFound("there is no such decision"), False),
        (CannotPersist("the disk is full"), True),
    ],
)
async def test_a_failure_is_answered_with_its_reason(tmp_path: Path, error: CortexError, keeps_buttons: bool) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator(error)) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)
        if not keeps_buttons:
            await api.until(lambda: not api.messages[0].buttons)

    assert (answered["text"], answered["show_alert"]) == (str(error), "true")
    assert bool(api.messages[0].buttons) is keeps_buttons


async def test_a_fault_of_ours_is_answered_logged_and_ends_nothing(tmp_path: Path, lines: list[str]) -> None:
    operator = ScriptedOperator(RuntimeError("boom"))
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        await api.answered(1)
        operator.error = None
        api.press(api.messages[0], "Reject")
        first, second = await api.answered(2)

    assert first["text"] == "that went wrong; the daemon's log says why"
    assert second["text"].startswith("rejected")
    assert logged(lines, "boom")


async def test_a_stranger_in_the_chat_is_told_so_and_logged(tmp_path: Path, lines: list[str]) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve", user=STRANGER, name="Eve\u202e\n")
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert answered["text"] == "not allowed"
    assert api.messages[0].buttons
    assert logged(lines, "Telegram user telegram:666 Eve") == 1


async def test_a_button_in_another_chat_does_nothing(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.messages[0].chat_id = 12
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert answered["text"] == "not allowed"


async def test_a_button_with_an_unknown_verb_does_nothing(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_card(buttons=(Button("Run", "run", "disks"),)), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Run")
        [answered] = await api.answered(1)

    assert operator.calls == []
    assert answered["text"] == "this button is not known any more"


async def test_a_long_answer_is_cut_to_what_telegram_shows(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator(Conflict("x" * 500))) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        [answered] = await api.answered(1)

    assert answered["text"] == "x" * 200


async def test_a_touch_is_carried_out_once(tmp_path: Path) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator) as channel:
        await channel.send(make_question(), ID, repeated=False, earlier=None)
        api.press(api.messages[0], "Approve")
        await api.until(lambda: not api.messages[0].buttons)
        api.say("/help")
        await api.sent(2)

    assert len(operator.calls) == 1


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["/status", "/status@cortex_test_bot", "/STATUS now"])
async def test_the_status_is_told(tmp_path: Path, command: str) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say(command)
        [message] = await api.sent(1)

    assert message.text == "host_a: warning <2 alerts>"


@pytest.mark.parametrize("command", ["/help", "/start"])
async def test_help_names_the_commands(tmp_path: Path, command: str) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say(command)
        [message] = await api.sent(1)

    assert "/status" in message.text


async def test_what_is_no_command_is_left_alone(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        api.say("good morning")
        api.say("/unknown")
        api.say("/status")
        await api.sent(1)

    assert len(api.messages) == 1


async def test_strangers_are_turned_away_once_and_not_flooded(tmp_path: Path, lines: list[str]) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        for _ in range(5):
            api.say("/status", user=STRANGER)
        api.say("/status")
        await api.sent(2)

    assert [message.text for message in api.messages] == ["not allowed", "host_a: warning <2 alerts>"]
    assert logged(lines, "is not allowed") == 1


async def test_an_allowed_user_in_another_chat_is_turned_away(tmp_path: Path) -> None:
    api = BotApi(chats=frozenset({CHAT, 12}), limits=UNLIMITED)
    async with api, listening(api, tmp_path, ScriptedOperator()):
        api.say("/status", chat=12)
        [message] = await api.sent(1)

    assert (message.chat_id, message.text) == (12, "not allowed")


# --- outages ----------------------------------------------------------------------------------------------------------


async def test_after_an_outage_what_people_did_meanwhile_is_taken_in(
    tmp_path: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probed.channels.telegram_updates.FIRST_RETRY_S", 0.05)
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        await api.until(lambda: api.polls)
        await api.refuse()
        await asyncio.sleep(0.3)
        api.say("/status")
        await api.listen()
        await api.sent(1)

    assert logged(lines, "Telegram gives no updates") == 1


async def test_a_broken_server_is_asked_ever_more_slowly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def note(delay: float) -> None:
        waits.append(delay)
        await sleep(0)

    async with server() as api:
        api.fault = Fault.ERROR
        monkeypatch.setattr("probed.channels.telegram_updates.asyncio.sleep", note)
        async with listening(api, tmp_path, ScriptedOperator()):
            while len(waits) < 9:
                await sleep(0.01)

    assert waits[:9] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_a_second_poller_of_the_bot_is_named_once_and_messages_go_on(tmp_path: Path, lines: list[str]) -> None:
    async with (
        server() as api,
        listening(api, tmp_path, ScriptedOperator()) as channel,
        listening(api, tmp_path, ScriptedOperator()),
    ):
        await api.until(lambda: sum(error.status == 409 for error in api.refused) >= 4)
        await channel.send(make_card(), ID, repeated=False, earlier=None)

    assert len(api.messages) == 1
    assert logged(lines, "Each host needs a bot of its own") <= 2


async def test_when_the_other_poller_ends_updates_come_again(tmp_path: Path) -> None:
    async with server() as api, listening(api, tmp_path, ScriptedOperator()):
        async with listening(api, tmp_path, ScriptedOperator()):
            await api.until(lambda: api.refused)
        api.say("/status")
        await api.sent(1)


async def test_a_web_hook_is_removed(tmp_path: Path, lines: list[str]) -> None:
    async with server() as api:
        api.world.webhook = True
        async with listening(api, tmp_path, ScriptedOperator()):
            api.say("/status")
            await api.sent(1)

    assert logged(lines, "web hook; it is removed") == 1
