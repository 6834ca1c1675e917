from __future__ import annotations

import asyncio
from dataclasses import dataclass

from probed.daemon.clock import SystemClock
from probed.daemon.clock_guard import ClockGuard, Jump


@dataclass
class HandClocks:
    wall_s: float = 1_800_000_000.0
    elapsed_s: float = 5000.0
    awake_s: float = 4000.0

    def wall(self) -> float:
        return self.wall_s

    def elapsed(self) -> float:
        return self.elapsed_s

    def awake(self) -> float:
        return self.awake_s

    def tick(self, seconds: float = 1.0) -> None:
        self.wall_s += seconds
        self.elapsed_s += seconds
        self.awake_s += seconds

    def suspend(self, seconds: float) -> None:
        self.wall_s += seconds
        self.elapsed_s += seconds


def guarded() -> tuple[HandClocks, ClockGuard, list[Jump]]:
    clocks, jumps = HandClocks(), list[Jump]()
    return clocks, ClockGuard(clocks, jumps.append), jumps


def test_time_that_merely_passes_is_no_jump() -> None:
    clocks, guard, jumps = guarded()

    clocks.tick(7200)
    guard.look()

    assert not jumps


def test_a_clock_set_back_is_told_once() -> None:
    clocks, guard, jumps = guarded()
    clocks.tick()
    clocks.wall_s -= 3600

    guard.look()
    guard.look()

    assert [str(jump) for jump in jumps] == ["the wall clock was set back by 3600 s"]
    assert jumps[0].step_s == -3600


def test_a_night_in_suspend_is_no_step_of_the_clock() -> None:
    clocks, guard, jumps = guarded()

    clocks.suspend(28800)
    guard.look()

    assert jumps == [Jump(step_s=0.0, suspended_s=28800.0)]
    assert str(jumps[0]) == "the host was suspended for 28800 s"


def test_a_step_during_suspend_is_both() -> None:
    clocks, guard, jumps = guarded()
    clocks.suspend(600)
    clocks.wall_s += 60

    guard.look()

    assert str(jumps[0]) == "the wall clock was set forward by 60 s and the host was suspended for 600 s"


def test_a_clock_that_ntp_slews_never_jumps() -> None:
    clocks, guard, jumps = guarded()
    for _ in range(3600):
        clocks.tick()
        clocks.wall_s += 0.0005
        guard.look()

    assert not jumps


def test_a_guard_that_no_longer_looks_is_noticed() -> None:
    clocks, guard, _ = guarded()

    clocks.tick(30)

    assert guard.silent_for_s() == 30
    guard.look()
    assert guard.silent_for_s() == 0


async def test_the_task_looks_by_itself() -> None:
    clocks, guard, jumps = guarded()
    clocks.wall_s += 100
    watching = asyncio.create_task(guard.watch())

    async with asyncio.timeout(60):
        while not jumps:  # noqa: ASYNC110  # it tells nobody else
            await asyncio.sleep(0.05)
    watching.cancel()


def test_the_hosts_clocks_agree_with_each_other() -> None:
    clock = SystemClock()

    assert clock.wall() <= clock.now().timestamp() + 1e-6
    assert clock.now().timestamp() <= clock.wall() + 1e-6
    assert clock.awake() <= clock.elapsed()
    assert clock.awake() <= clock.monotonic()
    assert clock.monotonic() <= clock.awake()
