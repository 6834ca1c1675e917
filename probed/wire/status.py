"""The status of the host and of the daemon itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from probed.wire.alert import AlertShape
from probed.wire.channel import BreakerShape
from probed.wire.decision import DecisionShape
from probed.wire.inspection import BrokenShape, PlannedShape
from probed.wire.report import Verdict

RoleName = Literal["viewer", "operator", "admin"]
"""Each may do what the ones before it may."""


@dataclass(frozen=True, slots=True)
class SourceShape:
    """The newest report of one inspection or submitter."""

    source: str
    verdict: Verdict
    summary: str
    at: str
    run_id: str


@dataclass(frozen=True, slots=True)
class GaugeShape:
    """A number of the newest sweep, with the bounds that judge it."""

    name: str
    value: float
    unit: str
    warning: float | None
    critical: float | None
    outlook: str = ""
    """As in `full in 3 to 5 days`; empty: nothing is foreseen."""


@dataclass(frozen=True, slots=True)
class DaemonShape:
    version: str
    pid: int
    started_at: str
    uptime_s: float
    rss_mib: float
    loop_lag_ms: float
    ready: bool
    agent: str
    """`none`, or the backend with its state, as in `claude: ready`."""
    channels: list[str]
    heartbeat: str
    """`off`, or how the sign of life to somebody outside stands."""
    messages_pending: int
    messages_dead: int
    events: dict[str, str]
    """What tells by itself what happens on this host, with `live`, `begins`, or why it does not (`polled: …`)."""


@dataclass(frozen=True, slots=True)
class StatusShape:
    host: str
    verdict: Verdict
    mode: Literal["observe", "earned", "act"]
    at: str
    first_sweep_done: bool
    sources: list[SourceShape]
    alerts: list[AlertShape]
    """Open ones, the worst first; at most 50."""
    decisions: list[DecisionShape]
    gauges: list[GaugeShape]
    next_runs: list[PlannedShape]
    notes: list[str]
    """What this host does not have or the daemon may not see, each once, with the remedy."""
    broken: list[BrokenShape]
    recent_changes: list[str]
    breakers: list[BreakerShape]
    """Channels, and what of the host is asked again and again: which of it is left alone for a while, and why."""
    daemon: DaemonShape
    counts: dict[str, Any]
    role: RoleName
    """Of whoever asks."""


@dataclass(frozen=True, slots=True)
class Probe:
    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Readiness:
    ready: bool
    probes: list[Probe]


@dataclass(frozen=True, slots=True)
class Health:
    alive: bool
