"""What a run takes that brings nothing new: on a healthy host nearly every one."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Observation
from probed.core.run import RunState, Trigger
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions
from tests.monitor.crossings import count_crossings

UNIT = "nginx.service"
HEALTHY = ScriptedCheck("systemd_unit", (Observation(UNIT, "active"),))
FAILED = ScriptedCheck("systemd_unit", (Observation(UNIT, "failed", severity=Severity.CRITICAL),))


@dataclass
class ReadsTheRuns(ScriptedCheck):
    """Sees, when it looks, what the database tells of runs."""

    path: Path = Path()
    seen: list[tuple[str, str, str]] = field(default_factory=list)

    def look(self) -> CheckAnswer:
        with closing(sqlite3.connect(self.path)) as database:
            self.seen += database.execute("select runs.id, runs.state, events.type from runs, events")
        return super().look()


async def has_run(host: Host, check: ScriptedCheck) -> None:
    host.document(with_actions(), [check])
    await host.engine.runs.run_due("services", missed=0)


def wakes_the_engine(host: Host) -> bool:
    event = host.engine.pulse._event
    was_set = event.is_set()
    event.clear()
    return was_set


async def test_it_crosses_to_the_database_four_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its beginning is stored with one, what is open read with one, and its end stored with two."""
    async with scenario(tmp_path) as host:
        await has_run(host, HEALTHY)
        crossings = count_crossings(monkeypatch)

        await has_run(host, HEALTHY)

        assert len(crossings) == 4


async def test_its_beginning_is_stored_before_it_looks(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        reader = ReadsTheRuns("systemd_unit", path=host.path)
        host.document(with_actions(), [reader])

        begun = await host.engine.runs.begin("services", Trigger.SCHEDULE)
        await host.engine.runs.finished("services")

        assert reader.seen == [(begun.id, RunState.RUNNING.value, "run.started")]


async def test_it_does_not_wake_the_engine(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        wakes_the_engine(host)

        await has_run(host, HEALTHY)

        assert not wakes_the_engine(host)


async def test_what_comes_and_what_goes_wakes_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for check in (FAILED, HEALTHY):
            wakes_the_engine(host)

            await has_run(host, check)

            assert wakes_the_engine(host)
