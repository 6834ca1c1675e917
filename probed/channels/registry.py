"""Which channels there are, by the settings. The code of one is loaded where the configuration names it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from probed.channels.journal import JournalChannel
from probed.config.heartbeat import HeartbeatSettings
from probed.config.intents import IntentsSettings
from probed.config.receivers import webhook_name
from probed.config.settings import Settings
from probed.errors import ConfigError
from probed.ports import Answers, Channel, IntentSink, LifeSign, Operator, Pairings, Questions, Workers

if TYPE_CHECKING:
    from probed.channels.telegram import TelegramChannel

TELEGRAM = "telegram"
"""The recipient that every bot has."""
Heard = Callable[[str], Awaitable[None]]


class Listener(Protocol):
    """What a channel's people say; runs beside the engine."""

    async def run(self) -> None:
        """Until it is cancelled."""

    def notes(self) -> Sequence[str]:
        """Why people are not heard, for the status; empty where all is well."""


@runtime_checkable
class Closing(Protocol):
    """A channel that keeps connections."""

    async def close(self) -> None: ...


def build_channels(settings: Settings, new_workers: Callable[[], Workers], pairings: Pairings) -> list[Channel]:
    """The configured channels; the log where there is none, or a receiver names it. `new_workers`: threads for one
    channel alone. Raises ConfigError where one cannot be used."""
    if settings.telegram.token_file is None:
        return _with_others([], settings, new_workers)
    from probed.channels.telegram import build_telegram

    return _with_others([build_telegram(settings.telegram, pairings)], settings, new_workers)


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
    channels = [*talking, *_named(settings, new_workers), *_webhooks(settings)]
    if not channels or any("journal" in receiver.channels for receiver in settings.alerts.receivers):
        channels.append(JournalChannel())
    return channels


def _named(settings: Settings, new_workers: Callable[[], Workers]) -> Iterator[Channel]:
    for name, channel in settings.channels.items():
        if channel.plugin is not None:
            from probed.channels.foreign import foreign_channel

            yield foreign_channel(name, channel.plugin, channel.options, new_workers)
        elif channel.apprise_url_file is not None:
            from probed.channels.apprise import AppriseChannel

            yield AppriseChannel(name, channel.apprise_url_file, new_workers())


def _webhooks(settings: Settings) -> Iterator[Channel]:
    for receiver in settings.alerts.receivers:
        for number, webhook in enumerate(receiver.webhook_configs):
            from probed.channels.webhook import WebhookChannel

            yield WebhookChannel(webhook_name(receiver.name, number), receiver.name, webhook)


def _talks(channel: Channel) -> bool:
    return channel.kind == TELEGRAM


def _talking(channels: Sequence[Channel]) -> Sequence[TelegramChannel]:
    if not any(_talks(channel) for channel in channels):
        return ()
    from probed.channels.telegram import TelegramChannel

    return [channel for channel in channels if isinstance(channel, TelegramChannel)]


def build_life_sign(settings: HeartbeatSettings) -> LifeSign | None:
    """None where no heartbeat is configured. Raises ConfigError."""
    if not settings.url and not settings.url_file:
        return None
    from probed.channels.life_sign import HttpLifeSign

    return HttpLifeSign(settings)


def build_intent_sink(settings: IntentsSettings, workers: Workers) -> IntentSink | None:
    """None where nobody wants copies of the record of intents."""
    if settings.ie is None:
        return None
    from probed.channels.intent_engine import IntentEngine

    return IntentEngine(settings.ie, workers)


def build_listeners(
    channels: Sequence[Channel],
    operator: Operator,
    answers: Answers,
    questions: Questions,
    pairings: Pairings,
    heard: Heard,
) -> list[Listener]:
    """For each channel that people can answer in. `heard` gets a recipient that something came from."""
    return [_listener(channel, operator, answers, questions, pairings, heard) for channel in _talking(channels)]


def _listener(
    channel: TelegramChannel,
    operator: Operator,
    answers: Answers,
    questions: Questions,
    pairings: Pairings,
    heard: Heard,
) -> Listener:
    from probed.channels.telegram_talk import TelegramTalk
    from probed.channels.telegram_updates import TelegramUpdates

    async def heard_in(chat_id: int) -> None:
        recipient = channel.recipient_in(chat_id)
        if recipient:
            await heard(recipient)

    talk = TelegramTalk(channel.chats, channel.signer, channel.templates, pairings, operator, answers, questions)
    return TelegramUpdates(talk, heard_in)


def reload_channels(channels: Sequence[Channel]) -> Sequence[ConfigError]:
    """Read anew what channels read from files; blocking. Returns what is broken: its last good version stays."""
    return [error for channel in _talking(channels) for error in channel.templates.reload()]


async def close_channels(channels: Sequence[Channel]) -> None:
    for channel in channels:
        if isinstance(channel, Closing):
            await channel.close()
