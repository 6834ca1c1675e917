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


def wake(group: Group, now: datetime, timing: Timing) -> Group:
    """Start the timer for an alert that came in or changed; a timer that runs already is left alone."""
    if group.next_flush_at is not None:
        return group
    since_told = (now - group.told_at).total_seconds() if group.told_at else None
    wait_s = timing.wait_s
    if since_told is not None:
        wait_s = max(timing.wait_s, timing.interval_s - since_told)
    return replace(group, next_flush_at=now + timedelta(seconds=wait_s))


def flush(group: Group, alerts: Sequence[Alert], now: datetime, timing: Timing) -> Flush:
    """Decide on a group whose timer is due. `alerts`: the open ones and those that resolved since they were told."""
    firing = tuple(alert for alert in alerts if alert.state is not AlertState.RESOLVED)
    resolved = tuple(alert for alert in alerts if alert.state is AlertState.RESOLVED)
    reason = notify_reason(group, firing, resolved, now, timing)
    told = group
    if reason.should_notify:
        told = replace(
            group,
            told_firing=frozenset(alert.news_key for alert in firing),
            told_resolved=frozenset(alert.news_key for alert in resolved),
            told_at=now,
        )
    next_flush_at = now + timedelta(seconds=timing.interval_s) if firing else None
    return Flush(replace(told, next_flush_at=next_flush_at), reason, firing, resolved)


def notify_reason(
    group: Group, firing: Sequence[Alert], resolved: Sequence[Alert], now: datetime, timing: Timing
) -> NotifyReason:
    keys = {alert.news_key for alert in firing}
    if group.told_at is None:
        return NotifyReason.FIRST if firing else NotifyReason.NOTHING
    if not keys <= group.told_firing:
        return NotifyReason.NEW
    if not firing:
        return NotifyReason.ALL_RESOLVED if group.told_firing else NotifyReason.NOTHING
    if not {alert.news_key for alert in resolved} <= group.told_resolved:
        return NotifyReason.RESOLVED
    unacknowledged = any(alert.state is AlertState.FIRING for alert in firing)
    if unacknowledged and (now - group.told_at).total_seconds() > timing.repeat_s:
        return NotifyReason.REPEAT
    return NotifyReason.NOTHING
