from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from probed.core.inspection import CheckCall, Inspection, Schedule
from probed.daemon import scheduler
from probed.daemon.scheduler import Planner
from tests.conftest import require
from tests.real.fake_time import FAKETIME


def inspection(id_: str, every_s: float | None = None, cron: str | None = None) -> Inspection:
    return Inspection(id_, id_.title(), (CheckCall("load"),), Schedule(every_s, cron))


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@dataclass
class Runs:
    """Records what was begun."""

    began: list[tuple[str, datetime, int]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    hold_s: float = 0.0

    async def run_due(self, inspection_id: str, planned_at: datetime, missed: int) -> None:
        self.began.append((inspection_id, planned_at, missed))
        self.at.append(time.monotonic())
        await asyncio.sleep(self.hold_s)

    def of(self, inspection_id: str) -> list[int]:
        return [missed for id_, _, missed in self.began if id_ == inspection_id]


@asynccontextmanager
async def planning(
    runs: Runs, *inspections: Inspection, last: dict[str, datetime] | None = None
) -> AsyncIterator[Planner]:
    planner = Planner(runs.run_due)
    planner.restore(last or {})
    planner.start()
    planner.plan(inspections)
    try:
        yield planner
    finally:
        await planner.stop()


async def until(holds: Callable[[], bool], within_s: float = 5) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  # the planner tells nobody
            await asyncio.sleep(0.02)


async def test_new_inspections_begin_at_once_but_not_together() -> None:
    runs = Runs()
    async with planning(runs, *(inspection(f"i{number}", 3600) for number in range(3))):
        await until(lambda: len(runs.began) == 3)

    gaps_s = [later - earlier for earlier, later in itertools.pairwise(runs.at)]
    assert min(gaps_s) > 0.3
    assert [missed for _, _, missed in runs.began] == [0, 0, 0]


async def test_an_interval_keeps_its_rhythm() -> None:
    runs = Runs()
    async with planning(runs, inspection("load", 0.5)):
        await until(lambda: len(runs.began) == 5)

    planned = [at for _, at, _ in runs.began]
    gaps_s = {(later - earlier).total_seconds() for earlier, later in itertools.pairwise(planned)}
    assert gaps_s == {0.5}
    assert runs.of("load") == [0] * 5


async def test_what_is_due_later_waits_and_says_when() -> None:
    runs = Runs()
    async with planning(runs, inspection("nightly", cron="0 3 * * *"), inspection("asked")) as planner:
        nightly, asked = planner.planned()
        await asyncio.sleep(0.2)

    assert not runs.began
    assert nightly.next_at
    assert nightly.next_at.astimezone().strftime("%H:%M:%S") == "03:00:00"
    assert asked.next_at is None


async def test_a_restart_makes_up_for_what_was_missed_with_one_run() -> None:
    runs = Runs()
    async with planning(runs, inspection("disks", 300), last={"disks": ago(1000)}) as planner:
        await until(lambda: bool(runs.began))
        await asyncio.sleep(0.2)
        (planned,) = planner.planned()

    ((_, planned_at, missed),) = runs.began
    assert missed == 2
    assert 99 < (datetime.now(UTC) - planned_at).total_seconds() < 102
    assert planned.next_at
    assert 298 < (planned.next_at - datetime.now(UTC)).total_seconds() <= 300


async def test_a_restart_does_not_double_a_run() -> None:
    runs = Runs()
    async with planning(runs, inspection("disks", 300), last={"disks": ago(100)}) as planner:
        await asyncio.sleep(0.3)
        (planned,) = planner.planned()

    assert not runs.began
    assert planned.next_at
    assert 198 < (planned.next_at - datetime.now(UTC)).total_seconds() <= 200


async def test_a_cron_run_missed_while_the_daemon_was_down_is_made_up_for() -> None:
    runs = Runs()
    async with planning(runs, inspection("hourly", cron="0 * * * *"), last={"hourly": ago(4 * 3600)}):
        await until(lambda: bool(runs.began))

    assert runs.of("hourly") == [3]
    assert runs.began[0][1].minute == 0


async def test_a_run_never_overtakes_itself_and_counts_what_it_held_up() -> None:
    runs = Runs(hold_s=1.2)
    async with planning(runs, inspection("slow", 0.5)):
        await until(lambda: len(runs.began) == 2)

    assert runs.of("slow") == [0, 2]
    assert runs.at[1] - runs.at[0] >= 1.2


async def test_a_run_that_fails_does_not_end_its_schedule() -> None:
    runs = Runs()

    async def fail(inspection_id: str, planned_at: datetime, missed: int) -> None:
        await runs.run_due(inspection_id, planned_at, missed)
        raise RuntimeError("broken")

    planner = Planner(fail)
    planner.start()
    planner.plan([inspection("bad", 0.3)])
    await until(lambda: len(runs.began) == 3)
    await planner.stop()


async def test_paused_means_no_runs_until_resumed() -> None:
    runs = Runs()
    async with planning(runs, inspection("load", 0.3)) as planner:
        await until(lambda: len(runs.began) >= 2)
        planner.pause("load")
        count = len(runs.began)
        await asyncio.sleep(1.0)
        assert len(runs.began) == count
        assert planner.planned()[0].paused
        assert planner.planned()[0].next_at is None

        planner.resume("load")
        await until(lambda: len(runs.began) > count)

    assert runs.of("load")[count] == 0, "the pause is not counted as missed runs"


async def test_planned_as_paused_it_does_not_run() -> None:
    runs = Runs()
    planner = Planner(runs.run_due)
    planner.start()
    planner.plan([inspection("load", 0.2)], paused={"load"})
    await asyncio.sleep(0.6)
    await planner.stop()

    assert not runs.began


async def test_a_new_plan_keeps_the_rhythm_of_what_did_not_change() -> None:
    runs = Runs()
    kept, gone, changed = inspection("kept", 300), inspection("gone", 300), inspection("changed", 300)
    last = dict.fromkeys(("kept", "gone", "changed"), ago(100))
    async with planning(runs, kept, gone, changed, last=last) as planner:
        before = {run.inspection.id: run.next_at for run in planner.planned()}
        planner.plan([kept, inspection("changed", 600)])
        after = {run.inspection.id: run.next_at for run in planner.planned()}

    assert after.keys() == {"kept", "changed"}
    assert after["kept"] == before["kept"]
    assert after["changed"]
    assert 498 < (after["changed"] - datetime.now(UTC)).total_seconds() <= 500
    assert not runs.began


async def test_stopping_waits_for_a_run_and_then_cancels_it() -> None:
    ended = []

    async def run_due(inspection_id: str, planned_at: datetime, missed: int) -> None:
        try:
            await asyncio.sleep(0.5 if inspection_id == "short" else 60)
            ended.append(inspection_id)
        except asyncio.CancelledError:
            ended.append(f"{inspection_id} cancelled")
            raise

    planner = Planner(run_due)
    planner.start()
    planner.plan([inspection("short", 3600), inspection("long", 3600)])
    await asyncio.sleep(scheduler.SPACING.total_seconds() + 0.2)
    await planner.stop(drain_s=1.0)

    assert ended == ["short", "long cancelled"]
    assert not planner.is_alive()


async def test_held_it_begins_nothing_more() -> None:
    runs = Runs()
    async with planning(runs, inspection("load", 0.2)) as planner:
        await until(lambda: bool(runs.began))
        planner.hold()
        count = len(runs.began)
        await asyncio.sleep(0.8)

    assert len(runs.began) == count


async def test_a_scheduler_that_no_longer_wakes_counts_as_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "SILENCE_S", 0.5)
    runs = Runs()
    async with planning(runs, inspection("load", 0.2)) as planner:
        await until(lambda: bool(runs.began))
        planner._guard.look()
        assert planner.is_alive()

        planner._scheduler._stop_timer()
        await asyncio.sleep(1.0)
        planner._guard.look()

        assert not planner.is_alive()


