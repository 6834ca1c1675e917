from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from probed.daemon.loop_lag import LoopLag
from probed.daemon.scheduler import Planner
from probed.engine.tick import Ticker
from probed.errors import CannotPersist
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.readiness import WRITE_COUNTS_S, Readiness
from tests.factories import HandClock


class AllWell:
    """A planner that lives, and a ticker that turns."""

    failures = 0

    def is_alive(self) -> bool:
        return True

    def silent_for_s(self) -> float:
        return 0.0


class Host:
    def __init__(self, monitor: SqliteMonitor, clock: HandClock) -> None:
        self.monitor, self.clock = monitor, clock
        self.readiness = Readiness(monitor, cast(Planner, AllWell()), cast(Ticker, AllWell()), LoopLag(), clock)

    async def written_at(self) -> object:
        return await self.monitor.setting("last_probe_at")


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    clock = HandClock()
    monitor = await open_monitor(tmp_path / "monitor.db", clock)
    yield Host(monitor, clock)
    await monitor.close()


async def test_whoever_asks_for_readiness_has_it_written_each_time(host: Host) -> None:
    for _ in range(2):
        host.clock.advance(1)
        assert await host.readiness.is_ready()
        assert await host.written_at() == host.clock.now().isoformat()


async def test_whoever_only_looks_is_answered_by_a_write_that_just_went_well(host: Host) -> None:
    assert await host.readiness.was_ready()
    first = await host.written_at()

    host.clock.advance(WRITE_COUNTS_S - 1)
    assert await host.readiness.was_ready()
    assert await host.written_at() == first

    host.clock.advance(2)
    assert await host.readiness.was_ready()
    assert await host.written_at() == host.clock.now().isoformat()


async def test_a_write_that_failed_is_tried_again_by_whoever_looks(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await host.readiness.is_ready()

    async def fail() -> None:
        raise CannotPersist("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(host.monitor, "probe_write", fail)
        [database, *_] = await host.readiness.probes()
        assert (database.ok, database.detail) == (False, "the disk is full")
        assert not await host.readiness.was_ready()
    assert await host.readiness.was_ready()
