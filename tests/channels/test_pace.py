from __future__ import annotations

import pytest

from probed.channels.pace import OverallPace, Pace
from probed.errors import ChannelError


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_a_message_that_would_wait_long_is_sent_back_with_the_time() -> None:
    clock = Clock()
    pace = Pace(is_group=True, group_messages=3, interval_s=0.0, clock=clock)
    for _ in range(3):
        await pace.turn()

    clock.now += 20
    with pytest.raises(ChannelError) as caught:
        await pace.turn()

    assert caught.value.transient
    assert caught.value.retry_after_s == 40.0


async def test_a_group_takes_the_next_message_when_the_minute_is_over() -> None:
    clock = Clock()
    pace = Pace(is_group=True, group_messages=3, interval_s=0.0, clock=clock)
    for _ in range(3):
        await pace.turn()

    clock.now += 60
    await pace.turn()


async def test_a_person_has_no_limit_a_minute() -> None:
    pace = Pace(is_group=False, group_messages=3, interval_s=0.0, clock=Clock())

    for _ in range(10):
        await pace.turn()


async def test_the_limit_over_all_chats_spreads_a_burst_over_seconds() -> None:
    clock, waits = Clock(), []

    async def note(wait_s: float) -> None:
        waits.append(wait_s)

    pace = OverallPace(per_s=3, clock=clock, sleep=note)
    for _ in range(7):
        await pace.turn()
    clock.now += 10
    await pace.turn()

    assert waits == [0, 0, 0, 1, 1, 1, 2, 0]


async def test_waiting_messages_queue_up() -> None:
    pace = Pace(is_group=False, interval_s=2.0, patience_s=0.0, clock=Clock())
    await pace.turn()

    with pytest.raises(ChannelError) as caught:
        await pace.turn()

    assert caught.value.retry_after_s == 2.0


async def test_nothing_is_sent_before_the_time_that_telegram_named() -> None:
    clock = Clock()
    pace = Pace(is_group=False, clock=clock)
    pace.hold(30.0)
    pace.hold(5.0)

    with pytest.raises(ChannelError) as caught:
        await pace.turn()
    clock.now += 30
    await pace.turn()

    assert caught.value.retry_after_s == 30.0


async def test_waiting_for_a_free_moment_takes_no_turn() -> None:
    pace = Pace(is_group=False, interval_s=2.0, patience_s=0.0, clock=Clock())

    await pace.free()
    await pace.turn()

    with pytest.raises(ChannelError):
        await pace.free()
