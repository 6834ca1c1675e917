"""Alertmanager's flush as a pure machine: when a group of alerts is told, to whom, and why.

Source: the dedup order and the timers of prometheus/alertmanager (dispatch.go, notify.go): the timer starts with
`group_wait`, is armed again with `group_interval` at each flush, and a new alert never shortens it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import cast

from probed.core.alert import Alert, AlertState

MAINTENANCE = timedelta(seconds=30)
"""How often Alertmanager removes the groups that have become empty."""


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
    route_key: str
    next_flush_at: datetime | None
    """None: the group sleeps until an alert wakes it."""
    told_at: datetime | None = None
    """When anybody was last told of it."""
    has_flushed: bool = False
    """Since it was last woken: then an alert that is old by itself waits for the timer."""
    emptied_at: datetime | None = None
    """When its last alert left it, where the timer goes on all the same until the next maintenance."""


@dataclass(frozen=True, slots=True)
class Record:
    """What one recipient was last told of a group."""

    group_key: str
    receiver: str
    recipient: str
    firing: frozenset[str]
    """News keys of the alerts that it was told to fire."""
    resolved: frozenset[str]
    told_at: datetime

    def to_payload(self) -> dict[str, object]:
        return {
            "group_key": self.group_key,
            "receiver": self.receiver,
            "recipient": self.recipient,
            "firing": sorted(self.firing),
            "resolved": sorted(self.resolved),
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, object], told_at: datetime) -> Record:
        return cls(
            group_key=str(payload["group_key"]),
            receiver=str(payload["receiver"]),
            recipient=str(payload["recipient"]),
            firing=frozenset(cast(Sequence[str], payload["firing"])),
            resolved=frozenset(cast(Sequence[str], payload["resolved"])),
            told_at=told_at,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """Alerts that are not told now, by id, each with why."""

    silenced: Mapping[str, str] = field(default_factory=dict)
    """By silence or inhibition: what was announced before is told all the same when it resolves."""
    deferred: Mapping[str, str] = field(default_factory=dict)
    """By the time of day and the like: also what resolves meanwhile is told only afterwards."""

    def holds(self, alert: Alert) -> bool:
        return alert.id in self.silenced or alert.id in self.deferred


@dataclass(frozen=True, slots=True)
class Target:
    """A recipient, and what it has heard."""

    receiver: str
    recipient: str
    send_resolved: bool = True
    record: Record | None = None


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a recipient is told."""

    recipient: str
    reason: NotifyReason
    firing: tuple[Alert, ...]
    resolved: tuple[Alert, ...]
    """Without those that fire again."""
    record: Record
    """As it is once this has been told."""

    @property
    def is_message(self) -> bool:
        """Whether there is anything to say to one that does not hear of what resolved."""
        return bool(self.firing or self.resolved)


@dataclass(frozen=True, slots=True)
class Flush:
    group: Group
    announcements: tuple[Announcement, ...]
    cleared: tuple[Record, ...]
    """Records of whom nothing was told, and who is to hear of the next alert as of a new one."""
    firing: tuple[Alert, ...]
    done: tuple[Alert, ...]
    """All that resolved and that the group lets go."""


def wake(group: Group, alert_starts_at: datetime, now: datetime, timing: Timing) -> Group:
    """Start the timer for an alert that came in or changed; a timer that runs already is left alone, unless the group
    was never flushed and the alert has waited long enough elsewhere."""
    is_old = alert_starts_at + timedelta(seconds=timing.wait_s) < now
    if group.next_flush_at is not None:
        soon = is_old and not group.has_flushed and group.next_flush_at > now
        return replace(group, next_flush_at=now) if soon else group
    wait_s = 0.0 if is_old else timing.wait_s
    if group.told_at:
        since_told_s = max(0.0, (now - group.told_at).total_seconds())
        wait_s = max(wait_s, timing.interval_s - since_told_s)
    return replace(group, next_flush_at=now + timedelta(seconds=wait_s), has_flushed=False)


def wake_strictly(
    group: Group, alert_starts_at: datetime, now: datetime, timing: Timing, maintained_since: datetime
) -> Group:
    """As Alertmanager does it: an empty group keeps its timer until the maintenance finds it, then it begins anew."""
    if group.next_flush_at is not None:
        return wake(group, alert_starts_at, now, timing)
    if group.emptied_at and _maintenance_after(group.emptied_at, maintained_since) > now:
        turns = max(ceil((now - group.emptied_at) / timedelta(seconds=timing.interval_s)), 1)
        return replace(group, next_flush_at=group.emptied_at + turns * timedelta(seconds=timing.interval_s))
    return wake(replace(group, told_at=None, emptied_at=None), alert_starts_at, now, timing)


