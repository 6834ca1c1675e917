"""What `/api/v2` says and takes: the shapes of Alertmanager's API, with its names."""

from __future__ import annotations

from dataclasses import dataclass

API = "/api/v2"
ALERTS = f"{API}/alerts"
GROUPS = f"{API}/alerts/groups"
SILENCES = f"{API}/silences"
SILENCE = f"{API}/silence"
STATUS = f"{API}/status"
RECEIVERS = f"{API}/receivers"


@dataclass(frozen=True, slots=True)
class PostableAlert:
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: str | None = None
    endsAt: str | None = None
    generatorURL: str | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    name: str


@dataclass(frozen=True, slots=True)
class AlertStatus:
    state: str
    """`active` or `suppressed`."""
    silencedBy: list[str]
    inhibitedBy: list[str]
    mutedBy: list[str]


@dataclass(frozen=True, slots=True)
class GettableAlert:
    labels: dict[str, str]
    annotations: dict[str, str]
    receivers: list[Receiver]
    startsAt: str
    updatedAt: str
    endsAt: str
    fingerprint: str
    status: AlertStatus
    generatorURL: str


@dataclass(frozen=True, slots=True)
class AlertGroup:
    labels: dict[str, str]
    receiver: Receiver
    alerts: list[GettableAlert]


@dataclass(frozen=True, slots=True)
class MatcherShape:
    name: str
    value: str
    isRegex: bool
    isEqual: bool = True


@dataclass(frozen=True, slots=True)
class PostableSilence:
    matchers: list[MatcherShape]
    startsAt: str
    endsAt: str
    createdBy: str
    comment: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class SilenceCreated:
    silenceID: str


@dataclass(frozen=True, slots=True)
class SilenceStatus:
    state: str
    """`pending`, `active` or `expired`."""


@dataclass(frozen=True, slots=True)
class GettableSilence:
    id: str
    status: SilenceStatus
    updatedAt: str
    matchers: list[MatcherShape]
    startsAt: str
    endsAt: str
    createdBy: str
    comment: str


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    status: str
    peers: list[str]


@dataclass(frozen=True, slots=True)
class VersionInfo:
    version: str
    revision: str
    branch: str
    buildUser: str
    buildDate: str
    goVersion: str


@dataclass(frozen=True, slots=True)
class ConfigText:
    original: str


@dataclass(frozen=True, slots=True)
class ServerStatus:
    cluster: ClusterStatus
    versionInfo: VersionInfo
    config: ConfigText
    uptime: str
