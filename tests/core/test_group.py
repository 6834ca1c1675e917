from datetime import datetime, timedelta

import pytest

from probed.core.alert import Alert, AlertState, acknowledge, resolve, update
from probed.core.finding import Severity
from probed.core.group import Group, NotifyReason, Timing, flush, wake
from tests.factories import NOW, make_alert, make_group


def told_at(timing: Timing, alerts: list[tuple[float, Alert]], until_s: float, late_s: float = 0.0) -> list[float]:
    """Play alerts (with the second at which they come in) through a group and return the seconds of notifications, by a
    loop that wakes `late_s` after its time."""
    group = make_group(next_flush_at=None)
    known: list[Alert] = []
    told: list[float] = []
    pending = sorted(alerts, key=lambda item: item[0])
    for tenth in range(int(until_s * 10) + 1):
        now = NOW + timedelta(seconds=tenth / 10)
        while pending and pending[0][0] <= tenth / 10:
            known.append(pending.pop(0)[1])
            group = wake(group, now, timing)
        if group.next_flush_at is not None and group.next_flush_at <= now:
            result = flush(group, known, now + timedelta(seconds=late_s), timing)
            group = result.group
            told += [tenth / 10] if result.reason.should_notify else []
    return told


def alert_of(object_: str) -> Alert:
    return make_alert(labels={"alertname": "disk", "object": object_})


def resolved(alert: Alert, at: datetime = NOW) -> Alert:
    over = resolve(alert, at)
    assert over
    return over


@pytest.mark.parametrize(
    ("repeat_s", "seconds"),
    [(3, [1, 7, 13, 19]), (5, [1, 7, 13, 19]), (7, [1, 10, 19])],
)
def test_repeats_come_at_the_seconds_measured_on_alertmanager(repeat_s: float, seconds: list[float]) -> None:
    timing = Timing(wait_s=1, interval_s=3, repeat_s=repeat_s)

    # with equal intervals (3 s) Alertmanager races with itself: it was measured at 16 s as well

    assert told_at(timing, [(0, make_alert())], until_s=20) == seconds
    assert told_at(timing, [(0, make_alert())], until_s=20, late_s=0.09) == seconds


def test_after_a_long_sleep_the_rhythm_begins_anew() -> None:
    woken = NOW + timedelta(hours=1)

    result = flush(make_group(), [make_alert()], woken, Timing(interval_s=15))

    assert result.group.told_at == woken
    assert result.group.next_flush_at == woken + timedelta(seconds=15)


def test_a_clock_that_was_set_back_delays_a_group_by_no_more_than_its_interval() -> None:
    group = make_group(next_flush_at=None, told_at=NOW + timedelta(hours=1))

    assert wake(group, NOW, Timing(interval_s=15)).next_flush_at == NOW + timedelta(seconds=15)


def test_a_new_alert_never_shortens_the_interval() -> None:
    timing = Timing(wait_s=1, interval_s=10, repeat_s=3600)

    told = told_at(timing, [(0, alert_of("/a")), (2, alert_of("/b")), (3, alert_of("/c"))], until_s=30)

    assert told == [1, 11]


def test_two_hundred_alerts_of_a_group_are_one_message() -> None:
    told = told_at(Timing(), [(0.5, alert_of(f"/{number}")) for number in range(200)], until_s=60)

    assert told == [1.5]


def first_told(alert: Alert, at: datetime = NOW) -> Group:
    return flush(make_group(), [alert], at, Timing()).group


def test_an_unchanged_group_is_not_told_again_before_the_repeat_interval() -> None:
    alert = make_alert()
    group = first_told(alert)

    assert flush(group, [alert], NOW + timedelta(seconds=15), Timing()).reason is NotifyReason.NOTHING
    assert flush(group, [alert], NOW + timedelta(hours=12, seconds=15), Timing()).reason is NotifyReason.REPEAT


def test_an_acknowledged_alert_is_not_repeated() -> None:
    alert = make_alert()
    group = first_told(alert)
    acknowledged = acknowledge(alert, "ann", NOW)
    assert acknowledged

    assert flush(group, [acknowledged], NOW + timedelta(hours=13), Timing()).reason is NotifyReason.NOTHING