def _maintenance_after(moment: datetime, since: datetime) -> datetime:
    return since + ceil((moment - since) / MAINTENANCE) * MAINTENANCE


def flush(
    group: Group,
    alerts: Sequence[Alert],
    targets: Sequence[Target],
    now: datetime,
    timing: Timing,
    held: Held | None = None,
    *,
    strict: bool = False,
) -> Flush:
    """Decide on a group whose timer is due. `alerts`: in the order of their coming, all that the group has not let go.

    `strict`: as Alertmanager does it: what is held counts as not there at all.
    """
    held = held or Held()
    at = _planned(group, now, timing)
    firing = tuple(alert for alert in alerts if alert.state is not AlertState.RESOLVED)
    over = tuple(alert for alert in alerts if alert.state is AlertState.RESOLVED)
    announcements: list[Announcement] = []
    cleared: list[Record] = []
    for target in targets:
        announcement = _tell(group, target, firing, over, at, timing, held, strict=strict)
        if announcement.reason.should_notify:
            announcements.append(announcement)
        elif target.record and target.record.firing and not firing and not strict and not held.deferred:
            cleared.append(replace(target.record, firing=frozenset()))
    kept = () if strict else _waiting(over, targets, held)
    kept_ids = frozenset(alert.id for alert in kept)
    done = tuple(alert for alert in over if alert.id not in kept_ids)
    stays_awake = bool(firing or kept)
    flushed = replace(
        group,
        next_flush_at=at + timedelta(seconds=timing.interval_s) if stays_awake else None,
        has_flushed=stays_awake or strict,
        emptied_at=at if strict and not stays_awake else None,
        told_at=at if any(announcement.is_message for announcement in announcements) else group.told_at,
    )
    return Flush(flushed, tuple(announcements), tuple(cleared), firing, done)


def _tell(
    group: Group,
    target: Target,
    firing: Sequence[Alert],
    over: Sequence[Alert],
    at: datetime,
    timing: Timing,
    held: Held,
    *,
    strict: bool,
) -> Announcement:
    record = target.record
    told = record.firing if record else frozenset()
    heard_firing = tuple(alert for alert in firing if not held.holds(alert))
    ended = _without_those_that_fire_again(over, firing)
    heard_over = tuple(
        alert
        for alert in ended
        if not held.holds(alert) or (not strict and alert.id not in held.deferred and alert.is_told_in(told))
    )
    still_told = (
        frozenset()
        if strict
        else frozenset(alert.news_key for alert in (*firing, *ended) if held.holds(alert) and alert.is_told_in(told))
        - frozenset(alert.news_key for alert in heard_over)
    )
    reason = notify_reason(record, heard_firing, heard_over, at, timing, send_resolved=target.send_resolved)
    told_now = Record(
        group_key=group.key,
        receiver=target.receiver,
        recipient=target.recipient,
        firing=frozenset(alert.news_key for alert in heard_firing) | still_told,
        resolved=frozenset(alert.news_key for alert in heard_over),
        told_at=at,
    )
    said = heard_over if target.send_resolved else ()
    return Announcement(target.recipient, reason, heard_firing, said, told_now)


def notify_reason(
    record: Record | None,
    firing: Sequence[Alert],
    resolved: Sequence[Alert],
    at: datetime,
    timing: Timing,
    *,
    send_resolved: bool = True,
) -> NotifyReason:
    """Alertmanager's order (notify.go, DedupStage)."""
    if record is None:
        return NotifyReason.FIRST if firing else NotifyReason.NOTHING
    if not all(alert.is_told_in(record.firing) for alert in firing):
        return NotifyReason.NEW
    if not firing:
        return NotifyReason.ALL_RESOLVED if record.firing and resolved else NotifyReason.NOTHING
    if send_resolved and not all(alert.is_told_in(record.resolved) for alert in resolved):
        return NotifyReason.RESOLVED
    unacknowledged = any(alert.state is AlertState.FIRING for alert in firing)
    if unacknowledged and (at - record.told_at).total_seconds() > timing.repeat_s:
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


def _waiting(over: Sequence[Alert], targets: Sequence[Target], held: Held) -> tuple[Alert, ...]:
    """What was announced and has resolved, but is not told now."""
    told = [target.record.firing for target in targets if target.record]
    return tuple(
        alert for alert in over if alert.id in held.deferred and any(alert.is_told_in(firing) for firing in told)
    )
