from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from probed.core.alert import Alert, AlertState, acknowledge, resolve, update
from probed.core.finding import Severity
from probed.core.group import (
    Announcement,
    Group,
    Held,
    NotifyReason,
    Record,
    Target,
    Timing,
    flush,
    wake,
    wake_strictly,
)
from tests.factories import NOW, make_alert, make_group


@dataclass
class Ear:
    """One recipient of a group, with what it has heard."""

    group: Group = field(default_factory=make_group)
    record: Record | None = None
    timing: Timing = field(default_factory=Timing)
    send_resolved: bool = True
    strict: bool = False
    news: Announcement | None = None
    done: tuple[Alert, ...] = ()

    def flush(self, alerts: Sequence[Alert], now: datetime = NOW, held: Held | None = None) -> NotifyReason:
        target = Target("default", "recording", self.send_resolved, self.record)
        result = flush(self.group, alerts, [target], now, self.timing, held, strict=self.strict)
        self.group, self.done, self.news = result.group, result.done, None
        for self.record in result.cleared:
            pass
        for self.news in result.announcements:
            self.record = self.news.record
        return self.news.reason if self.news else NotifyReason.NOTHING

    @property
    def resolved(self) -> list[str]:
        return [alert.id for alert in self.news.resolved] if self.news else []


def told_at(timing: Timing, alerts: list[tuple[float, Alert]], until_s: float, late_s: float = 0.0) -> list[float]:
    """Play alerts (with the second at which they come in) through a group and return the seconds of notifications, by a
    loop that wakes `late_s` after its time."""
    ear = Ear(make_group(next_flush_at=None), timing=timing)
    known: list[Alert] = []
    told: list[float] = []
    pending = sorted(alerts, key=lambda item: item[0])
    for tenth in range(int(until_s * 10) + 1):
        now = NOW + timedelta(seconds=tenth / 10)
        while pending and pending[0][0] <= tenth / 10:
            known.append(replace(pending.pop(0)[1], starts_at=now))
            ear.group = wake(ear.group, now, now, timing)
        if ear.group.next_flush_at is not None and ear.group.next_flush_at <= now:
            reason = ear.flush(known, now + timedelta(seconds=late_s))
            told += [tenth / 10] if reason.should_notify else []
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
    ear = Ear()

    ear.flush([make_alert()], woken)

    assert ear.group.told_at == woken
    assert ear.group.next_flush_at == woken + timedelta(seconds=15)


def test_a_clock_that_was_set_back_delays_a_group_by_no_more_than_its_interval() -> None:
    group = make_group(next_flush_at=None, told_at=NOW + timedelta(hours=1))

    assert wake(group, NOW, NOW, Timing(interval_s=15)).next_flush_at == NOW + timedelta(seconds=15)


def test_an_alert_that_is_older_than_the_wait_is_told_at_once_unless_the_group_was_flushed_already() -> None:
    timing, long_ago, soon = Timing(wait_s=30), NOW - timedelta(minutes=1), NOW + timedelta(seconds=20)

    assert wake(make_group(next_flush_at=None), long_ago, NOW, timing).next_flush_at == NOW
    assert wake(make_group(next_flush_at=soon), long_ago, NOW, timing).next_flush_at == NOW
    assert wake(make_group(next_flush_at=soon, has_flushed=True), long_ago, NOW, timing).next_flush_at == soon
    assert wake(make_group(next_flush_at=soon), NOW, NOW, timing).next_flush_at == soon


def test_a_new_alert_never_shortens_the_interval() -> None:
    timing = Timing(wait_s=1, interval_s=10, repeat_s=3600)

    told = told_at(timing, [(0, alert_of("/a")), (2, alert_of("/b")), (3, alert_of("/c"))], until_s=30)

    assert told == [1, 11]


def test_two_hundred_alerts_of_a_group_are_one_message() -> None:
    told = told_at(Timing(), [(0.5, alert_of(f"/{number}")) for number in range(200)], until_s=60)

    assert told == [1.5]


