from __future__ import annotations

import asyncio

import pytest
from loguru import logger

from probed.core.event import StreamEvent
from probed.daemon import event_log
from probed.daemon.event_log import MOST, EventLog
from tests.factories import NOW


def event(number: int, kind: str = "alert.changed") -> StreamEvent:
    return StreamEvent(number, NOW, kind, f"a{number}", {"state": "firing", "by": ""})


async def test_of_a_burst_the_first_lines_are_written_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_log, "PERIOD_S", 0.05)
    lines: list[str] = []
    sink = logger.add(lambda message: lines.append(message.record["message"]), format="{message}")
    try:
        log = EventLog()
        for number in range(1000):
            log.write(event(number))
        log.write(event(1, "message.sent"))
        assert lines[0] == "alert.changed a0 state='firing'"
        assert lines[MOST:] == ["message.sent a1 state='firing'"]

        await asyncio.sleep(0.2)
        assert lines[MOST + 1 :] == [f"alert.changed: {1000 - MOST} more within a second"]

        log.write(event(1001))
        assert lines[-1] == "alert.changed a1001 state='firing'"
        await asyncio.sleep(0.2)
        assert lines[-1] == "alert.changed a1001 state='firing'", "what was written is not counted"
    finally:
        logger.remove(sink)


@pytest.mark.parametrize(
    ("kind", "data", "level"),
    [
        ("run.started", {"trigger": "schedule"}, "DEBUG"),
        ("run.ended", {"state": "ok", "verdict": "ok"}, "DEBUG"),
        ("run.ended", {"state": "ok", "verdict": "warning"}, "INFO"),
        ("run.ended", {"state": "unknown", "verdict": "ok"}, "INFO"),
        ("run.ended", {"state": "cancelled", "reason": "the daemon is stopping"}, "INFO"),
        ("case.changed", {"stage": "resolved"}, "INFO"),
    ],
)
async def test_what_happens_all_the_time_while_all_is_well_is_a_detail(
    kind: str, data: dict[str, object], level: str
) -> None:
    levels: list[str] = []
    sink = logger.add(lambda message: levels.append(message.record["level"].name), level="DEBUG")
    try:
        EventLog().write(StreamEvent(1, NOW, kind, "r1", data))
    finally:
        logger.remove(sink)

    assert levels == [level]
