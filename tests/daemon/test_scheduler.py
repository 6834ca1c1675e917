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
    ended_at: list[float] = field(default_factory=list)
    hold_s: float = 0.0

    async def run_due(self, inspection_id: str, planned_at: datetime, missed: int) -> None:
        self.began.append((inspection_id, planned_at, missed))
        self.at.append(time.monotonic())
        await asyncio.sleep(self.hold_s)
        self.ended_at.append(time.monotonic())

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


async def until(holds: Callable[[], bool], within_s: float = 60) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110  # the planner tells nobody
            await asyncio.sleep(0.02)


async def test_new_inspections_begin_at_once_but_not_together() -> None:
    runs = Runs()
    async with planning(runs, *(inspection(f"i{number}", 3600) for number in range(3))) as planner:
        times = [run.next_at for run in planner.planned() if run.next_at]
        await until(lambda: len(runs.began) == 3)

    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [scheduler.SPACING] * 2
    assert [missed for _, _, missed in runs.began] == [0, 0, 0]


async def test_an_interval_keeps_its_rhythm() -> None:
    runs = Runs()
    async with planning(runs, inspection("load", 0.5)):
        await until(lambda: len(runs.began) == 5)

    planned = [at for _, at, _ in runs.began]
    gaps_s = [(later - earlier).total_seconds() for earlier, later in itertools.pairwise(planned)]
    # more than one interval only where this host was too busy to begin a run, which the next one then tells
    assert gaps_s == [0.5 * (missed + 1) for missed in runs.of("load")[1:]]


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
    runs, last, started = Runs(), ago(1000), datetime.now(UTC)
    async with planning(runs, inspection("disks", 300), last={"disks": last}) as planner:
        await until(lambda: bool(runs.began))
        began = datetime.now(UTC)
        await asyncio.sleep(0.2)
        (planned,) = planner.planned()

    ((_, planned_at, missed),) = runs.began
    assert missed == 2
    assert planned_at == last + timedelta(seconds=900)
    assert planned.next_at
    assert started <= planned.next_at - timedelta(seconds=300) <= began


async def test_a_restart_does_not_double_a_run() -> None:
    runs, last = Runs(), ago(100)
    async with planning(runs, inspection("disks", 300), last={"disks": last}) as planner:
        await asyncio.sleep(0.3)
        (planned,) = planner.planned()

    assert not runs.began
    assert planned.next_at == last + timedelta(seconds=300)


async def test_a_cron_run_missed_while_the_daemon_was_down_is_made_up_for() -> None:
    runs, last = Runs(), ago(4 * 3600)
    async with planning(runs, inspection("hourly", cron="0 * * * *"), last={"hourly": last}):
        await until(lambda: bool(runs.began))

    ((_, planned_at, missed),) = runs.began
    assert planned_at.minute == 0
    assert missed == (planned_at - last) // timedelta(hours=1) >= 3


async def test_a_run_never_overtakes_itself_and_counts_what_it_held_up() -> None:
    runs = Runs(hold_s=1.2)
    async with planning(runs, inspection("slow", 0.5)):
        await until(lambda: len(runs.began) == 2)

    (_, first, _), (_, second, missed) = runs.began
    assert missed == (second - first) // timedelta(seconds=0.5) - 1 >= 2
    assert runs.at[1] >= runs.ended_at[0]


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
        await until(lambda: not planner._running)
        count = len(runs.began)
        await asyncio.sleep(1.0)
        assert len(runs.began) == count
        assert planner.planned()[0].paused
        assert planner.planned()[0].next_at is None

        resumed = datetime.now(UTC)
        planner.resume("load")
        await until(lambda: len(runs.began) > count)

    _, planned_at, missed = runs.began[count]
    assert planned_at - missed * timedelta(seconds=0.3) >= resumed, "the pause is not counted as missed runs"


async def test_a_job_under_way_when_the_pause_comes_begins_no_run() -> None:
    runs = Runs()
    async with planning(runs, inspection("load", cron="0 3 * * *")) as planner:
        load = planner._entries["load"]
        load.due = ago(1)
        job = asyncio.create_task(planner._begin("load"))
        planner.pause("load")
        await job

        load.paused = False
        job = asyncio.create_task(planner._begin("load"))
        planner.hold()
        await job

    assert not runs.began


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
    began = ago(100)
    last = dict.fromkeys(("kept", "gone", "changed"), began)
    async with planning(runs, kept, gone, changed, last=last) as planner:
        before = {run.inspection.id: run.next_at for run in planner.planned()}
        planner.plan([kept, inspection("changed", 600)])
        after = {run.inspection.id: run.next_at for run in planner.planned()}

    assert after.keys() == {"kept", "changed"}
    assert after["kept"] == before["kept"]
    assert after["changed"] == began + timedelta(seconds=600)
    assert not runs.began


async def test_stopping_waits_for_a_run_and_then_cancels_it() -> None:
    began, ended, stopping = [], [], asyncio.Event()

    async def run_due(inspection_id: str, planned_at: datetime, missed: int) -> None:
        began.append(inspection_id)
        try:
            await stopping.wait()
            await asyncio.sleep(0.1 if inspection_id == "short" else 600)
            ended.append(inspection_id)
        except asyncio.CancelledError:
            ended.append(f"{inspection_id} cancelled")
            raise

    planner = Planner(run_due)
    planner.start()
    planner.plan([inspection("short", 3600), inspection("long", 3600)])
    await until(lambda: len(began) == 2)
    stopping.set()
    await planner.stop(drain_s=1.0)

    assert ended == ["short", "long cancelled"]
    assert not planner.is_alive()


async def test_held_it_begins_nothing_more() -> None:
    runs = Runs()
    async with planning(runs, inspection("load", 0.2)) as planner:
        await until(lambda: bool(runs.began))
        planner.hold()
        await until(lambda: not planner._running)
        count = len(runs.began)
        await asyncio.sleep(0.8)

    assert len(runs.began) == count


async def test_a_scheduler_that_no_longer_wakes_counts_as_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = Runs()
    async with planning(runs, inspection("load", 0.2)) as planner:
        await until(lambda: bool(runs.began))
        planner._guard.look()
        assert planner.is_alive()

        planner._scheduler._stop_timer()
        monkeypatch.setattr(scheduler, "SILENCE_S", 0.5)

        def is_dead() -> bool:
            planner._guard.look()
            return not planner.is_alive()

        await until(is_dead)


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
    since = time.monotonic()
    planner.start()
    planner.plan([
        Inspection(id_, id_, (CheckCall("load"),), Schedule(every_s=every_s))
        for id_, every_s in (("often", 1.5), ("daily", 1800.0))
    ])
    await asyncio.sleep(0.7)
    stamp.write(step_s); stamp.flush()
    await asyncio.sleep(14.5)
    print("alive", planner.is_alive(), time.monotonic() - since)
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
        timeout=300,
        env={**os.environ, **faked},
    )

    lines = done.stdout.splitlines()
    runs = [line.split() for line in lines if line.startswith("often")]
    assert any(line.startswith("jump") and words in line for line in lines), done.stderr
    alive, seconds = lines[-1].removeprefix("alive ").split()
    due = [1 + int(missed) for _, missed, _ in runs]
    assert abs(sum(due) - float(seconds) / 1.5) <= 2, "as many as have really come, not those of an hour"
    assert max(float(late_s) for *_, late_s in runs) < 60
    assert not any(line.startswith("daily") for line in lines), "due in half an hour, and that has not passed"
    assert alive == "True"
