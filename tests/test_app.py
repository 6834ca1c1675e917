"""Readiness really looks: each probe is broken alone, and it alone says so."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from probed.app import Daemon
from probed.config.defaults import with_defaults
from probed.config.loader import parse_settings
from probed.daemon.notify import SilentNotifier


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Daemon]:
    (folder / "inspections").mkdir()
    text = (
        f"api: {{socket: {folder}/probed.sock}}\n"
        f"monitor: {{path: {folder}/monitor.db}}\n"
        f"inspections: {{dir: {folder}/inspections}}\n"
    )
    settings = with_defaults(parse_settings(text, folder / "config.yaml"))
    daemon = await Daemon.build(settings, None, SilentNotifier())
    await daemon.start()
    try:
        yield daemon
    finally:
        await daemon.stop()


async def failing(daemon: Daemon) -> list[str]:
    return [probe.name for probe in await daemon.readiness() if not probe.ok]


async def test_a_healthy_daemon_is_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        assert await failing(daemon) == []


async def test_a_database_that_takes_no_write_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        blocker = sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        try:
            assert await failing(daemon) == ["database"]
        finally:
            blocker.execute("ROLLBACK")
            blocker.close()
        await asyncio.sleep(0.5)
        assert await failing(daemon) == []


async def test_a_scheduler_that_stands_still_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        daemon.planner.hold()

        assert await failing(daemon) == ["scheduler"]


async def test_a_loop_that_was_blocked_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        await asyncio.sleep(0.3)
        time.sleep(1.3)  # noqa: ASYNC251 - blocking the loop is what is tested
        await asyncio.sleep(0.3)

        assert await failing(daemon) == ["loop"]


async def test_an_engine_whose_turns_fail_is_not_ready(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:

        async def broken() -> float:
            raise OSError("no turn")

        daemon.engine.ticker.turn = broken  # type: ignore[method-assign]
        daemon.engine.pulse.beat()
        await asyncio.sleep(0.2)

        assert await failing(daemon) == ["engine"]