def told(*alerts: Alert, **changes: Any) -> Ear:
    """An ear that has heard of these alerts at NOW."""
    ear = Ear(**changes)
    ear.flush(alerts)
    return ear


LATER = NOW + timedelta(seconds=15)
NOTHING = NotifyReason.NOTHING


def test_an_unchanged_group_is_not_told_again_before_the_repeat_interval() -> None:
    alert = make_alert()
    ear = told(alert)

    assert ear.flush([alert], LATER) is NOTHING
    assert ear.flush([alert], NOW + timedelta(hours=12, seconds=15)) is NotifyReason.REPEAT


def test_an_acknowledged_alert_is_not_repeated() -> None:
    alert = make_alert()
    acknowledged = acknowledge(alert, "ann", NOW)
    assert acknowledged

    assert told(alert).flush([acknowledged], NOW + timedelta(hours=13)) is NOTHING


def test_getting_worse_is_news_and_getting_better_is_not() -> None:
    alert = make_alert()
    ear = told(alert)
    worse = update(alert, Severity.CRITICAL, "fuller", NOW)
    better = update(worse, Severity.WARNING, "less full", NOW)

    assert ear.flush([worse]) is NotifyReason.NEW
    assert ear.flush([better]) is NOTHING


def test_getting_worse_ends_the_acknowledgement() -> None:
    acknowledged = acknowledge(make_alert(), "ann", NOW)
    assert acknowledged

    assert update(acknowledged, Severity.CRITICAL, "fuller", NOW).state is AlertState.FIRING


def test_what_was_told_firing_is_told_resolved_and_the_group_sleeps() -> None:
    alert = make_alert()
    ear = told(alert)

    assert ear.flush([resolved(alert)], LATER) is NotifyReason.ALL_RESOLVED
    assert ear.group.next_flush_at is None


def test_what_came_and_went_before_the_first_flush_is_not_told() -> None:
    over = resolved(make_alert())
    ear = Ear()

    assert ear.flush([over]) is NOTHING
    assert ear.done == (over,)


def test_one_of_two_resolving_is_told() -> None:
    stays, goes = alert_of("/a"), alert_of("/b")
    ear = told(stays, goes)

    assert ear.flush([stays, resolved(goes)], LATER) is NotifyReason.RESOLVED
    assert [alert.id for alert in ear.done] == [goes.id]


def test_an_end_is_found_by_its_state_whatever_the_clock_says() -> None:
    alert = make_alert()
    ear = told(alert)

    assert ear.flush([resolved(alert, NOW - timedelta(hours=1))], LATER) is NotifyReason.ALL_RESOLVED
    assert ear.resolved == [alert.id]


def test_an_end_that_names_nothing_is_not_told_and_the_next_alert_is_news_again() -> None:
    ear = told(make_alert())

    assert ear.flush([], LATER) is NOTHING
    assert ear.flush([make_alert()], NOW + timedelta(seconds=30)) is NotifyReason.NEW


def test_an_alert_that_resolved_and_fires_again_within_an_interval_is_no_news() -> None:
    alert = make_alert()
    ear = told(alert)

    assert ear.flush([resolved(alert), make_alert()], LATER) is NOTHING
    assert [over.id for over in ear.done] == [alert.id]


def test_an_alert_that_comes_back_milder_is_no_news_and_one_that_comes_back_worse_is() -> None:
    milder, worse = make_alert(), make_alert(severity=Severity.CRITICAL, peak=Severity.CRITICAL)

    assert told(worse).flush([resolved(worse), milder], LATER) is NOTHING
    assert told(milder).flush([resolved(milder), worse], LATER) is NotifyReason.NEW


def test_an_alert_that_resolved_twice_within_an_interval_is_told_once_the_last_time() -> None:
    first, last = make_alert(), make_alert()
    ear = told(first)

    ear.flush([resolved(first), resolved(last)], LATER)

    assert ear.resolved == [last.id]
    assert [over.id for over in ear.done] == [first.id, last.id]


