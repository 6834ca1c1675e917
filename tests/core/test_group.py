from datetime import datetime, timedelta

import pytest

from probed.core.alert import Alert, AlertState, acknowledge, resolve, update
from probed.core.finding import Severity
from probed.core.group import Group, NotifyReason, Timing, flush, wake
from tests.factories import NOW, make_alert, make_group


def told_at(timing: Timing, alerts: list[tuple[float, Alert]], until_s: float) -> list[float]:
    """Play alerts (with the second at which they come in) through a group and return the seconds of notifications."""
    group = make_group(next_flush_at=None)
    known: dict[str, Alert] = {}
    told: list[float] = []
    pending = sorted(alerts, key=lambda item: item[0])
    for tenth in range(int(until_s * 10) + 1):
        now = NOW + timedelta(seconds=tenth / 10)
        while pending and pending[0][0] <= tenth / 10:
            _, alert = pending.pop(0)
            known[alert.id] = alert
            group = wake(group, now, timing)
        if group.next_flush_at is not None and group.next_flush_at <= now:
            result = flush(group, of_group(known, group), now, timing)
            group = result.group
            told += [tenth / 10] if result.reason.should_notify else []
    return told


def of_group(known: dict[str, Alert], group: Group) -> list[Alert]:
    return [
        alert
        for alert in known.values()
        if alert.ends_at is None or (group.told_at is not None and alert.ends_at > group.told_at)
    ]


@pytest.mark.parametrize(
    ("repeat_s", "seconds"),
    [(3, [1, 7, 13, 19]), (5, [1, 7, 13, 19]), (7, [1, 10, 19])],
)
def test_repeats_come_at_the_seconds_measured_on_alertmanager(repeat_s: float, seconds: list[float]) -> None:
    timing = Timing(wait_s=1, interval_s=3, repeat_s=repeat_s)

    # with equal intervals (3 s) Alertmanager races with itself: it was measured at 16 s as well

    assert told_at(timing, [(0, make_alert())], until_s=20) == seconds


def test_a_new_alert_never_shortens_the_interval() -> None:
    timing = Timing(wait_s=1, interval_s=10, repeat_s=3600)

    told = told_at(timing, [(0, make_alert()), (2, make_alert()), (3, make_alert())], until_s=30)

    assert told == [1, 11]


def test_two_hundred_alerts_of_a_group_are_one_message() -> None:
    told = told_at(Timing(), [(0.5, make_alert()) for _ in range(200)], until_s=60)

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
    resolved = resolve(alert, NOW + timedelta(seconds=5))
    assert resolved

    result = flush(group, [resolved], NOW + timedelta(seconds=15), Timing())

    assert result.reason is NotifyReason.ALL_RESOLVED
    assert result.group.next_flush_at is None


def test_what_came_and_went_before_the_first_flush_is_not_told() -> None:
    assert flush(make_group(), [], NOW, Timing()).reason is NotifyReason.NOTHING


def test_one_of_two_resolving_is_told() -> None:
    stays, goes = make_alert(), make_alert()
    group = flush(make_group(), [stays, goes], NOW, Timing()).group
    resolved = resolve(goes, NOW + timedelta(seconds=5))
    assert resolved

    assert flush(group, [stays, resolved], NOW + timedelta(seconds=15), Timing()).reason is NotifyReason.RESOLVED


def test_an_alert_can_be_acknowledged_and_resolved_only_once() -> None:
    acknowledged = acknowledge(make_alert(), "ann", NOW)
    assert acknowledged
    resolved = resolve(acknowledged, NOW)
    assert resolved

    assert acknowledge(acknowledged, "bob", NOW) is None
    assert resolve(resolved, NOW) is None
