"""Polling for what people do, through a server that keeps Telegram's rules and the real python-telegram-bot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.channels.cards import ID, make_card
from tests.channels.talking import ScriptedOperator, listening, logged, server
from tests.real.bot_api import Fault


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
