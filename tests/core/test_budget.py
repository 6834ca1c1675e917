"""The tightest limit says what a call may cost."""

from __future__ import annotations

import math

from probed.core.budget import Limits, Room, Span, Spent, room


def test_the_tightest_limit_counts() -> None:
    limits = Limits(call_usd=0.5, run_usd=1.0, inspection_usd=2.0, day_usd=3.0, month_usd=30.0)

    assert room(limits, Spent()) == Room(0.5, Span.CALL, 0.5)
    assert room(limits, Spent(run_usd=0.75)) == Room(0.25, Span.RUN, 1.0)
    assert room(limits, Spent(0.1, 0.1, 2.75, 20.0)) == Room(0.25, Span.DAY, 3.0)
    assert room(limits, Spent(0.1, 0.1, 2.0, 31.0)) == Room(0.0, Span.MONTH, 30.0)


def test_without_limits_there_is_room_for_all() -> None:
    assert room(Limits(), Spent(1e9, 1e9, 1e9, 1e9)).left_usd == math.inf


def test_what_is_under_way_counts_beside_what_was_spent() -> None:
    assert Spent(1, 2, 3, 4).plus(Spent(0.5, 0.5, 0.5, 0.5)) == Spent(1.5, 2.5, 3.5, 4.5)
