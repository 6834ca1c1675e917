"""Which channels there are, by the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from probed.channels.apprise import AppriseChannel
from probed.channels.journal import JournalChannel
from probed.channels.life_sign import HttpLifeSign
from probed.channels.telegram import TelegramChannel, build_telegram
from probed.channels.telegram_talk import TelegramTalk
from probed.channels.telegram_updates import TelegramUpdates
from probed.channels.webhook import WebhookChannel
from probed.config.heartbeat import HeartbeatSettings
from probed.config.receivers import webhook_name
from probed.config.settings import Settings
from probed.errors import ConfigError
from probed.ports import Answers, Channel, Operator, Pairings, Workers

TELEGRAM = "telegram"
"""The recipient that every bot has."""


class Listener(Protocol):
    """What a channel's people say; runs beside the engine."""

    async def run(self) -> None:
        """Until it is cancelled."""


def build_channels(settings: Settings, new_workers: Callable[[], Workers], pairings: Pairings) -> list[Channel]:
    """The configured channels; the log where there is none, or a receiver names it. `new_workers`: threads for one
    channel alone. Raises ConfigError where one cannot be used."""
    telegram = settings.telegram
    talking = [build_telegram(telegram, pairings)] if telegram.token_file is not None else []
    return _with_others(talking, settings, new_workers)


def renew_channels(
    standing: Sequence[Channel], settings: Settings, new_workers: Callable[[], Workers]
) -> list[Channel]:
    """After the configuration was read anew; what people are talking with stays as it is. Raises ConfigError."""
    return _with_others([channel for channel in standing if _talks(channel)], settings, new_workers)


async def retire_channels(standing: Sequence[Channel], after_s: float) -> None:
    """What was renewed ends when the messages that are under way have had their time."""
    try:
        await asyncio.sleep(after_s)
    finally:
        await close_channels([channel for channel in standing if not _talks(channel)])


def _with_others(talking: Sequence[Channel], settings: Settings, new_workers: Callable[[], Workers]) -> list[Channel]:
    channels = list(talking)
    for name, channel in settings.channels.items():
        if channel.apprise_url_file is not None:
            channels.append(AppriseChannel(name, channel.apprise_url_file, new_workers()))
    receivers = settings.alerts.receivers
    for receiver in receivers:
        channels += [
            WebhookChannel(webhook_name(receiver.name, number), receiver.name, webhook)
            for number, webhook in enumerate(receiver.webhook_configs)
        ]
    if not channels or any("journal" in receiver.channels for receiver in receivers):
        channels.append(JournalChannel())
    return channels


def _talks(channel: Channel) -> bool:
    return isinstance(channel, TelegramChannel)


def build_life_sign(settings: HeartbeatSettings) -> HttpLifeSign | None:
    """None where no heartbeat is configured. Raises ConfigError."""
    return HttpLifeSign(settings) if settings.url or settings.url_file else None


def build_listeners(
    channels: Sequence[Channel], operator: Operator, answers: Answers, pairings: Pairings
) -> list[Listener]:
    """For each channel that people can answer in."""
    return [
        TelegramUpdates(TelegramTalk(channel.chats, channel.signer, channel.templates, pairings, operator, answers))
        for channel in channels
        if isinstance(channel, TelegramChannel)
    ]


def reload_channels(channels: Sequence[Channel]) -> Sequence[ConfigError]:
    """Read anew what channels read from files; blocking. Returns what is broken: its last good version stays."""
    return [
        error for channel in channels if isinstance(channel, TelegramChannel) for error in channel.templates.reload()
    ]


async def close_channels(channels: Sequence[Channel]) -> None:
    for channel in channels:
        if isinstance(channel, TelegramChannel | WebhookChannel):
            await channel.close()
