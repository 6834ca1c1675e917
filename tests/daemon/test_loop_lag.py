from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from selectors import DefaultSelector, SelectorKey
from typing import TypeVar

import pytest

from probed.daemon import loop_lag
from probed.daemon.event_loop import EventLoop, lag_of_running_loop
from probed.daemon.loop_lag import LagSelector, LoopLag

T = TypeVar("T")


def test_a_call_that_blocks_the_loop_is_seen_however_soon_it_is_over() -> None:
    async def blocked() -> float:
        time.sleep(0.2)  # noqa: ASYNC251  # the fault to be seen
        await asyncio.sleep(0.01)
        return lag_of_running_loop().worst_ms()

    assert on_our_loop(blocked()) >= 200


def test_a_loop_that_sleeps_as_long_as_it_was_to_is_not_late() -> None:
    async def slept() -> tuple[float, float]:
        lag, began = lag_of_running_loop(), time.monotonic()
        lag.begin_anew()
        await asyncio.sleep(0.2)
        return lag.worst_ms(), 1000 * (time.monotonic() - began) - 200

    worst_ms, host_was_late_ms = on_our_loop(slept())

    assert worst_ms <= host_was_late_ms + 1


def test_a_delay_under_way_counts_already() -> None:
    async def blocked() -> float:
        time.sleep(0.2)  # noqa: ASYNC251  # the fault to be seen
        return lag_of_running_loop().worst_ms()

    assert on_our_loop(blocked()) >= 200


def test_a_loop_that_comes_back_late_from_its_sleep_was_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a host without processor time: nothing of the loop ran meanwhile."""

    monkeypatch.setattr(DefaultSelector, "select", sleeps_200_ms)
    lag = LoopLag()
    with LagSelector(lag) as selector:
        selector.select(0.05)

    assert lag.worst_ms() >= 150


def test_whoever_sleeps_until_something_comes_is_never_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DefaultSelector, "select", sleeps_200_ms)
    lag = LoopLag()
    with LagSelector(lag) as selector:
        selector.select(None)

    assert not lag._worst


def test_what_was_late_before_the_work_began_does_not_count() -> None:
    async def built() -> tuple[float, float]:
        time.sleep(0.2)  # noqa: ASYNC251  # as modules that are loaded
        began = time.monotonic()
        lag_of_running_loop().begin_anew()
        await asyncio.sleep(0)
        return lag_of_running_loop().worst_ms(), 1000 * (time.monotonic() - began)

    worst_ms, since_ms = on_our_loop(built())

    assert worst_ms <= since_ms


def test_of_a_loop_that_tells_nothing_no_delay_is_known() -> None:
    assert LoopLag().worst_ms() == 0.0


def test_old_delays_are_forgotten() -> None:
    lag = LoopLag()
    lag.keep(5.0, time.monotonic() - loop_lag.WINDOW_S - 1)

    assert lag.worst_ms() == 0.0


def test_what_is_kept_stays_small_and_tells_the_worst() -> None:
    lag = LoopLag()
    now = time.monotonic()
    for late_s in (0.5, *[0.01] * 1000):
        lag.keep(late_s, now)

    assert lag.worst_ms() == 500
    assert len(lag._worst) == 2


def on_our_loop(work: Coroutine[object, object, T]) -> T:
    with asyncio.Runner(loop_factory=EventLoop) as runner:
        return runner.run(work)


def sleeps_200_ms(self: DefaultSelector, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
    time.sleep(0.2)
    return []
