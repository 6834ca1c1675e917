"""A channel that another package brings; in the place of one that cannot be used, whoever says so to each message."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from types import ModuleType

from loguru import logger

from probed.channels.own_loop import OwnLoop
from probed.config.channels import KINDS
from probed.config.plugin_options import options_for
from probed.core.card import Card
from probed.errors import BrokenPlugin, ChannelError, ConfigError
from probed.plugins import CHANNELS, Plugin, made_of, plugins
from probed.ports import Channel, Workers

CLOSE_S = 5.0


def foreign_channel(name: str, kind: str, options: object, new_workers: Callable[[], Workers]) -> Channel:
    """One that cannot be used does not hold the others up: what is meant for it waits until it is mended. Raises
    ConfigError where it says itself that the configuration is wrong."""
    plugin = plugins(CHANNELS, KINDS).get(kind)
    if plugin is None:
        return UnusableChannel(name, kind, f"no package brings the channel {kind!r} any more")
    try:
        return made_of(plugin, lambda module: _channel(name, plugin, module, options, new_workers))
    except BrokenPlugin as broken:
        if isinstance(broken.__cause__, ConfigError):
            raise broken.__cause__ from None
        logger.error("channel {}: {}", name, broken)
        return UnusableChannel(name, kind, str(broken))


def _channel(
    name: str, plugin: Plugin, module: ModuleType, options: object, new_workers: Callable[[], Workers]
) -> Channel:
    channel = module.build(name, options_for(plugin, module, options), new_workers())
    if fault := fault_of_shape(channel):
        raise plugin.broken(fault)
    return ForeignChannel(name, plugin.name, channel)


def fault_of_shape(channel: object) -> str:
    for method in ("turn", "send"):
        if not inspect.iscoroutinefunction(getattr(channel, method, None)):
            return f"its `{method}` is no coroutine function"
    return ""


class ForeignChannel:
    """What the engine asks of a channel, and nothing else: it has no chats and takes no orders."""

    is_program = False
    can_edit = False

    def __init__(self, name: str, kind: str, channel: Channel) -> None:
        self.name, self.kind, self._channel = name, kind, channel
        self._loop = OwnLoop(name)

    async def turn(self) -> None:
        await self._loop.run(self._channel.turn)

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        receipt = await self._loop.run(lambda: self._channel.send(card, message_id, repeated=repeated, earlier=earlier))
        try:
            kept: Mapping[str, object] = json.loads(json.dumps(dict(receipt)))
        except (TypeError, ValueError) as error:  # it was sent all the same
            logger.warning("channel {}: a receipt that cannot be kept: {}", self.name, error)
            return {}
        return kept

    async def close(self) -> None:
        try:
            if inspect.iscoroutinefunction(close := getattr(self._channel, "close", None)):
                async with asyncio.timeout(CLOSE_S):
                    await self._loop.run(close)
        finally:
            self._loop.close()


class UnusableChannel:
    is_program = False
    can_edit = False

    def __init__(self, name: str, kind: str, reason: str) -> None:
        self.name, self.kind, self.reason = name, kind, reason

    async def turn(self) -> None:
        """It refuses at any time."""

    async def send(
        self, card: Card, message_id: str, *, repeated: bool, earlier: Mapping[str, object] | None
    ) -> Mapping[str, object]:
        raise ChannelError(self.reason, transient=False)
