from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from probed.core.round import Round, once_a_round


def test_what_one_has_read_serves_the_others_of_the_round() -> None:
    this, answers = Round(), iter((1, 2, 3))

    assert [this.once("a", lambda: next(answers)) for _ in range(2)] == [1, 1]
    assert this.once("b", lambda: next(answers)) == 2
    assert Round().once("a", lambda: next(answers)) == 3


def test_nothing_is_kept_outside_of_a_round() -> None:
    answers = iter((1, 2))

    assert [once_a_round("a", lambda: next(answers)) for _ in range(2)] == [1, 2]


def test_who_asks_meanwhile_waits_for_the_answer() -> None:
    this = Round()
    reads: list[int] = []
    began, goes_on = threading.Event(), threading.Event()

    def read() -> int:
        began.set()
        goes_on.wait(5)
        reads.append(1)
        return 7

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(this.once, "a", read)
        began.wait(5)
        second = pool.submit(this.once, "a", read)
        time.sleep(0.02)
        goes_on.set()
        assert (first.result(5), second.result(5)) == (7, 7)
    assert reads == [1]


def test_after_a_failure_the_next_one_tries() -> None:
    this = Round()

    def fail() -> int:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        this.once("a", fail)
    assert this.once("a", lambda: 7) == 7
