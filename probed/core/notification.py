"""What a program is told of a group of alerts: what Alertmanager's webhook holds, whatever the channel makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast


@dataclass(frozen=True, slots=True)
class ToldAlert:
    status: str
    """`firing` or `resolved`."""
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    starts_at: datetime
    ends_at: datetime | None
    """None while it fires."""
    fingerprint: str
    generator_url: str = ""

    def to_payload(self) -> dict[str, object]:
        return {
            "status": self.status,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
            "fingerprint": self.fingerprint,
            "generator_url": self.generator_url,
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> ToldAlert:
        ends_at = payload["ends_at"]
        return cls(
            status=str(payload["status"]),
            labels=cast(Mapping[str, str], payload["labels"]),
            annotations=cast(Mapping[str, str], payload["annotations"]),
            starts_at=datetime.fromisoformat(str(payload["starts_at"])),
            ends_at=datetime.fromisoformat(str(ends_at)) if ends_at else None,
            fingerprint=str(payload["fingerprint"]),
            generator_url=str(payload["generator_url"]),
        )


@dataclass(frozen=True, slots=True)
class Notification:
    receiver: str
    group_key: str
    """As Alertmanager prints it: `{}/{team="db"}:{alertname="Down"}`."""
    group_labels: Mapping[str, str]
    alerts: tuple[ToldAlert, ...]

    def to_payload(self) -> dict[str, object]:
        return {
            "receiver": self.receiver,
            "group_key": self.group_key,
            "group_labels": dict(self.group_labels),
            "alerts": [alert.to_payload() for alert in self.alerts],
        }

    @classmethod
    def from_payload(cls, payload: Mapping[str, object]) -> Notification:
        alerts = cast(Sequence[Mapping[str, object]], payload["alerts"])
        return cls(
            receiver=str(payload["receiver"]),
            group_key=str(payload["group_key"]),
            group_labels=cast(Mapping[str, str], payload["group_labels"]),
            alerts=tuple(ToldAlert.from_payload(alert) for alert in alerts),
        )
