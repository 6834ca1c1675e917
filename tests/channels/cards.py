"""Cards and a channel in a chat, for the tests of the channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from probed.channels.pace import Pace
from probed.channels.telegram import TelegramChannel
from probed.config.telegram import TelegramSettings
from probed.core.card import Button, Card, CardKind, Section
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
    buttons = (Button("Approve", "approve", "d1"), Button("Reject", "reject", "d1"))
    return make_card(**{"kind": CardKind.DECISION, "title": "May I restart nginx?", "buttons": buttons, **changes})


def make_outcome(**changes: object) -> Card:
    return make_card(
        **{"kind": CardKind.DECISION, "title": "nginx: verified", "severity": "", "buttons": (), **changes}
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


def unhurried() -> Pace:
    return Pace(is_group=False, interval_s=0.0)


@asynccontextmanager
async def telegram(
    api: BotApi, folder: Path, pace: Pace | None = None, **changes: object
) -> AsyncIterator[TelegramChannel]:
    """A channel into the server's chat; as fast as it can unless a pace is given."""
    channel = TelegramChannel(make_settings(api.url, folder, **changes), pace or unhurried())
    try:
        yield channel
    finally:
        await channel.close()
