from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.factories import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def monitor(tmp_path: Path, clock: HandClock) -> AsyncIterator[SqliteMonitor]:
    opened = await open_monitor(tmp_path / "monitor.db", clock)
    yield opened
    await opened.close()
