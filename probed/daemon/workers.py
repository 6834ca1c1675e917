"""Threads beside the event loop: bounded in number, and none that hangs holds anybody up for longer than its deadline.

Not concurrent.futures: its threads are joined when the interpreter ends, so one hung check would keep the daemon alive.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

from loguru import logger

from probed.core.deadline import DEADLINE, Deadline
from probed.errors import DeadlineExceeded, Overloaded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WorkerStats:
    size: int
    busy: int
    waiting: int
    stuck: tuple[str, ...]
    """Names of the work that went over its deadline and has not come back."""


@dataclass(eq=False, slots=True)
class _Job:
    name: str
    work: Callable[[], object]
    done: asyncio.Future[object]
    deadline: Deadline
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    abandoned: bool = False
    replaced: bool = False


class WorkerPool:
    """At most `size` threads work; each one that hangs is left behind and replaced, up to `spare` times at once.

    The caller's context variables (the run id of the log) hold in the thread as well.
    """

    def __init__(self, size: int, spare: int = 8, max_waiting: int = 256) -> None:
        self._size, self._spare, self._max_waiting = size, spare, max_waiting
        self._slots = asyncio.Semaphore(size)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = 0
        self._busy = 0
        self._waiting = 0
        self._stuck: list[_Job] = []

    async def run(self, work: Callable[[], T], *, deadline_s: float, name: str) -> T:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + deadline_s
        await self._take_slot(deadline_s, name)
        job = _Job(name, work, loop.create_future(), Deadline(time.monotonic() + ends_at - loop.time()))
        job.context.run(DEADLINE.set, job.deadline)
        self._start(job)
        try:
            await asyncio.wait((job.done,), timeout=ends_at - loop.time())
        finally:
            if not job.done.done():
                self._abandon(job)
        if job.abandoned:
            raise DeadlineExceeded(f"{name}: no answer within {deadline_s:g} s")
        return cast(T, job.done.result())

    def stats(self) -> WorkerStats:
        return WorkerStats(self._size, self._busy, self._waiting, tuple(job.name for job in self._stuck))

    def close(self) -> None:
        """Let the idle threads end. One that hangs ends with the process."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    async def _take_slot(self, deadline_s: float, name: str) -> None:
        if self._lost() >= self._size:
            raise Overloaded(f"{name}: every worker hangs: {', '.join(job.name for job in self._stuck)}")
        if not self._slots.locked():  # the usual case, without a timer
            await self._slots.acquire()
            return
        if self._waiting >= self._max_waiting:
            raise Overloaded(f"{name}: {self._waiting} others wait for a worker already")
        self._waiting += 1
        try:
            async with asyncio.timeout(deadline_s):
                await self._slots.acquire()
        except TimeoutError:
            raise DeadlineExceeded(f"{name}: no worker was free within {deadline_s:g} s") from None
        finally:
            self._waiting -= 1

    def _start(self, job: _Job) -> None:
        self._busy += 1
        if self._busy > self._threads:
            self._threads += 1
            threading.Thread(target=_serve, args=(self._jobs, self._returned), name="worker", daemon=True).start()
        self._jobs.put(job)

    def _abandon(self, job: _Job) -> None:
        """Its thread no longer counts; the slot is given to a new one while there are spare threads."""
        job.abandoned = True
        job.deadline.at = time.monotonic()  # the program that it runs ends as well
        job.replaced = len(self._stuck) - self._lost() < self._spare
        self._stuck.append(job)
        self._busy -= 1
        self._threads -= 1
        if job.replaced:
            self._slots.release()
        logger.warning("{} has not come back; {} workers hang", job.name, len(self._stuck))

    def _returned(self, job: _Job, result: object, error: BaseException | None) -> None:
        """Back on the event loop. What an abandoned job brings is dropped."""
        if job.abandoned:
            self._rejoin(job)
            return
        self._busy -= 1
        self._slots.release()
        if job.done.cancelled():
            return
        if error is None:
            job.done.set_result(result)
        else:
            job.done.set_exception(error)

    def _rejoin(self, job: _Job) -> None:
        self._stuck.remove(job)
        if job.replaced:
            self._jobs.put(None)  # one thread too many now
        else:
            self._threads += 1
            self._slots.release()

    def _lost(self) -> int:
        """Slots whose thread hangs and was not replaced."""
        return sum(not job.replaced for job in self._stuck)


Returned = Callable[[_Job, object, BaseException | None], None]


def _serve(jobs: queue.SimpleQueue[_Job | None], returned: Returned) -> None:
    thread = threading.current_thread()
    while (job := jobs.get()) is not None:
        thread.name = f"worker {job.name}"
        result, error = _outcome(job)
        thread.name = "worker"
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody waits any more
            job.done.get_loop().call_soon_threadsafe(returned, job, result, error)
        del job, result, error


def _outcome(job: _Job) -> tuple[object, BaseException | None]:
    try:
        return job.context.run(job.work), None
    except StopIteration as error:  # a future cannot carry it
        return None, RuntimeError(f"{job.name} raised {error!r}")
    except BaseException as error:  # noqa: BLE001  # handed to the caller, who awaits it
        return None, error
