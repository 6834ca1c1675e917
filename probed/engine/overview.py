"""What `status` says: the host at a glance, put together from the monitor, the schedule and the newest sweep."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from probed.core.alert import Alert
from probed.core.breaker import BreakerFacts
from probed.core.change import Change
from probed.core.decision import Decision, DecisionState
from probed.core.finding import Severity
from probed.core.forecast import Forecast
from probed.core.host_event import SourceFacts
from probed.core.inspection import BrokenDocument
from probed.core.observation import Observation
from probed.core.permission import Mode
from probed.core.report import Report, Verdict, overall, verdict_at
from probed.core.run import Trigger
from probed.core.span import between
from probed.engine.remember import gathered
from probed.ports import PlannedRun, Queries, Schedule

MOST_ALERTS = 50
MOST_DECISIONS = 50
MOST_GAUGES = 100
RECENT_CHANGES = 5

Latest = Mapping[tuple[str, str], Sequence[Observation]]
"""The newest observations of each (inspection, check)."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number of the newest sweep, with the bounds that judge it."""

    name: str
    value: float
    unit: str
    warning: float | None = None
    critical: float | None = None
    outlook: str = ""
    """As in `full in 3 to 5 days`; empty: nothing is foreseen."""


@dataclass(frozen=True, slots=True)
class DaemonFacts:
    version: str
    pid: int
    started_at: datetime
    uptime_s: float
    rss_mib: float
    loop_lag_ms: float
    ready: bool
    agent: str
    """`none`, or the backend with its state, as in `claude: ready`."""
    channels: tuple[str, ...] = ()
    heartbeat: str = "off"
    """`off`, or how the sign of life to somebody outside stands."""
    monitor_bytes: int = 0
    """What the database takes, with its log."""
    cannot_persist: str = ""
    """Why nothing can be recorded; empty: it can."""
    spans: Mapping[str, int] = field(default_factory=dict)
    """What became of the spans of traces: how many were `exported`, `failed`, `dropped`; empty: none are made."""
    events: tuple[SourceFacts, ...] = ()
    """How it stands with what the host tells by itself."""
    event_looks: int = 0
    """How often checks have looked because of that, since the start."""
    gate: Mapping[str, int] = field(default_factory=dict)
    """How often a model was asked about a run, or was not, by the cause, since the start."""
    claims: Mapping[str, int] = field(default_factory=dict)
    """Numbers of a model's reports since the start, by whether the evidence holds them: `yes`, `no`."""
    series: Mapping[str, int] = field(default_factory=dict)
    """How many objects' numbers are kept, by check."""


