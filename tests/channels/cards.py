"""Cards and a channel in a chat, for the tests of the channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

from probed.channels.pace import Pace
from probed.channels.telegram import TelegramChannel, build_telegram
from probed.channels.telegram_chats import PaceOf
from probed.config.telegram import TelegramSettings
from probed.core.card import Button, Card, CardKind, Manner, Section
from probed.engine.pairing import PairingBook
from probed.monitor.sqlite import open_monitor
from probed.ports import Monitor
from tests.factories import HandClock
from tests.real.bot_api import CHAT, TOKEN, USER, BotApi
from tests.real.bot_rules import Limits

ID = "01jd5x8m3k9aq7zt"
UNLIMITED = Limits(chat_interval_s=0.0, group_per_min=10_000)


def make_card(**changes: object) -> Card:
    card = Card(
        kind=CardKind.ALERT,
        host="host_a",
        title="critical: /srv/my_data is <96%> full & growing",
        severity="critical",
        sections=(Section("evidence", ("used: 96%", "owner: *nobody* [x](y)")),),
        commands=("cortexctl alerts ack 01jd5x8m3k9aq7zt",),
        buttons=(Button("Acknowledge disk", "acknowledge", "01jd5x8m3k9aq7zt"),),
    )
    return replace(card, **changes)  # type: ignore[arg-type]


def make_question(**changes: object) -> Card:
    buttons = (Button("Approve", "approve", "d1.0badc0de1234"), Button("Reject", "reject", "d1"))
    return make_card(**{"kind": CardKind.DECISION, "title": "May I restart nginx?", "buttons": buttons, **changes})


def make_outcome(**changes: object) -> Card:
    return make_card(
        **{
            "kind": CardKind.DECISION,
            "title": "nginx: verified",
            "severity": "",
            "buttons": (),
            "manner": Manner.UPDATE,
            **changes,
        }
    )


def long_card(lines: int = 500) -> Card:
    return make_card(sections=(Section("evidence", tuple(f"line {number} {'x' * 40}" for number in range(lines))),))


def token_file(folder: Path, token: str = TOKEN, mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_text(f"{token}\n")
    path.chmod(mode)
    return path


def make_settings(api_url: str, folder: Path, **changes: object) -> TelegramSettings:
    settings = TelegramSettings(api_url=api_url, token_file=token_file(folder), chat_id=CHAT, allowed_users=(USER,))
    return replace(settings, **changes)  # type: ignore[arg-type]


def unhurried(chat_id: int) -> Pace:
    return Pace(is_group=False, interval_s=0.0)


def nobody() -> PairingBook:
    """Nobody is paired, and nothing is kept."""
    return PairingBook(cast(Monitor, None), HandClock())


@asynccontextmanager
async def pairing_book(folder: Path) -> AsyncIterator[PairingBook]:
    """Over a monitor in the folder, which is made once and kept."""
    clock = HandClock()
    monitor = await open_monitor(folder / "monitor.db", clock)
    try:
        book = PairingBook(monitor, clock)
        await book.load()
        yield book
    finally:
        await monitor.close()


@asynccontextmanager
async def telegram(
    api: BotApi, folder: Path, pace: PaceOf = unhurried, pairings: PairingBook | None = None, **changes: object
) -> AsyncIterator[TelegramChannel]:
    """A channel into the server's chat; as fast as it can unless a pace is given."""
    async with AsyncExitStack() as stack:
        book = pairings if pairings else await stack.enter_async_context(pairing_book(folder))
        channel = build_telegram(make_settings(api.url, folder, **changes), book, pace)
        stack.push_async_callback(channel.close)
        yield channel
