"""Alertmanager's flush as a pure machine: when a group of alerts is told, and why.

Source: the dedup order and the timers of prometheus/alertmanager (dispatch.go, notify.go): the timer starts with
`group_wait`, is armed again with `group_interval` at each flush, and a new alert never shortens it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from probed.core.alert import Alert, AlertState


@dataclass(frozen=True, slots=True)
class Timing:
    wait_s: float = 1.0
    interval_s: float = 15.0
    repeat_s: float = 12 * 3600.0


class NotifyReason(enum.StrEnum):
    NOTHING = "nothing new"
    FIRST = "first alert of the group"
    NEW = "new alert in the group"
    ALL_RESOLVED = "all alerts resolved"
    RESOLVED = "an alert resolved"
    REPEAT = "still firing after the repeat interval"

    @property
    def should_notify(self) -> bool:
        return self is not NotifyReason.NOTHING


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    labels: Mapping[str, str]
    next_flush_at: datetime | None
    """None: the group sleeps until an alert wakes it."""
    told_firing: frozenset[str] = frozenset()
    """News keys of the alerts that the last notification called firing."""
    told_resolved: frozenset[str] = frozenset()
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Flush:
    group: Group
    reason: NotifyReason
    firing: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    """Without those that fire again."""
    settled: tuple[Alert, ...]
    """All that resolved, to be stored: the group has done with them."""


def wake(group: Group, now: datetime, timing: Timing) -> Group:
    """Start the timer for an alert that came in or changed; a timer that runs already is left alone."""
    if group.next_flush_at is not None:
        return group
    wait_s = timing.wait_s
    if group.told_at:
        since_told_s = max(0.0, (now - group.told_at).total_seconds())
        wait_s = max(timing.wait_s, timing.interval_s - since_told_s)
    return replace(group, next_flush_at=now + timedelta(seconds=wait_s))


def flush(group: Group, alerts: Sequence[Alert], now: datetime, timing: Timing) -> Flush:
    """Decide on a group whose timer is due. `alerts`: in the order of their coming, all that are not settled."""
    at = _planned(group, now, timing)
    firing = tuple(alert for alert in alerts if alert.state is not AlertState.RESOLVED)
    over = tuple(alert for alert in alerts if alert.state is AlertState.RESOLVED)
    resolved = _without_those_that_fire_again(over, firing)
    reason = notify_reason(group, firing, resolved, at, timing)
    told = group
    if reason.should_notify:
        told = replace(
            group,
            told_firing=frozenset(alert.news_key for alert in firing),
            told_resolved=frozenset(alert.news_key for alert in resolved),
            told_at=at,
        )
    elif not firing:
        told = replace(group, told_firing=frozenset())
    next_flush_at = at + timedelta(seconds=timing.interval_s) if firing else None
    settled = tuple(replace(alert, is_settled=True) for alert in over)
    return Flush(replace(told, next_flush_at=next_flush_at), reason, firing, resolved, settled)


def holding(before: Group, after: Group, held: Sequence[Alert], now: datetime, timing: Timing) -> Group:
    """The group after a flush from which some alerts were held back: what was told of them is still so, and they are
    looked at again."""
    if not held:
        return after
    mine = {alert.fingerprint for alert in held}
    kept = frozenset(key for key in before.told_firing if key.partition(":")[0] in mine)
    next_flush_at = after.next_flush_at or _planned(before, now, timing) + timedelta(seconds=timing.interval_s)
    return replace(after, told_firing=after.told_firing | kept, next_flush_at=next_flush_at)


def notify_reason(
    group: Group, firing: Sequence[Alert], resolved: Sequence[Alert], at: datetime, timing: Timing
) -> NotifyReason:
    if group.told_at is None:
        return NotifyReason.FIRST if firing else NotifyReason.NOTHING
    if not all(alert.is_told_in(group.told_firing) for alert in firing):
        return NotifyReason.NEW
    if not firing:
        return NotifyReason.ALL_RESOLVED if group.told_firing and resolved else NotifyReason.NOTHING
    if not all(alert.is_told_in(group.told_resolved) for alert in resolved):
        return NotifyReason.RESOLVED
    unacknowledged = any(alert.state is AlertState.FIRING for alert in firing)
    if unacknowledged and (at - group.told_at).total_seconds() > timing.repeat_s:
        return NotifyReason.REPEAT
    return NotifyReason.NOTHING


def _planned(group: Group, now: datetime, timing: Timing) -> datetime:
    """The moment that was planned, so that a loop that wakes late does not shift the rhythm; `now` where that would not
    catch up."""
    planned = group.next_flush_at or now
    return planned if now - planned < timedelta(seconds=timing.interval_s) else now


def _without_those_that_fire_again(over: Sequence[Alert], firing: Sequence[Alert]) -> tuple[Alert, ...]:
    """Of what resolved more than once, the last time."""
    last = {alert.fingerprint: alert for alert in over}
    again = {alert.fingerprint for alert in firing}
    return tuple(alert for fingerprint, alert in last.items() if fingerprint not in again)