@dataclass(frozen=True, slots=True)
class ReadinessProbe:
    """One thing that was really tried, and what came of it."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Overview:
    host: str
    verdict: Verdict
    mode: Mode
    at: datetime
    first_sweep_done: bool
    sources: tuple[Report, ...]
    """The newest report of each source, with the verdict that holds now."""
    alerts: tuple[Alert, ...]
    """Open ones, the worst first; at most `MOST_ALERTS`."""
    decisions: tuple[Decision, ...]
    """Those that wait."""
    gauges: tuple[Gauge, ...]
    next_runs: tuple[PlannedRun, ...]
    notes: tuple[str, ...]
    broken: tuple[BrokenDocument, ...]
    recent_changes: tuple[str, ...]
    daemon: DaemonFacts
    counts: Mapping[str, int]
    breakers: tuple[BreakerFacts, ...] = ()
    """Of the channels, and of what of the host is asked again and again."""


async def build_overview(
    queries: Queries,
    schedule: Schedule,
    *,
    host: str,
    mode: Mode,
    now: datetime,
    first_sweep_done: bool,
    latest: Latest,
    forecasts: Mapping[tuple[str, str], Forecast],
    broken: Sequence[BrokenDocument],
    daemon: DaemonFacts,
) -> Overview:
    planned = schedule.planned()
    reports = await _reports(queries, {plan.inspection.id for plan in planned})
    worst_open = await queries.worst_open()
    alerts = await queries.worst_alerts(MOST_ALERTS)
    waiting = await queries.decisions(MOST_DECISIONS, state=DecisionState.WAITING)
    changes = await queries.changes(RECENT_CHANGES)
    unseen = bool(planned) and not first_sweep_done
    return Overview(
        host=host,
        verdict=host_verdict(reports, alerts, worst_open.values(), unanswered=unseen or bool(broken)),
        mode=mode,
        at=now,
        first_sweep_done=first_sweep_done,
        sources=tuple(as_of_now(report, worst_open.get(report.source)) for report in reports),
        alerts=tuple(alerts),
        decisions=tuple(waiting.items),
        gauges=gauges_of(latest, forecasts),
        next_runs=tuple(sorted(planned, key=_soonest_first)),
        notes=tuple(gathered(note for report in reports for note in report.notes)),
        broken=tuple(broken),
        recent_changes=tuple(change_line(change) for change in changes.items),
        daemon=daemon,
        counts=await queries.counts(),
    )


def host_verdict(
    reports: Sequence[Report], alerts: Sequence[Alert], open_cases: Collection[Severity] = (), *, unanswered: bool
) -> Verdict:
    """The worst of what is open now, cases and alerts. A report's findings may be solved or over since, so of the
    reports only counts which is no answer. What was not looked at yet, or cannot be (`unanswered`), is unknown, and so
    is a host of which nothing was seen."""
    verdicts = [verdict_at(None, answered=report.is_answer) for report in reports]
    known = (*open_cases, *(alert.severity for alert in alerts))
    verdicts += [verdict_at(severity, answered=True) for severity in known if severity is not Severity.INFO]
    if unanswered:
        verdicts.append(Verdict.UNKNOWN)
    return overall(verdicts)


def as_of_now(report: Report, worst_open: Severity | None) -> Report:
    """The report with the verdict that holds now: what it found may be solved or closed since, and what was found
    before stays open where it is no answer."""
    verdict = verdict_at(worst_open, answered=report.is_answer)
    is_over = report.verdict in (Verdict.WARNING, Verdict.CRITICAL) and verdict in (Verdict.OK, Verdict.UNKNOWN)
    return replace(report, verdict=verdict, summary=f"closed since: {report.summary}" if is_over else report.summary)


def gauges_of(latest: Latest, forecasts: Mapping[tuple[str, str], Forecast]) -> tuple[Gauge, ...]:
    """The observations that carry a number, those with bounds first."""
    gauges = [
        Gauge(
            name=f"{check} {observation.object}".strip(),
            value=observation.value,
            unit=observation.unit,
            warning=observation.threshold.warning if observation.threshold else None,
            critical=observation.threshold.critical if observation.threshold else None,
            outlook=_outlook(forecasts.get((check, observation.object))),
        )
        for (_, check), observations in latest.items()
        for observation in observations
        if observation.value is not None
    ]
    gauges.sort(key=lambda gauge: gauge.warning is None and gauge.critical is None)
    return tuple(gauges[:MOST_GAUGES])


def _outlook(forecast: Forecast | None) -> str:
    return f"full {between(forecast.soonest_s, forecast.latest_s)}" if forecast else ""


def change_line(change: Change) -> str:
    detail = f": {change.detail}" if change.detail else ""
    outcome = change.outcome.replace("_", " ")
    line = f"{change.started_at:%Y-%m-%d %H:%M} {change.level} {change.call.key}, by {change.by}: {outcome}{detail}"
    return " ".join(line.split())


async def _reports(queries: Queries, planned: set[str]) -> list[Report]:
    """The newest report of each source that still speaks: a document that was removed no longer does."""
    latest = await queries.latest_reports()
    triggers = await queries.triggers([report.run_id for report in latest if report.source not in planned])
    # a run may be older than what is kept: its report is still the source's last word
    speaking = (
        report
        for report in latest
        if report.source in planned or triggers.get(report.run_id, Trigger.EXTERNAL) is Trigger.EXTERNAL
    )
    return sorted(speaking, key=lambda report: report.source)


def _soonest_first(plan: PlannedRun) -> tuple[bool, float, str]:
    return plan.next_at is None, plan.next_at.timestamp() if plan.next_at else 0.0, plan.inspection.id
