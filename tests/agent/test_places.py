from __future__ import annotations

import asyncio
import threading
import time

import pytest

from probed.agent.places import PLACES, FewPlaces
from probed.daemon.workers import WorkerPool
from probed.errors import DeadlineExceeded, HostFailed

NAME = "probe disk_usage"


class Hanging:
    """Work that hangs until the test lets it go."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun = 0

    def work(self) -> str:
        self.begun += 1
        assert self.gate.wait(300)
        return "late"

    async def has_begun(self, times: int) -> None:
        async with asyncio.timeout(60):
            while self.begun < times:  # noqa: ASYNC110  # what happens in a thread sets no event
                await asyncio.sleep(0.01)


async def hang(workers: FewPlaces, hanging: Hanging, times: int, deadline_s: float = 0.1) -> None:
    async def one() -> None:
        with pytest.raises(DeadlineExceeded):
            await workers.run(hanging.work, deadline_s=deadline_s, name=NAME)

    await asyncio.gather(*(one() for _ in range(times)))


@pytest.mark.alone
async def test_what_hangs_holds_few_workers_and_the_next_one_is_told_at_once() -> None:
    hanging, workers = Hanging(), FewPlaces(WorkerPool(8))
    await hang(workers, hanging, 6)
    await hanging.has_begun(PLACES)
    began = time.monotonic()

    with pytest.raises(DeadlineExceeded, match="probe disk_usage: still waiting for an earlier one"):
        await workers.run(hanging.work, deadline_s=120, name=NAME)

    assert time.monotonic() - began < 60
    assert hanging.begun == PLACES
    assert await workers.run(lambda: "now", deadline_s=60, name="probe journal") == "now"
    hanging.gate.set()


async def test_once_they_come_back_there_are_places_again() -> None:
    hanging, pool = Hanging(), WorkerPool(8)
    workers = FewPlaces(pool)
    await hang(workers, hanging, PLACES)
    hanging.gate.set()
    async with asyncio.timeout(60):
        while pool.stats().stuck:  # noqa: ASYNC110  # what happens in a thread sets no event
            await asyncio.sleep(0.01)

    for _ in range(3 * PLACES):
        assert await workers.run(lambda: "now", deadline_s=60, name=NAME) == "now"


async def test_a_run_that_is_cancelled_leaves_its_hanging_work_counted() -> None:
    hanging, workers = Hanging(), FewPlaces(WorkerPool(8))
    runs = [asyncio.create_task(workers.run(hanging.work, deadline_s=300, name=NAME)) for _ in range(PLACES)]
    await hanging.has_begun(PLACES)
    for run in runs:
        run.cancel()
    await asyncio.gather(*runs, return_exceptions=True)

    with pytest.raises(DeadlineExceeded, match="earlier one"):
        await workers.run(hanging.work, deadline_s=10, name=NAME)
    hanging.gate.set()


async def test_others_wait_for_their_turn_and_get_it() -> None:
    at_once, most, together = 0, 0, threading.Barrier(PLACES)

    def work() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        together.wait(60)
        at_once -= 1

    workers = FewPlaces(WorkerPool(8))

    await asyncio.gather(*(workers.run(work, deadline_s=60, name=NAME) for _ in range(5 * PLACES)))

    assert most == PLACES


async def test_failures_and_work_that_never_began_take_no_place_away() -> None:
    def fail() -> None:
        raise HostFailed("no answer")

    hanging, pool = Hanging(), WorkerPool(1)
    workers = FewPlaces(pool)
    for _ in range(3 * PLACES):
        with pytest.raises(HostFailed):
            await workers.run(fail, deadline_s=60, name=NAME)
    busy = asyncio.create_task(pool.run(hanging.work, deadline_s=300, name="a check"))
    await hanging.has_begun(1)
    for _ in range(3 * PLACES):
        with pytest.raises(DeadlineExceeded, match="no worker was free"):
            await workers.run(lambda: None, deadline_s=0.02, name=NAME)
    hanging.gate.set()
    await busy

    assert await workers.run(lambda: "now", deadline_s=60, name=NAME) == "now"