def test_who_does_not_hear_of_ends_is_told_of_a_new_alert_all_the_same() -> None:
    stays, goes = alert_of("/a"), alert_of("/b")
    ear = told(stays, goes, send_resolved=False)

    assert ear.flush([stays, resolved(goes)], LATER) is NOTHING
    assert ear.flush([resolved(stays)], LATER) is NotifyReason.ALL_RESOLVED
    assert ear.news
    assert not ear.news.is_message
    assert ear.flush([stays], LATER) is NotifyReason.NEW


def silenced(*alerts: Alert) -> Held:
    return Held(silenced={alert.id: "silenced" for alert in alerts})


def deferred(*alerts: Alert) -> Held:
    return Held(deferred={alert.id: "at night" for alert in alerts})


def test_what_is_silenced_is_not_told_and_is_new_once_the_silence_is_over() -> None:
    alert = make_alert()
    ear = Ear()

    assert ear.flush([alert], held=silenced(alert)) is NOTHING
    assert ear.flush([alert], LATER) is NotifyReason.FIRST


def test_what_was_announced_is_told_resolved_although_it_is_silenced_but_not_in_strict_mode() -> None:
    alert = make_alert()
    over = resolved(alert)

    assert told(alert).flush([over], LATER, silenced(alert)) is NotifyReason.ALL_RESOLVED
    assert Ear().flush([over], LATER, silenced(alert)) is NOTHING
    assert told(alert, strict=True).flush([over], LATER, silenced(alert)) is NOTHING


def test_what_was_announced_before_its_silence_is_no_news_when_that_ends() -> None:
    stays, quiet, new = alert_of("/a"), alert_of("/b"), alert_of("/c")
    ear = told(stays, quiet)

    assert ear.flush([stays, quiet, new], LATER, silenced(quiet)) is NotifyReason.NEW
    assert ear.flush([stays, quiet, new], LATER) is NOTHING


def test_in_strict_mode_it_is_news_as_in_alertmanager() -> None:
    stays, quiet, new = alert_of("/a"), alert_of("/b"), alert_of("/c")
    ear = told(stays, quiet, strict=True)

    assert ear.flush([stays, quiet, new], LATER, silenced(quiet)) is NotifyReason.NEW
    assert ear.flush([stays, quiet, new], LATER) is NotifyReason.NEW


def test_an_end_at_a_time_when_nothing_is_told_waits_for_its_time() -> None:
    alert, unheard = alert_of("/a"), alert_of("/b")
    ear = told(alert)
    over = [resolved(alert), resolved(unheard)]

    assert ear.flush(over, LATER, deferred(*over)) is NOTHING
    assert [done.id for done in ear.done] == [unheard.id]
    assert ear.group.next_flush_at
    assert ear.flush(over[:1], LATER + timedelta(seconds=15)) is NotifyReason.ALL_RESOLVED


def test_in_strict_mode_an_empty_group_keeps_its_rhythm_until_the_maintenance() -> None:
    timing, alert = Timing(wait_s=1, interval_s=4), make_alert()
    ear = told(alert, strict=True, timing=timing)
    ear.flush([resolved(alert)], NOW + timedelta(seconds=4))
    began = NOW - timedelta(seconds=1)  # so the next maintenance is at 29 s

    def woken_at(second: float) -> float:
        now = NOW + timedelta(seconds=second)
        group = wake_strictly(ear.group, now, now, timing, began)
        assert group.next_flush_at
        return (group.next_flush_at - NOW).total_seconds()

    assert [woken_at(second) for second in (5, 10, 28.5, 29.5)] == [8, 12, 32, 30.5]


def test_an_alert_can_be_acknowledged_and_resolved_only_once() -> None:
    acknowledged = acknowledge(make_alert(), "ann", NOW)
    assert acknowledged

    assert acknowledge(acknowledged, "bob", NOW) is None
    assert resolve(resolved(acknowledged), NOW) is None
