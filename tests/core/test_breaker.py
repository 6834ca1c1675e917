from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probed.core.breaker import Breaker, BreakerState, Patience, abandon, begin, facts_of, fail, permit, succeed
from tests.factories import NOW

PATIENCE = Patience(failures=3, first_pause_s=1.0, longest_pause_s=8.0)


def failed(times: int, now_s: float = 100.0) -> Breaker:
    breaker = Breaker()
    for _ in range(times):
        breaker = fail(breaker, "no answer", now_s, PATIENCE)
    return breaker


def test_single_failures_leave_it_closed() -> None:
    breaker = failed(2)

    assert breaker.state is BreakerState.CLOSED
    assert breaker.permits(100.0)
    assert fail(succeed(breaker), "no answer", 100.0, PATIENCE).failures == 1


def test_failures_in_a_row_open_it_and_nothing_is_tried_before_the_pause_is_over() -> None:
    breaker = failed(3)

    assert (breaker.state, breaker.since_s, breaker.why) == (BreakerState.OPEN, 100.0, "no answer")
    assert not breaker.permits(100.9)
    assert breaker.permits(101.0)


def test_one_attempt_at_a_time_tries_it() -> None:
    trying = begin(failed(3), until_s=400.0)

    assert trying.state is BreakerState.HALF_OPEN
    assert not trying.permits(399.0)
    assert trying.permits(400.0), "an attempt that is lost does not close the way for ever"


def test_what_was_mended_is_tried_at_once_and_by_one_attempt() -> None:
    mended = permit(failed(3), 100.1)

    assert (mended.state, mended.permits(100.1)) == (BreakerState.OPEN, True)
    assert not permit(begin(mended, until_s=400.0), 100.2).permits(100.2)


def test_the_pause_grows_up_to_its_bound_while_since_stays() -> None:
    breaker, pauses = failed(3), []
    for _ in range(5):
        now_s = breaker.probe_at_s
        breaker = fail(begin(breaker, now_s + 60), "still no answer", now_s, PATIENCE)
        pauses.append(breaker.probe_at_s - now_s)

    assert pauses == [2.0, 4.0, 8.0, 8.0, 8.0]
    assert (breaker.since_s, breaker.why, breaker.failures) == (100.0, "still no answer", 8)


def test_the_other_side_may_say_how_long() -> None:
    assert fail(failed(3), "slow down", 200.0, PATIENCE, pause_s=40.0).probe_at_s == 240.0


def test_an_answer_closes_it() -> None:
    assert succeed(begin(failed(3), 400.0)) == Breaker()


def test_a_very_long_outage_overflows_nothing() -> None:
    assert failed(5000).probe_at_s == 108.0


def test_a_refusal_opens_it_at_once() -> None:
    assert fail(Breaker(), "no such account", 100.0, PATIENCE, at_once=True).state is BreakerState.OPEN


def test_an_attempt_that_was_broken_off_may_be_made_again_and_changes_nothing_else() -> None:
    opened = failed(3)

    assert abandon(begin(opened, 400.0), 120.0) == replace(opened, probe_at_s=120.0)
    assert abandon(Breaker(), 120.0) == Breaker()


def test_a_person_sees_since_when_and_why_by_the_wall_clock() -> None:
    facts = facts_of("phone", failed(3), NOW, now_s=160.0)

    assert (facts.since, facts.probe_at) == (NOW - timedelta(seconds=60), NOW - timedelta(seconds=59))
    assert (facts.state, facts.failures, facts.why) == (BreakerState.OPEN, 3, "no answer")
    assert facts_of("phone", Breaker(), NOW, now_s=160.0).since is None
