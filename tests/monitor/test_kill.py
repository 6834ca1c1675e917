from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from probed.monitor.sqlite import open_monitor
from tests.factories import HandClock

ROUNDS = 5
COUNTS = {
    "reports": "SELECT count(*) FROM reports",
    "findings": "SELECT count(*) / 7.0 FROM findings",
    "cases": "SELECT count(*) / 7.0 FROM cases",
    "effects": "SELECT count(*) FROM effects",
    "intents": "SELECT count(*) FROM intents",
    "events": "SELECT count(*) FROM events",
}


async def write_until_killed(path: Path, prefix: str, after_s: float) -> list[str]:
    """Kill a writing process without warning. Returns the ids of the runs whose commit it had acknowledged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.monitor.writer", str(path), prefix, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"open\n"
        await asyncio.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        acknowledged = (await process.stdout.read()).decode().split()
        assert await process.wait() == -signal.SIGKILL
    return acknowledged


async def test_what_was_acknowledged_survives_a_kill_and_nothing_is_half_there(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    moments = random.Random(7)
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        acknowledged += await write_until_killed(path, str(number), moments.uniform(0.0, 0.25))

    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchone() is None
        runs = {run for (run,) in database.execute("SELECT id FROM runs")}
        counts = {name: database.execute(sql).fetchone()[0] for name, sql in COUNTS.items()}
    assert len(acknowledged) > ROUNDS
    assert set(acknowledged) <= runs
    assert len(runs) <= len(acknowledged) + ROUNDS
    assert counts == dict.fromkeys(COUNTS, len(runs))

    monitor = await open_monitor(path, HandClock())
    assert (await monitor.verify_intents()).broken_at is None
    await monitor.close()