async def test_nothing_is_alive_before_the_start() -> None:
    assert not Planner(Runs().run_due).is_alive()


STEPPED = """
import asyncio, sys, time
from datetime import datetime
from probed.core.inspection import CheckCall, Inspection, Schedule
from probed.daemon.scheduler import Planner

stamp, step_s = open(sys.argv[1], "r+"), sys.argv[2]
began = []

async def run_due(inspection_id, planned_at, missed):
    began.append(missed)
    late_s = (datetime.now(planned_at.tzinfo) - planned_at).total_seconds()
    print(inspection_id, missed, f"{late_s:.1f}", flush=True)

async def main():
    planner = Planner(run_due, on_jump=lambda jump: print("jump", jump, flush=True))
    planner.restore({"daily": datetime.now().astimezone()})
    planner.start()
    planner.plan([
        Inspection(id_, id_, (CheckCall("load"),), Schedule(every_s=every_s))
        for id_, every_s in (("often", 1.5), ("daily", 1800.0))
    ])
    await asyncio.sleep(0.7)
    stamp.write(step_s); stamp.flush()
    await asyncio.sleep(14.5)
    print("alive", planner.is_alive())
    await planner.stop()

asyncio.run(main())
"""


@pytest.mark.parametrize(("step", "words"), [("-3600", "set back by 3600 s"), ("+3600", "set forward by 3600 s")])
def test_intervals_do_not_care_when_the_wall_clock_is_set(tmp_path: Path, step: str, words: str) -> None:
    require("libfaketime", present=FAKETIME.exists())
    stamp = tmp_path / "stamp"
    stamp.write_text("+0   \n")
    faked = {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
    }

    done = subprocess.run(
        [sys.executable, "-c", STEPPED, stamp, step],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **faked},
    )

    lines = done.stdout.splitlines()
    runs = [line.split() for line in lines if line.startswith("often")]
    assert any(line.startswith("jump") and words in line for line in lines), done.stderr
    assert len(runs) >= 10, lines
    assert {missed for _, missed, _ in runs} == {"0"}
    assert max(float(late_s) for *_, late_s in runs) <= 1.5
    assert not any(line.startswith("daily") for line in lines), "due in half an hour, and that has not passed"
    assert lines[-1] == "alive True"
