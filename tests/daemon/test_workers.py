from __future__ import annotations

import asyncio
import contextvars
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from probed.daemon.workers import WorkerPool
from probed.errors import CheckFailed, DeadlineExceeded, Overloaded
from probed.host.command import run_command


class Gate:
    """Work that hangs until the test lets it go."""

    def __init__(self) -> None:
        self._open = threading.Event()

    def wait(self) -> str:
        self._open.wait(300)
        return "late"

    def release(self) -> None:
        self._open.set()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # what happens in a thread sets no event
            await asyncio.sleep(0.01)


async def hang(pool: WorkerPool, gate: Gate, count: int) -> None:
    """Let `count` work items go over their deadline, one after the other."""
    for number in range(count):
        with pytest.raises(DeadlineExceeded):
            await pool.run(gate.wait, deadline_s=0.05, name=f"hung-{number}")


async def test_the_result_comes_back() -> None:
    assert await WorkerPool(1).run(lambda: 6 * 7, deadline_s=60, name="sum") == 42


async def test_an_error_comes_back_as_it_was_raised() -> None:
    def fail() -> None:
        raise CheckFailed("no such disk")

    with pytest.raises(CheckFailed, match="no such disk"):
        await WorkerPool(1).run(fail, deadline_s=60, name="disk")


@pytest.mark.alone
async def test_work_that_never_returns_ends_at_its_deadline() -> None:
    pool, gate = WorkerPool(1), Gate()
    began = time.monotonic()

    with pytest.raises(DeadlineExceeded, match=r"disk: no answer within 0\.3 s"):
        await pool.run(gate.wait, deadline_s=0.3, name="disk")

    assert 0.3 <= time.monotonic() - began < 30, "not as long as the work takes"
    gate.release()


async def test_waiting_for_a_worker_counts_into_the_deadline() -> None:
    pool, gate = WorkerPool(1, spare=0), Gate()
    first = asyncio.create_task(pool.run(gate.wait, deadline_s=60, name="long"))
    await asyncio.sleep(0)

    with pytest.raises(DeadlineExceeded, match="no worker was free"):
        await pool.run(lambda: 1, deadline_s=0.2, name="short")

    gate.release()
    assert await first == "late"


@pytest.mark.alone
async def test_four_hung_checks_delay_the_others_by_less_than_a_second() -> None:
    pool, gate = WorkerPool(4), Gate()
    given_up = list[float]()

    async def hang_half_a_second(number: int) -> None:
        with pytest.raises(DeadlineExceeded):
            await pool.run(gate.wait, deadline_s=0.5, name=f"hung-{number}")
        given_up.append(time.monotonic())

    began = time.monotonic()
    hung = [asyncio.create_task(hang_half_a_second(number)) for number in range(4)]
    ended = []
    for _ in range(20):
        await pool.run(lambda: None, deadline_s=60, name="healthy")
        ended.append(time.monotonic())

    await asyncio.gather(*hung)
    # half a second, and as late as this host lets whoever waits for a time
    assert ended[0] - began <= 1.0 + (given_up[0] - began - 0.5)
    assert len(pool.stats().stuck) == 4
    gate.release()


async def test_when_every_worker_hangs_more_work_is_refused() -> None:
    pool, gate = WorkerPool(2, spare=1), Gate()
    await hang(pool, gate, 3)

    with pytest.raises(Overloaded, match="every worker hangs: hung-0, hung-1, hung-2"):
        await pool.run(lambda: 1, deadline_s=60, name="more")

    gate.release()


async def test_workers_that_come_back_work_again_and_their_results_are_dropped() -> None:
    pool, gate = WorkerPool(2, spare=1), Gate()
    await hang(pool, gate, 3)

    gate.release()
    await until(lambda: not pool.stats().stuck)

    assert await pool.run(lambda: "fresh", deadline_s=60, name="more") == "fresh"


async def test_threads_stay_bounded_however_often_work_hangs() -> None:
    before = threading.active_count()
    pool = WorkerPool(2, spare=2)
    for _ in range(5):
        gate = Gate()
        await hang(pool, gate, 2)
        gate.release()
        await until(lambda: not pool.stats().stuck)
    await asyncio.gather(*(pool.run(lambda: 1, deadline_s=60, name="one") for _ in range(10)))

    await until(lambda: threading.active_count() <= before + 2)
    pool.close()
    await until(lambda: threading.active_count() <= before)


async def test_a_cancelled_caller_leaves_its_thread_behind() -> None:
    pool, gate = WorkerPool(1, spare=1), Gate()
    caller = asyncio.create_task(pool.run(gate.wait, deadline_s=60, name="long"))
    await until(lambda: pool.stats().busy == 1)

    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller

    assert pool.stats().stuck == ("long",)
    assert await pool.run(lambda: "next", deadline_s=60, name="next") == "next"
    gate.release()


async def test_a_cancelled_callers_program_ends_and_its_thread_works_again(tmp_path: Path) -> None:
    pool = WorkerPool(1, spare=0)
    for number in range(3):  # none of them uses the only worker up
        told = tmp_path / str(number)
        script = ["sh", "-c", f"echo $$ > {told}.part; mv {told}.part {told}; exec sleep 300"]
        run = partial(run_command, script, deadline_s=300)
        caller = asyncio.create_task(pool.run(run, deadline_s=300, name="long"))
        await until(told.exists)

        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller

        await until(lambda: not pool.stats().stuck)
        with pytest.raises(ProcessLookupError):
            os.kill(int(told.read_text()), 0)
    assert await pool.run(lambda: "next", deadline_s=60, name="next") == "next"


async def test_a_long_queue_is_refused() -> None:
    pool, gate = WorkerPool(1, max_waiting=2), Gate()
    held = [asyncio.create_task(pool.run(gate.wait, deadline_s=60, name=f"held-{number}")) for number in range(3)]
    await until(lambda: pool.stats().waiting == 2)

    with pytest.raises(Overloaded, match="2 others wait"):
        await pool.run(lambda: 1, deadline_s=60, name="more")

    gate.release()
    assert await asyncio.gather(*held) == ["late"] * 3


async def test_the_callers_context_holds_in_the_thread() -> None:
    run_id: contextvars.ContextVar[str] = contextvars.ContextVar("run_id")
    run_id.set("r1")

    assert await WorkerPool(1).run(run_id.get, deadline_s=60, name="context") == "r1"


@pytest.mark.alone
def test_a_hung_worker_does_not_keep_the_process_alive() -> None:
    script = """
import asyncio, time
from probed.daemon.workers import WorkerPool
from probed.errors import DeadlineExceeded
async def main():
    try:
        await WorkerPool(1).run(lambda: time.sleep(60), deadline_s=0.1, name="hung")
    except DeadlineExceeded as error:
        print(error)
asyncio.run(main())
"""
    began = time.monotonic()

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "hung: no answer within 0.1 s\n"
    assert time.monotonic() - began < 50
