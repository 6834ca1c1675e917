"""The daemon's numbers in Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from probed.api.desk import Desk
from probed.api.meter import BOUNDS_S, Histogram
from probed.core.backup import Backup, Drill
from probed.core.breaker import BreakerFacts, BreakerState
from probed.core.evidence_gate import SAVED, Cause
from probed.core.report import Report, Verdict
from probed.engine.overview import Overview

MOST_SOURCES = MOST_CHECKS = 200
Sample = tuple[Mapping[str, object], float]


def render(overview: Overview, desk: Desk, backups: Sequence[Backup], drill: Drill | None) -> str:
    """`backups`: the oldest first."""
    lines = [*_about_daemon(overview), *_about_host(overview), *_about_work(overview.counts, desk)]
    lines += _about_backups(backups, drill)
    lines += _about_breakers(overview.breakers)
    return "\n".join([*lines, *_requests(desk.meter.series), ""])


def family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield f"{name}{_labels(labels)} {_number(value)}"


def _about_daemon(overview: Overview) -> Iterator[str]:
    facts = overview.daemon
    yield from _gauge("cortex_up", "1 while the daemon answers.", 1)
    yield from family("cortex_build_info", "gauge", "The version that runs.", [({"version": facts.version}, 1)])
    yield from _gauge("cortex_ready", "1 when every readiness probe succeeded.", facts.ready)
    yield from _gauge("cortex_start_time_seconds", "When the daemon began.", facts.started_at.timestamp())
    yield from _gauge("cortex_resident_memory_bytes", "Resident memory of the daemon.", facts.rss_mib * 2**20)
    lag = "The latest that the event loop was in the last seconds."
    yield from _gauge("cortex_event_loop_lag_seconds", lag, facts.loop_lag_ms / 1000)
    yield from _gauge("cortex_monitor_size_bytes", "What the database takes, with its log.", facts.monitor_bytes)
    yield from _gauge("cortex_monitor_writable", "1 while the database can be written.", not facts.cannot_persist)
    live: list[Sample] = [({"source": each.source}, each.is_live) for each in facts.events]
    yield from family("cortex_event_source_live", "gauge", "1 while the source tells of what happens.", live)
    told: list[Sample] = [({"source": each.source}, each.told) for each in facts.events]
    yield from family("cortex_host_events_total", "counter", "Events that concerned a check, by source.", told)
    lost: list[Sample] = [({"source": each.source}, each.losses) for each in facts.events]
    yield from family("cortex_event_source_losses_total", "counter", "How often a source was lost.", lost)
    looks = "Looks of an inspection's checks because of events."
    yield from family("cortex_event_looks_total", "counter", looks, [({}, facts.event_looks)])
    passages: list[Sample] = [
        ({"asked": "no" if Cause(cause) in SAVED else "yes", "cause": cause}, count)
        for cause, count in sorted(facts.gate.items())
    ]
    questions = "Runs whose checks left a question for a model: whether it was asked, and why."
    yield from family("cortex_model_questions_total", "counter", questions, passages)
    claims: list[Sample] = [({"supported": told}, count) for told, count in sorted(facts.claims.items())]
    numbers = "Numbers in a model's reports: whether the recorded evidence holds them."
    yield from family("cortex_model_claims_total", "counter", numbers, claims)
    series: list[Sample] = [({"check": check}, number) for check, number in sorted(facts.series.items())]
    yield from family("cortex_series", "gauge", "Objects whose numbers are kept, by check.", series[:MOST_CHECKS])
    spans: list[Sample] = [({"result": result}, count) for result, count in sorted(facts.spans.items())]
    yield from family("cortex_trace_spans_total", "counter", "Spans of traces, by what became of them.", spans)


def _about_host(overview: Overview) -> Iterator[str]:
    sources = overview.sources[:MOST_SOURCES]
    yield from family("cortex_host_verdict", "gauge", "1 for the host's verdict.", _states({}, overview.verdict))
    by_source = [sample for report in sources for sample in _states({"source": report.source}, report.verdict)]
    yield from family("cortex_source_verdict", "gauge", "1 for the verdict of a source.", by_source)
    text = "When the newest report of a source was made."
    yield from family("cortex_source_report_timestamp_seconds", "gauge", text, map(_made_at, sources))


def _about_work(counts: Mapping[str, int], desk: Desk) -> Iterator[str]:
    open_alerts: list[Sample] = [
        ({"state": state}, counts.get(f"alerts_{state}", 0)) for state in ("firing", "acknowledged")
    ]
    yield from family("cortex_alerts", "gauge", "Open alerts.", open_alerts)
    for name, text in (
        ("decisions_waiting", "Decisions that wait for a person."),
        ("cases_open", "Cases that are not resolved."),
        ("memories", "Solved cases that are remembered."),
        ("messages_pending", "Messages that were not delivered yet."),
        ("messages_dead", "Messages that were given up."),
    ):
        yield from _gauge(f"cortex_{name}", text, counts.get(name, 0))
    for name, text in (("reports", "Reports that were ever kept."), ("runs", "Runs that were ever kept.")):
        yield from family(f"cortex_{name}_total", "counter", text, [({}, counts.get(name, 0))])
    saved = "Investigations by a model that a memory saved."
    yield from family(
        "cortex_investigations_saved_total", "counter", saved, [({}, counts.get("investigations_saved", 0))]
    )
    ended: list[Sample] = [({"state": state}, count) for state, count in sorted(desk.runs_ended.items())]
    yield from family("cortex_runs_ended_total", "counter", "Runs that ended since the start.", ended)
    yield from _gauge("cortex_event_followers", "Clients of the event stream.", desk.streams.count)
    dropped = "Clients of the event stream that were too slow."
    yield from family("cortex_event_followers_dropped_total", "counter", dropped, [({}, desk.streams.dropped)])


def _about_backups(backups: Sequence[Backup], drill: Drill | None) -> Iterator[str]:
    """Without a backup, or a drill, there is no sample: an absent number is told from an old one."""
    newest, drills = list(backups[-1:]), [drill] if drill else []
    yield from _gauge("cortex_backups", "Backups of the database that are kept.", len(backups))
    yield from _gauges(
        "cortex_backup_last_timestamp_seconds",
        "When the newest backup was taken.",
        [each.taken_at.timestamp() for each in newest],
    )
    yield from _gauges(
        "cortex_backup_last_size_bytes", "What the newest backup takes.", [each.stored_bytes for each in newest]
    )
    yield from _gauges(
        "cortex_backup_drill_timestamp_seconds",
        "When a backup was last tried out.",
        [each.at.timestamp() for each in drills],
    )
    yield from _gauges(
        "cortex_backup_drill_success",
        "1 where the backup that was tried out can be restored.",
        [not each.fault for each in drills],
    )


def _about_breakers(breakers: Sequence[BreakerFacts]) -> Iterator[str]:
    opened: list[Sample] = [({"name": one.name}, one.state is not BreakerState.CLOSED) for one in breakers]
    whose = "a channel, the model (`model`), or a part of the host"
    text = f"1 for {whose}, that failed again and again and is left alone for a while."
    yield from family("cortex_breaker_open", "gauge", text, opened)


def _requests(series: Mapping[tuple[str, str, int], Histogram]) -> Iterator[str]:
    name = "cortex_http_request_duration_seconds"
    yield from family(name, "histogram", "Time until the answer began.", ())
    for (method, route, status), histogram in sorted(series.items()):
        labels = {"method": method, "route": route, "code": status}
        total = 0
        for bound, count in zip((*BOUNDS_S, float("inf")), histogram.counts, strict=True):
            total += count
            yield f"{name}_bucket{_labels({**labels, 'le': _number(bound)})} {total}"
        yield f"{name}_sum{_labels(labels)} {_number(histogram.total_s)}"
        yield f"{name}_count{_labels(labels)} {total}"


def _gauge(name: str, text: str, value: float) -> Iterator[str]:
    return family(name, "gauge", text, [({}, value)])


def _gauges(name: str, text: str, values: Iterable[float]) -> Iterator[str]:
    return family(name, "gauge", text, [({}, value) for value in values])


def _states(labels: Mapping[str, object], verdict: Verdict) -> list[Sample]:
    return [({**labels, "verdict": state.value}, state is verdict) for state in Verdict]


def _made_at(report: Report) -> Sample:
    return {"source": report.source}, report.created_at.timestamp()


def _labels(labels: Mapping[str, object]) -> str:
    pairs = ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return "+Inf" if value == float("inf") else f"{float(value):.15g}"
