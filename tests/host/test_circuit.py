from __future__ import annotations

import threading

import pytest

from probed.core.breaker import BreakerState
from probed.errors import HostFailed
from probed.host.circuit import PATIENCE, Circuit
from tests.factories import NOW


class Time:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def opened(time: Time) -> Circuit:
    circuit = Circuit("the engine", time)
    for _ in range(PATIENCE.failures):
        circuit.begin(10.0)
        circuit.fail("no answer")
    return circuit


def test_while_it_is_open_nobody_asks_and_everybody_hears_why() -> None:
    with pytest.raises(HostFailed, match="the engine failed again and again and is left alone for a while: no answer"):
        opened(Time()).begin(10.0)


def test_one_of_many_threads_asks_when_the_pause_is_over() -> None:
    time = Time()
    circuit = opened(time)
    time.now_s += PATIENCE.first_pause_s
    let_in: list[int] = []

    def ask(number: int) -> None:
        try:
            circuit.begin(10.0)
        except HostFailed:
            return
        let_in.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(let_in) == 1
    assert circuit.facts("engine", NOW).state is BreakerState.HALF_OPEN


def test_an_answer_closes_it_and_a_thread_that_never_comes_back_does_not_lock_it() -> None:
    time = Time()
    circuit = opened(time)
    time.now_s += PATIENCE.first_pause_s
    circuit.begin(10.0)
    time.now_s += 10.0

    circuit.begin(10.0)
    circuit.succeed()

    assert circuit.facts("engine", NOW).state is BreakerState.CLOSED


def test_an_attempt_that_says_nothing_frees_the_way() -> None:
    time = Time()
    circuit = opened(time)
    time.now_s += PATIENCE.first_pause_s
    circuit.begin(10.0)
    circuit.abandon()

    circuit.begin(10.0)

    assert circuit.facts("engine", NOW).failures == PATIENCE.failures
