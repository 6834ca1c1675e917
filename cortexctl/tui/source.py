"""The one place that asks the daemon: everything on the screen comes from here, as snapshots."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from cortexctl.client import Client
from cortexctl.daemon import Daemon
from cortexctl.failure import Failure
from cortexctl.overview import open_alerts
from cortexctl.tui.aside import aside
from cortexctl.tui.shape import shaped
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.watch import Watch
from probed.wire.alert import AlertShape
from probed.wire.page import MAX_LIMIT
from probed.wire.status import StatusShape

Answer = TypeVar("Answer")

DEBOUNCE_S = 0.03
"""What one report changes arrives as several events within a few milliseconds."""
REST_S = 0.1
"""At least so long between two readings, whatever happens on the host."""
HEARTBEAT_S = 15.0
"""Without events it is read again after this: the numbers of the daemon itself come without one."""
RANK = {"critical": 0, "warning": 1, "info": 2}


class Source:
    """`tell` gets each new snapshot, on the event loop that `run` runs on."""

    def __init__(self, client: Client, tell: Callable[[Snapshot], None]) -> None:
        self._client = client
        self._daemon = Daemon(client)
        self._tell = tell
        self.snapshot = Snapshot()
        self._news = asyncio.Event()
        self._news.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        watch = Watch(self._client, self._awakening())
        threading.Thread(target=watch.run, daemon=True, name="cortexctl-watch").start()
        try:
            while True:
                await self._wait_for_news()
                self._tell_events(watch)
                self.snapshot = await self._read_again(watch)
                self._tell(self.snapshot)
                await asyncio.sleep(REST_S)
        finally:
            watch.close()

    async def ask(self, question: Callable[[Daemon], Answer]) -> Answer:
        """Raises a Failure when the daemon does not answer, or says no."""
        return await aside(lambda: question(self._daemon))

    async def act(self, order: Callable[[Daemon], Answer]) -> Answer:
        """As `ask`, for what changes something: what has come of it is read at once."""
        try:
            return await self.ask(order)
        finally:
            self._news.set()

    def _awakening(self) -> Callable[[], None]:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            if not self._news.is_set():
                with suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(self._news.set)

        return wake

    async def _wait_for_news(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_S):
                await self._news.wait()
        await asyncio.sleep(DEBOUNCE_S)
        self._news.clear()

    def _tell_events(self, watch: Watch) -> None:
        """At once, so that a list which they change is read while the status is."""
        if self.snapshot.status and watch.events != self.snapshot.events:
            self.snapshot = replace(self.snapshot, events=watch.events)
            self._tell(self.snapshot)

    async def _read_again(self, watch: Watch) -> Snapshot:
        try:
            status, alerts = await self.ask(read)
        except Failure as failure:
            return replace(self.snapshot, events=watch.events, failure=failure)
        return Snapshot(status, tuple(alerts), watch.events, time.monotonic(), watch.failure)


def read(daemon: Daemon) -> tuple[StatusShape, list[AlertShape]]:
    status = shaped(StatusShape, daemon.status())
    if open_alerts(status) <= len(status.alerts):
        return status, status.alerts
    alerts = [
        shaped(AlertShape, alert)
        for state in ("firing", "acknowledged")
        for alert in daemon.alerts(state=state, limit=MAX_LIMIT).items
    ]
    return status, sorted(alerts, key=worst_first)


def worst_first(alert: AlertShape) -> tuple[int, bool, str]:
    """The order of the status."""
    return RANK[alert.severity], alert.state == "acknowledged", alert.starts_at
