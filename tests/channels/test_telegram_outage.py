"""The engine in virtual time over the real channel: an hour without Telegram, a restart in it, a blocked chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from probed.core.finding import Finding, Severity
from probed.ports import Actor, Newcomer
from probed.testing import RecordingChannel
from tests.channels.cards import UNLIMITED, pairing_book, telegram
from tests.engine.scenario import Host, scenario
from tests.factories import make_finding
from tests.real.bot_api import CHAT, BotApi, Fault

GROUP = -500


@asynccontextmanager
async def host_with_bot(tmp_path: Path, *, group: bool = False) -> AsyncIterator[tuple[Host, BotApi]]:
    """A host whose only channel is a bot, in one chat or in two."""
    (tmp_path / "pairings").mkdir()
    async with (
        BotApi(chats=frozenset({CHAT, GROUP}), limits=UNLIMITED) as api,
        pairing_book(tmp_path / "pairings") as book,
        telegram(api, tmp_path, pairings=book) as channel,
        scenario(tmp_path) as host,
    ):
        if group:
            shown = await book.show_code(Actor("uid:0 root"))
            await book.pair(shown.code, Newcomer(GROUP, 8, "ops", "Bob"))
        channel.name = host.channel.name
        host.channel = cast(RecordingChannel, channel)
        await host.reboot()
        yield host, api


def full(*objects: str) -> list[Finding]:
    return [make_finding(object=name, summary=f"{name} is full", severity=Severity.CRITICAL) for name in objects]


async def test_an_hour_away_and_a_restart_in_it_lose_nothing_and_end_in_one_message(tmp_path: Path) -> None:
    async with host_with_bot(tmp_path) as (host, api):
        await host.report("a", *full("/early"))
        await host.passes(5)
        assert len(api.messages) == 1

        api.fault = Fault.ERROR
        for number in range(12):
            await host.report(f"s{number}", *full(f"/d{number}"))
            if number % 2:
                await host.report(f"s{number - 1}")  # what was found five minutes ago has resolved
            if number == 6:
                await host.reboot()
            await host.passes(300, step_s=30)
        assert len(api.messages) == 1

        api.fault = Fault.NONE
        await host.passes(10)
        after, told = len(api.messages), "\n".join(message.text + (message.document or "") for message in api.messages)
        await host.passes(600, step_s=10)

        waiting = (await host.monitor.counts())["messages_pending"]

    assert after == 4  # what was told before, one digest, and what is younger than ten minutes by itself
    assert "while the channel was away: 10 events" in api.messages[1].text
    assert all(f"/d{number} is full" in told for number in range(12))
    assert waiting == 0
    assert len(api.messages) == after


async def test_a_chat_that_is_blocked_holds_up_no_other(tmp_path: Path) -> None:
    async with host_with_bot(tmp_path, group=True) as (host, api):
        api.world.blocked.add(CHAT)
        await host.report("a", *full("/srv"))
        await host.passes(5)
        in_the_group = [message.chat_id for message in api.messages]
        notes = host.engine.deliverer.notes()
        api.world.blocked.clear()
        await host.passes(120, step_s=10)

    assert in_the_group == [GROUP]
    assert "unblock the bot" in notes[0]
    assert [message.chat_id for message in api.messages] == [GROUP, CHAT]
