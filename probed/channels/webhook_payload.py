"""Alertmanager's webhook, version 4: what programs that were written for Alertmanager take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cmp_to_key

from probed.core.alert import fingerprint
from probed.core.card import Card, CardKind
from probed.core.ids import moment_of
from probed.core.notification import Notification, ToldAlert

VERSION = "4"
NEVER = "0001-01-01T00:00:00Z"
"""The end of an alert that fires, as Go writes it."""


def payload_of(notification: Notification, max_alerts: int = 0) -> dict[str, object]:
    """`max_alerts`: 0 means all; what is left out is counted."""
    told = sorted(notification.alerts, key=cmp_to_key(_compared))[: max_alerts or None]
    return {
        "version": VERSION,
        "groupKey": notification.group_key,
        "truncatedAlerts": len(notification.alerts) - len(told),
        "status": "firing" if any(alert.status == "firing" for alert in told) else "resolved",
        "receiver": notification.receiver,
        "groupLabels": dict(notification.group_labels),
        "commonLabels": _common([alert.labels for alert in told]),
        "commonAnnotations": _common([alert.annotations for alert in told]),
        "externalURL": "",
        "alerts": [_alert(alert) for alert in told],
    }


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A card that tells of no alerts, as the one alert that it becomes; kept as the receipt, so that what replaces the
    message later is the same alert, resolved."""

    labels: Mapping[str, str]
    starts_at: str

    @classmethod
    def of(cls, card: Card, message_id: str) -> Synthetic:
        what, subject = _subject(card, message_id)
        labels = {
            "alertname": f"cortex_{card.kind}",
            "host": card.host,
            "source": "cortex",
            "severity": card.severity,
            what: subject,
        }
        at = moment_of(message_id).isoformat()
        return cls({name: value for name, value in sorted(labels.items()) if value}, at)

    @classmethod
    def from_receipt(cls, receipt: Mapping[str, object] | None) -> Synthetic | None:
        labels, starts_at = (receipt or {}).get("labels"), (receipt or {}).get("starts_at")
        if not isinstance(labels, Mapping) or not isinstance(starts_at, str):
            return None
        return cls({str(name): str(value) for name, value in labels.items()}, starts_at)

    def to_receipt(self) -> dict[str, object]:
        return {"labels": dict(self.labels), "starts_at": self.starts_at}

    def notification(self, card: Card, receiver: str, now: datetime) -> Notification:
        is_over = card.is_outcome or card.kind is CardKind.RESOLVED
        alert = ToldAlert(
            status="resolved" if is_over else "firing",
            labels=self.labels,
            annotations={"summary": " ".join(card.title.split()), "description": card.as_text()},
            starts_at=datetime.fromisoformat(self.starts_at),
            ends_at=now if is_over else None,
            fingerprint=fingerprint(self.labels),
        )
        name = self.labels["alertname"]
        return Notification(receiver, f'{{}}:{{alertname="{name}"}}', {"alertname": name}, (alert,))


def _subject(card: Card, message_id: str) -> tuple[str, str]:
    """What tells it apart from others of its kind: a program takes two with the same labels for one."""
    if card.kind is CardKind.DECISION and card.buttons:
        return "decision", card.buttons[-1].subject
    alerts = [section.subject for section in card.sections if section.subject]
    return ("alert", alerts[0]) if len(alerts) == 1 else ("message", message_id)


def go_time(moment: datetime) -> str:
    """RFC 3339 as Go writes it: no zeros at the end of a fraction, no fraction where it is none."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def _alert(alert: ToldAlert) -> dict[str, object]:
    return {
        "status": alert.status,
        "labels": dict(sorted(alert.labels.items())),
        "annotations": dict(sorted(alert.annotations.items())),
        "startsAt": go_time(alert.starts_at),
        "endsAt": go_time(alert.ends_at) if alert.ends_at and alert.status == "resolved" else NEVER,
        "generatorURL": alert.generator_url,
        "fingerprint": alert.fingerprint,
    }


def _compared(one: ToldAlert, other: ToldAlert) -> int:
    """Alertmanager's order: by job, then by instance, those without one last; then by all labels."""
    for name in ("job", "instance"):
        mine, others = one.labels.get(name), other.labels.get(name)
        if mine != others:
            return (mine is None) - (others is None) if None in (mine, others) else _sign(str(mine), str(others))
    if len(one.labels) != len(other.labels):
        return len(one.labels) - len(other.labels)
    for name in sorted({*one.labels, *other.labels}):
        if one.labels.get(name) != other.labels.get(name):
            return _sign(one.labels.get(name, ""), other.labels.get(name, ""))
    return 0


def _sign(one: str, other: str) -> int:
    """Go compares bytes."""
    return -1 if one.encode() < other.encode() else 1


def _common(sets: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What stands in all of them, with the same value."""
    if not sets:
        return {}
    first, others = sets[0], sets[1:]
    return {name: value for name, value in sorted(first.items()) if all(one.get(name) == value for one in others)}
