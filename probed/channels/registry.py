"""Which channels there are, by the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from probed.channels.journal import JournalChannel
from probed.channels.telegram import TelegramChannel
from probed.config.settings import Settings
from probed.ports import Channel, Operator


class Listener(Protocol):
    """What a channel's people say; runs beside the engine."""

    async def run(self) -> None:
        """Until it is cancelled."""


def build_channels(settings: Settings) -> list[Channel]:
    """The configured channels; the log where there is none. Raises ConfigError where one cannot be used."""
    if settings.telegram.token_file is None:
        return [JournalChannel()]
    return [TelegramChannel(settings.telegram)]


def build_listeners(
    channels: Sequence[Channel], operator: Operator, status: Callable[[], Awaitable[str]]
) -> list[Listener]:
    """For each channel that people can answer in. `status` gives the text that answers a question for the status."""
    return [channel.updates(operator, status) for channel in channels if isinstance(channel, TelegramChannel)]


async def close_channels(channels: Sequence[Channel]) -> None:
    for channel in channels:
        if isinstance(channel, TelegramChannel):
            await channel.close()
