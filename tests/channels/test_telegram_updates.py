"""Polling for what people do, through a server that keeps Telegram's rules and the real python-telegram-bot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from probed.channels.telegram_updates import CONTESTED
from probed.core.run import Run
from probed.ports import Actor
from tests.channels.cards import ID, UNLIMITED, make_card, telegram, token_file
from tests.channels.talking import STRANGER, ScriptedOperator, listening, logged, server, updates_of
from tests.real.bot_api import CHAT, BotApi, Fault


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

    assert waits[:9] == [1, 2, 4, 8, 9, 9, 9, 9, 9]  # a button is heard ten seconds after the end of an outage


async def test_a_second_poller_of_the_bot_is_named_once_and_messages_go_on(tmp_path: Path, lines: list[str]) -> None:
    operators = ScriptedOperator(), ScriptedOperator()
    async with (
        server() as api,
        listening(api, tmp_path, operators[0]) as channel,
        listening(api, tmp_path, operators[1]),
    ):
        await api.until(lambda: sum(error.status == 409 for error in api.refused) >= 4)
        await channel.send(make_card(), ID, repeated=False, earlier=None)

    assert len(api.messages) == 1
    assert logged(lines, "Each host needs a bot of its own") == 2
    assert [operator.notices for operator in operators] == [[CONTESTED], [CONTESTED]]


async def test_the_status_says_why_nobody_is_heard(tmp_path: Path) -> None:
    async with server() as api, telegram(api, tmp_path) as channel:
        updates = updates_of(channel)
        assert updates.notes() == []
        running = asyncio.create_task(updates.run())
        await api.until(lambda: api.polls)
        async with listening(api, tmp_path, ScriptedOperator()):
            await api.until(lambda: api.refused)
            while not (contested := updates.notes()):  # noqa: ASYNC110  # it tells nobody
                await asyncio.sleep(0.01)
        running.cancel()
        api.token, updates = "100001:revoked", updates_of(channel)
        running = asyncio.create_task(updates.run())
        await api.until(lambda: any(error.status == 401 for error in api.refused))
        while not (refused := updates.notes()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        running.cancel()

    assert contested == [CONTESTED]
    assert "put the token that @BotFather shows into telegram.token_file" in refused[0]


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


@dataclass
class Killed(ScriptedOperator):
    """Does what it is asked, and the daemon says nothing to Telegram after that."""

    api: BotApi = field(default_factory=server)
    ran: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, inspection_id: str, by: Actor) -> Run:
        self.api.fault = Fault.HANG
        self.ran.set()
        return await super().run(inspection_id, by)


async def test_a_command_is_not_carried_out_twice_where_the_daemon_ends_before_it_is_confirmed(tmp_path: Path) -> None:
    async with server() as api:
        before, after = Killed(api=api), ScriptedOperator()
        async with listening(api, tmp_path, before):
            api.say("/run disks")
            await asyncio.wait_for(before.ran.wait(), 60)
        api.fault = Fault.NONE
        assert [update["message"]["text"] for update in api.world.updates] == ["/run disks"]
        async with listening(api, tmp_path, after):
            api.say("/run certificates")
            await api.sent(1)

    assert (before.calls, after.calls) == ([("run", "disks")], [("run", "certificates")])


async def test_another_bot_counts_its_updates_by_itself(tmp_path: Path) -> None:
    for bot, commands in ((100001, 3), (100002, 1)):
        operator, token, folder = (
            ScriptedOperator(),
            f"{bot}:AAtest-token_of-nobody-0123456789abcd",
            tmp_path / str(bot),
        )
        folder.mkdir()
        async with (
            BotApi(token=token, limits=UNLIMITED) as api,
            listening(api, tmp_path, operator, token_file=token_file(folder, token)),
        ):
            for number in range(commands):
                api.say(f"/run {number}")
            await api.sent(commands)

        assert operator.calls == [("run", str(number)) for number in range(commands)]


@pytest.mark.parametrize("text", ["/run disks", "/silence 01jd5x8m 8h", "/pair ABCD2345", "/start ABCD2345"])
async def test_what_would_change_something_and_is_old_is_to_be_typed_again(tmp_path: Path, text: str) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator):
        api.say(text, ago_s=400)
        [answer] = await api.sent(1)

    assert operator.calls == []
    assert "that was typed 6 min ago" in answer.text


async def test_a_question_is_answered_however_old_it_is_and_a_command_that_waited_a_little_counts(
    tmp_path: Path,
) -> None:
    operator = ScriptedOperator()
    async with server() as api, listening(api, tmp_path, operator):
        api.say("/status", ago_s=4000)
        api.say("/run disks", ago_s=200)
        await api.sent(2)

    assert operator.calls == [("run", "disks")]
    assert "warning <2 alerts>" in api.messages[0].text


async def test_a_listed_chat_that_something_comes_from_is_heard(tmp_path: Path) -> None:
    heard: list[int] = []
    async with server() as api:
        api.world.chats.add(STRANGER)
        async with listening(api, tmp_path, ScriptedOperator(), heard=heard.append):
            api.say("/status", chat=STRANGER)
            api.say("/status")
            await api.sent(2)

    assert heard == [CHAT]