def test_getting_worse_is_news_and_getting_better_is_not() -> None:
    alert = make_alert()
    group = first_told(alert)
    worse = update(alert, Severity.CRITICAL, "fuller", NOW)
    told_worse = flush(group, [worse], NOW, Timing())
    better = update(worse, Severity.WARNING, "less full", NOW)

    assert told_worse.reason is NotifyReason.NEW
    assert flush(told_worse.group, [better], NOW, Timing()).reason is NotifyReason.NOTHING


def test_getting_worse_ends_the_acknowledgement() -> None:
    acknowledged = acknowledge(make_alert(), "ann", NOW)
    assert acknowledged

    assert update(acknowledged, Severity.CRITICAL, "fuller", NOW).state is AlertState.FIRING


def test_what_was_told_firing_is_told_resolved_and_the_group_sleeps() -> None:
    alert = make_alert()
    group = first_told(alert)

    result = flush(group, [resolved(alert)], NOW + timedelta(seconds=15), Timing())

    assert result.reason is NotifyReason.ALL_RESOLVED
    assert result.group.next_flush_at is None


def test_what_came_and_went_before_the_first_flush_is_not_told() -> None:
    result = flush(make_group(), [resolved(make_alert())], NOW, Timing())

    assert result.reason is NotifyReason.NOTHING
    assert [alert.is_settled for alert in result.settled] == [True]


def test_one_of_two_resolving_is_told() -> None:
    stays, goes = alert_of("/a"), alert_of("/b")
    group = flush(make_group(), [stays, goes], NOW, Timing()).group

    result = flush(group, [stays, resolved(goes)], NOW + timedelta(seconds=15), Timing())

    assert result.reason is NotifyReason.RESOLVED
    assert [alert.id for alert in result.settled] == [goes.id]


def test_an_end_is_found_by_its_mark_whatever_the_clock_says() -> None:
    alert = make_alert()
    group = first_told(alert)

    result = flush(group, [resolved(alert, NOW - timedelta(hours=1))], NOW + timedelta(seconds=15), Timing())

    assert result.reason is NotifyReason.ALL_RESOLVED
    assert [alert.id for alert in result.resolved] == [alert.id]


def test_an_end_that_names_nothing_is_not_told_and_the_next_alert_is_news_again() -> None:
    result = flush(first_told(make_alert()), [], NOW + timedelta(seconds=15), Timing())

    assert result.reason is NotifyReason.NOTHING
    assert flush(result.group, [make_alert()], NOW + timedelta(seconds=30), Timing()).reason is NotifyReason.NEW


def test_an_alert_that_resolved_and_fires_again_within_an_interval_is_no_news() -> None:
    alert = make_alert()
    group = first_told(alert)

    result = flush(group, [resolved(alert), make_alert()], NOW + timedelta(seconds=15), Timing())

    assert result.reason is NotifyReason.NOTHING
    assert result.resolved == ()
    assert [settled.id for settled in result.settled] == [alert.id]


def test_an_alert_that_comes_back_milder_is_no_news_and_one_that_comes_back_worse_is() -> None:
    milder, worse = make_alert(), make_alert(severity=Severity.CRITICAL, peak=Severity.CRITICAL)
    later = NOW + timedelta(seconds=15)

    assert flush(first_told(worse), [resolved(worse), milder], later, Timing()).reason is NotifyReason.NOTHING
    assert flush(first_told(milder), [resolved(milder), worse], later, Timing()).reason is NotifyReason.NEW


def test_an_alert_that_resolved_twice_within_an_interval_is_told_once_the_last_time() -> None:
    first, last = make_alert(), make_alert()
    group = first_told(first)

    result = flush(group, [resolved(first), resolved(last)], NOW + timedelta(seconds=15), Timing())

    assert [alert.id for alert in result.resolved] == [last.id]
    assert [alert.id for alert in result.settled] == [first.id, last.id]


def test_an_alert_can_be_acknowledged_and_resolved_only_once() -> None:
    acknowledged = acknowledge(make_alert(), "ann", NOW)
    assert acknowledged

    assert acknowledge(acknowledged, "bob", NOW) is None
    assert resolve(resolved(acknowledged), NOW) is None
