from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from probed.checks import since_last_look
from probed.checks.since_last_look import Span, Window


def window(monkeypatch: pytest.MonkeyPatch, moments: list[float], counts: list[int]) -> Window[int]:
    clock, counter = iter(moments), iter(counts)
    monkeypatch.setattr(since_last_look, "time", SimpleNamespace(monotonic=lambda: next(clock), sleep=float))
    return Window(lambda: next(counter))


def test_the_first_look_takes_two(monkeypatch: pytest.MonkeyPatch) -> None:
    assert window(monkeypatch, [100, 100.5], [7, 8]).move() == Span(7, 8, 0.5)


def test_a_later_one_measures_since_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    both = window(monkeypatch, [100, 100.5, 160.5, 160.5], [7, 8, 20])

    both.move()

    assert both.move() == Span(8, 20, 60)


@pytest.mark.parametrize("pause", [0.5, 5000])
def test_one_that_is_too_near_or_too_long_ago_does_not_count(monkeypatch: pytest.MonkeyPatch, pause: float) -> None:
    both = window(monkeypatch, [100, 100.5, 100.5 + pause, 101 + pause], [7, 8, 20, 21])

    both.move()

    assert both.move() == Span(20, 21, 0.5)


def test_where_looks_follow_each_other_soon_five_seconds_are_measured_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moments = [float(each) for moment in (102, 104, 106, 108) for each in (moment, moment)]
    often = window(monkeypatch, [100, 100, *moments], [0, 1, 2, 4, 8, 16])

    assert [often.move() for _ in range(5)][1:] == [Span(1, 2, 2), Span(1, 4, 4), Span(1, 8, 6), Span(2, 16, 6)]


def test_counters_that_cannot_be_read_are_read_again_at_the_next_look() -> None:
    def counts() -> Iterator[int]:
        yield 1
        raise OSError

    counter = counts()
    broken: Window[int] = Window(lambda: next(counter), 0.0)

    with pytest.raises(OSError):  # noqa: PT011
        broken.move()
    with pytest.raises(StopIteration):
        broken.move()
