"""The channels of the daemon with the threads that they work in; when the configuration is read anew, so are they."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from probed.channels.registry import build_channels, close_channels, reload_channels, renew_channels, retire_channels
from probed.config.settings import Settings
from probed.daemon.tasks import TaskSet
from probed.daemon.workers import WorkerPool
from probed.errors import ConfigError
from probed.ports import Channel, Pairings

RETIRE_AFTER_S = 90.0
"""Longer than a message may be under way."""

TakeOver = Callable[[Sequence[Channel]], Awaitable[None]]


class ChannelSet:
    def __init__(self, settings: Settings, pairings: Pairings, tasks: TaskSet) -> None:
        """Raises ConfigError where a channel cannot be used."""
        self._tasks = tasks
        self._workers: list[WorkerPool] = []
        self.all: Sequence[Channel] = build_channels(settings, self._new_workers, pairings)

    async def renew(self, settings: Settings, take_over: TakeOver) -> None:
        """Build those that people do not talk with anew, and hand all of them to `take_over`. Raises ConfigError, and
        then they stay as they are."""
        standing, workers = self.all, self._workers
        self._workers = []
        try:
            channels = await asyncio.to_thread(renew_channels, standing, settings, self._new_workers)
            await take_over(channels)
        except BaseException:
            self._workers = workers
            raise
        self.all = channels
        for threads in workers:
            threads.close()
        self._tasks.spawn(retire_channels(standing, RETIRE_AFTER_S), "channels of before")

    async def read_templates(self) -> Sequence[ConfigError]:
        """What is broken: its last good version stays."""
        return await asyncio.to_thread(reload_channels, self.all)

    async def close(self) -> None:
        await close_channels(self.all)

    def close_workers(self) -> None:
        for threads in self._workers:
            threads.close()

    def _new_workers(self) -> WorkerPool:
        """For one channel alone: a service that hangs holds nobody else up."""
        self._workers.append(WorkerPool(1, spare=2, max_waiting=4))
        return self._workers[-1]
