"""When inspections run. The only file that knows APScheduler."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.base import STATE_RUNNING

from probed.core.inspection import Inspection
from probed.daemon.clock import SystemClock
from probed.daemon.clock_guard import ClockGuard, Jump
from probed.daemon.rhythm import Rhythm, rhythm
from probed.ports import PlannedRun

SPACING = timedelta(seconds=0.5)
"""Between two inspections that would otherwise begin at once."""
EARLY = timedelta(seconds=1)
"""A job that comes earlier than this before its time was woken by a clock that was set in between."""
SILENCE_S = 15.0
"""How long the scheduler may be behind before it counts as dead."""

RunDue = Callable[[str, datetime, int], Coroutine[None, None, None]]
"""Called with the inspection's id, the time that was planned, and how many due times before it got no run."""


@dataclass(slots=True)
class _Entry:
    inspection: Inspection
    rhythm: Rhythm | None
    due: datetime | None
    """The first due time that has had no run yet."""
    paused: bool


class Planner:
    """Plans each inspection by its own schedule, never two runs of one at once.

    Intervals follow the time that has really passed: when the wall clock is set, what is due moves with it. Cron
    expressions follow the wall clock. Due times that pass without a run (the previous one was still under way, the host
    slept, the daemon was down) are made up for by one run, which is told how many it stands for.
    """

    def __init__(
        self,
        run_due: RunDue,
        on_jump: Callable[[Jump], None] = lambda jump: None,
        clock: SystemClock | None = None,
    ) -> None:
        self._run_due = run_due
        self._on_jump = on_jump
        self._clock = clock or SystemClock()
        self._guard = ClockGuard(self._clock, self._jumped)
        self._entries: dict[str, _Entry] = {}
        self._last_started: dict[str, datetime] = {}
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._watch: asyncio.Task[None] | None = None
        self._running: set[asyncio.Task[None]] = set()

    # --- life ---------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._scheduler.start()
        self._watch = asyncio.create_task(self._guard.watch(), name="clock guard")

    def hold(self) -> None:
        """Begin no further run; those under way go on."""
        if self._scheduler.running:
            self._scheduler.pause()

    async def stop(self, drain_s: float = 0.0) -> None:
        """Let the runs that are under way finish for `drain_s`, then cancel them."""
        if self._watch is None:
            return
        self.hold()
        if self._running:
            await asyncio.wait(self._running, timeout=drain_s)
        ending = {self._watch, *self._running}
        for task in ending:
            task.cancel()
        await asyncio.wait(ending)
        self._watch = None
        self._scheduler.shutdown(wait=False)
        await asyncio.sleep(0)  # APScheduler shuts down in a callback of the loop

    def is_alive(self) -> bool:
        """Whether runs really begin when they are due: nothing is overdue, and somebody watches the clock."""
        if self._scheduler.state != STATE_RUNNING or self._watch is None or self._watch.done():
            return False
        silent_for_s = self._guard.silent_for_s()
        self._guard.look()  # nothing is overdue only because the clock was just set
        times = [job.next_run_time for job in self._scheduler.get_jobs() if job.next_run_time]
        behind = self._clock.now() - min(times, default=self._clock.now())
        return behind.total_seconds() < SILENCE_S and silent_for_s < SILENCE_S

    # --- the plan -----------------------------------------------------------------------------------------------------

    def restore(self, last_started: Mapping[str, datetime]) -> None:
        """When each inspection last began, from an earlier life of the daemon; to be called before `plan`.

        One whose time has come since then runs at once, the others keep their rhythm.
        """
        self._last_started = dict(last_started)

    def plan(self, inspections: Sequence[Inspection], paused: Set[str] = frozenset()) -> None:
        """Replace the plan. An inspection that has never run is due now, unless a cron expression says when."""
        now = self._clock.now()
        entries = {}
        for inspection in inspections:
            entry = _Entry(inspection, rhythm(inspection.schedule), None, inspection.id in paused)
            known = self._entries.get(inspection.id)
            if known and known.due and known.inspection.schedule == inspection.schedule and not known.paused:
                entry.due = known.due
            elif entry.rhythm:
                entry.due = entry.rhythm.first_due(self._last_started.get(inspection.id), now)
            entries[inspection.id] = entry
        self._entries = entries
        self._plan_jobs(now)

    def pause(self, inspection_id: str) -> None:
        entry = self._entries[inspection_id]
        entry.paused = True
        with contextlib.suppress(JobLookupError):
            self._scheduler.remove_job(inspection_id)

    def resume(self, inspection_id: str) -> None:
        """Due times that passed during the pause are not made up for."""
        entry, now = self._entries[inspection_id], self._clock.now()
        entry.paused = False
        if entry.rhythm:
            entry.due = max(now, entry.rhythm.first_due(self._last_started.get(inspection_id), now))
            self._plan_job(entry, entry.due)

    def planned(self) -> Sequence[PlannedRun]:
        return [PlannedRun(entry.inspection, self._next_at(entry), entry.paused) for entry in self._entries.values()]

    def _next_at(self, entry: _Entry) -> datetime | None:
        job = self._scheduler.get_job(entry.inspection.id)
        if job is None:
            return None
        at: datetime | None = job.next_run_time
        return at.astimezone(UTC) if at else None

    def _plan_jobs(self, now: datetime) -> None:
        self._scheduler.remove_all_jobs()
        soon = now
        for entry in self._entries.values():
            if entry.due is None or entry.paused:
                continue
            at = entry.due
            if at <= soon:
                at, soon = soon, soon + SPACING
            self._plan_job(entry, at)

    def _plan_job(self, entry: _Entry, at: datetime) -> None:
        assert entry.rhythm is not None
        self._scheduler.add_job(
            self._begin,
            # always a new object: after a jump of the clock the old one never fires again
            entry.rhythm.trigger(at),
            args=(entry.inspection.id,),
            id=entry.inspection.id,
            replace_existing=True,
            next_run_time=at,
        )

    # --- what happens -------------------------------------------------------------------------------------------------

    async def _begin(self, inspection_id: str) -> None:
        self._guard.look()  # a clock that was just set may have woken this job too early
        entry, now = self._entries.get(inspection_id), self._clock.now()
        if entry is None or entry.rhythm is None or entry.due is None or entry.due > now + EARLY:
            return
        if entry.paused or self._scheduler.state != STATE_RUNNING:  # since APScheduler had this job begun
            return
        planned_at, missed = entry.rhythm.passed(entry.due, max(now, entry.due))
        entry.due = self._next_at(entry)
        self._last_started[inspection_id] = now
        run = asyncio.create_task(self._run_due(inspection_id, planned_at, missed), name=f"run {inspection_id}")
        self._running.add(run)
        run.add_done_callback(self._running.discard)
        # `stop` cancels the run, which APScheduler would log as a failure
        with contextlib.suppress(asyncio.CancelledError):
            await run

    def _jumped(self, jump: Jump) -> None:
        step, now = timedelta(seconds=jump.step_s), self._clock.now()
        self._last_started = {id_: at + step for id_, at in self._last_started.items()}
        for entry in self._entries.values():
            if entry.rhythm and entry.due:
                entry.due = entry.rhythm.after_step(entry.due, step, now)
        self._plan_jobs(now)
        self._on_jump(jump)
