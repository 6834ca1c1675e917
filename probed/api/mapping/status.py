from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.api.mapping import moment
from probed.api.mapping.channel import breaker_shape
from probed.api.mapping.decision import decision_shape
from probed.api.mapping.inspection import broken_shape, planned_shape
from probed.api.mapping.report import source_shape
from probed.core.case import Case
from probed.core.inspection import Inspection
from probed.engine.overview import DaemonFacts, Gauge, Overview, ReadinessProbe
from probed.wire.alert import AlertShape
from probed.wire.status import DaemonShape, GaugeShape, Probe, Readiness, RoleName, StatusShape


def status_shape(
    overview: Overview,
    alerts: list[AlertShape],
    cases: Mapping[str, Case],
    inspections: Sequence[Inspection],
    role: RoleName,
) -> StatusShape:
    """`alerts`: those of the overview. `cases`: those of the waiting decisions, by id."""
    return StatusShape(
        host=overview.host,
        verdict=overview.verdict.value,
        mode=overview.mode.value,
        at=moment.text(overview.at),
        first_sweep_done=overview.first_sweep_done,
        sources=[source_shape(report) for report in overview.sources],
        alerts=alerts,
        decisions=[
            decision_shape(decision, cases.get(decision.case_id), inspections) for decision in overview.decisions
        ],
        gauges=[gauge_shape(gauge) for gauge in overview.gauges],
        next_runs=[planned_shape(plan) for plan in overview.next_runs],
        notes=list(overview.notes),
        broken=[broken_shape(document) for document in overview.broken],
        recent_changes=list(overview.recent_changes),
        breakers=[breaker_shape(breaker) for breaker in overview.breakers],
        daemon=daemon_shape(overview.daemon, overview.counts),
        counts=dict(overview.counts),
        role=role,
    )


def gauge_shape(gauge: Gauge) -> GaugeShape:
    return GaugeShape(gauge.name, gauge.value, gauge.unit, gauge.warning, gauge.critical, gauge.outlook)


def daemon_shape(facts: DaemonFacts, counts: Mapping[str, int]) -> DaemonShape:
    return DaemonShape(
        version=facts.version,
        pid=facts.pid,
        started_at=moment.text(facts.started_at),
        uptime_s=facts.uptime_s,
        rss_mib=facts.rss_mib,
        loop_lag_ms=facts.loop_lag_ms,
        ready=facts.ready,
        agent=facts.agent,
        channels=list(facts.channels),
        heartbeat=facts.heartbeat,
        messages_pending=counts.get("messages_pending", 0),
        messages_dead=counts.get("messages_dead", 0),
        events={str(each.source): each.words for each in facts.events},
    )


def readiness_shape(probes: Sequence[ReadinessProbe]) -> Readiness:
    return Readiness(
        ready=all(probe.ok for probe in probes),
        probes=[Probe(probe.name, probe.ok, probe.detail) for probe in probes],
    )
