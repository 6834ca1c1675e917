from __future__ import annotations

from datetime import timedelta

import pytest

from probed.core.job import Job, Ping, after
from tests.factories import NOW

LATER = NOW + timedelta(seconds=90)
BEGUN = after(Job("nightly"), Ping.START, NOW, "uid:0")


def test_a_run_that_says_when_it_begins_is_measured() -> None:
    ended = after(BEGUN, Ping.SUCCESS, LATER, "uid:0", 0)

    assert (ended.started_at, ended.ended_at, ended.succeeded_at) == (None, LATER, LATER)
    assert ended.duration_s == 90
    assert not ended.failed


def test_one_that_only_says_that_it_ended_has_no_duration() -> None:
    assert after(Job("nightly"), Ping.SUCCESS, NOW, "uid:0").duration_s is None


@pytest.mark.parametrize(("ping", "exit_code"), [(Ping.FAIL, None), (Ping.SUCCESS, 3), (Ping.FAIL, 0)])
def test_a_failure_keeps_when_it_last_went_well_and_the_next_success_ends_it(ping: Ping, exit_code: int | None) -> None:
    well = after(BEGUN, Ping.SUCCESS, NOW, "uid:0")

    failed = after(well, ping, LATER, "uid:1", exit_code)

    assert failed.failed
    assert (failed.succeeded_at, failed.ended_at, failed.exit_code, failed.said_by) == (NOW, LATER, exit_code, "uid:1")
    assert not after(failed, Ping.SUCCESS, LATER, "uid:1").failed


def test_a_run_under_way_keeps_the_outcome_of_the_one_before() -> None:
    failed = after(Job("nightly"), Ping.FAIL, NOW, "uid:0", 1)

    assert after(failed, Ping.START, LATER, "uid:0").failed
