"""The status of a host on one screen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cortexctl.section import Section, Typed, arranged
from cortexctl.text import GAP, aligned, call_text, cut, one_line, plural, width
from cortexctl.times import duration, moment, relative, since

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cortexctl.output import Paint
    from probed.wire.alert import AlertShape
    from probed.wire.channel import BreakerShape
    from probed.wire.decision import DecisionShape
    from probed.wire.model import ModelsShape
    from probed.wire.status import DaemonShape, SourceShape, StatusShape

MOST_ALERTS = 10
MOST_DECISIONS = 5
MOST_SOURCES = 20
MOST_RUNS = 5
SLOW_LOOP_MS = 250
INDENT = 2
LEAST_SUMMARY = 20


def gist(status: StatusShape) -> str:
    """`, 2 alerts, 1 decision waiting`; nothing where there is nothing to say."""
    words = []
    if not status.first_sweep_done:
        words.append("first sweep under way")
    if alerts := open_alerts(status):
        words.append(plural(alerts, "alert"))
    if decisions := waiting_decisions(status):
        words.append(plural(decisions, "decision") + " waiting")
    return "".join(f", {word}" for word in words)


def open_alerts(status: StatusShape) -> int:
    """The status itself holds only the worst of very many."""
    counted: int = status.counts.get("alerts_firing", 0) + status.counts.get("alerts_acknowledged", 0)
    return max(len(status.alerts), counted)


def waiting_decisions(status: StatusShape) -> int:
    counted: int = status.counts.get("decisions_waiting", 0)
    return max(len(status.decisions), counted)


def screen(
    status: StatusShape,
    paint: Paint,
    columns: int | None = None,
    rows: int | None = None,
    models: ModelsShape | None = None,
) -> list[str]:
    at = moment(status.at)
    decisions, alerts = status.decisions[:MOST_DECISIONS], status.alerts[:MOST_ALERTS]
    sources = worst_first(status.sources, is_short=rows is not None)
    sections = [
        Section(
            "Wrong",
            [alert_lines(alert, at, paint) for alert in alerts],
            max(open_alerts(status) - MOST_ALERTS, 0),
            "cortexctl alerts",
        ),
        Section(
            "Waits for you",
            [decision_lines(decision, at, paint) for decision in decisions],
            max(waiting_decisions(status) - MOST_DECISIONS, 0),
            "cortexctl decisions --state waiting",
        ),
        Section("Done", [[one_line(line)] for line in status.recent_changes], command="cortexctl changes"),
        Section(
            "Sources",
            [[line] for line in source_lines(sources, at, paint, columns)],
            len(status.sources) - len(sources),
            "cortexctl reports",
            least=0,
        ),
        Section("Next", [[line] for line in next_lines(status, at)], command="cortexctl schedule"),
        Section("Broken documents", broken_lines(status), command="cortexctl validate"),
        Section("Notes", [[one_line(note)] for note in status.notes], command="cortexctl doctor", least=0),
        Section(
            "Not answering",
            [[breaker_line(breaker, at)] for breaker in status.breakers if breaker.state != "closed"],
            command="cortexctl channels",
        ),
        Section(
            "Daemon",
            [
                [line]
                for line in [*daemon_lines(status.daemon, paint), *budget_lines(models), *memory_lines(status.counts)]
            ],
            command="cortexctl doctor",
            least=3,
        ),
    ]
    return arranged(headline(status, paint), sections, paint, columns, rows, GIVE_WAY)


GIVE_WAY = ("Notes", "Sources", "Done", "Next", "Broken documents", "Daemon", "Not answering", "Wrong", "Waits for you")
"""What is cut first where the terminal is low."""


def broken_lines(status: StatusShape) -> list[list[str]]:
    return [[one_line(f"{broken.path}:{broken.line}: {broken.reason}")] for broken in status.broken]


def budget_lines(models: ModelsShape | None) -> list[str]:
    spent = [
        f"${budget.spent_usd:.2f} of ${budget.limit_usd:g} {SPANS[budget.span]}"
        for budget in (models.budgets if models else ())
        if budget.span in SPANS and budget.spent_usd is not None and budget.limit_usd is not None
    ]
    return [f"models: {', '.join(spent)}: cortexctl budget"] if spent else []


SPANS = {"day": "today", "month": "this month"}


def headline(status: StatusShape, paint: Paint) -> list[str]:
    lines = [f"{one_line(status.host)}: {paint(status.verdict)}{gist(status)} (mode {status.mode})"]
    if not status.first_sweep_done:
        lines.append("The first sweep of this new installation is not over; ask again in a moment: cortexctl status")
    elif not status.sources:
        lines.append("No inspection has run and no report was submitted: cortexctl inspections")
    return lines


def memory_lines(counts: Mapping[str, int]) -> list[str]:
    known, saved = counts.get("memories", 0), counts.get("investigations_saved", 0)
    if not known and not saved:
        return []
    memories = "1 memory" if known == 1 else f"{known} memories"
    return [f"{memories} of solved cases, {plural(saved, 'investigation')} saved: cortexctl memories"]


def alert_lines(alert: AlertShape, at: datetime, paint: Paint) -> list[str]:
    state = f", acknowledged by {one_line(alert.acknowledged_by)}" if alert.state == "acknowledged" else ""
    untold = f", not told ({one_line(alert.not_told)})" if alert.not_told else ""
    outlook = alert.annotations.get("outlook")
    return [
        f"{paint(alert.severity)} {since(alert.starts_at, at)}{state}{untold}: {one_line(alert.summary)}",
        *([f"    {one_line(outlook)}"] if outlook else []),
        *(Typed(paint(f"    {one_line(command)}", "dim")) for command in alert.commands[:1]),
    ]


def decision_lines(decision: DecisionShape, at: datetime, paint: Paint) -> list[str]:
    return [
        f"{paint(decision.severity)}: {one_line(decision.summary)}",
        f"    {call_text(decision.action)}? Expires {relative(decision.expires_at, at)}",
        Typed(paint(f"    cortexctl decisions show {decision.id}", "dim")),
    ]


def worst_first(sources: list[SourceShape], *, is_short: bool = False) -> list[SourceShape]:
    """As they come where all find room; else the healthy ones go last, and the last ones do not show."""
    if len(sources) <= MOST_SOURCES and not is_short:
        return sources
    return sorted(sources, key=lambda source: source.verdict == "ok")[:MOST_SOURCES]


def source_lines(sources: list[SourceShape], at: datetime, paint: Paint, columns: int | None) -> list[str]:
    """On a terminal a summary is cut where its line ends; `cortexctl reports` has it whole."""
    if not sources:
        return []
    rows = [(one_line(source.source), source.verdict, relative(source.at, at)) for source in sources]
    taken = INDENT + sum(max(map(width, column)) + GAP for column in zip(*rows, strict=True))
    room = max(columns - taken, LEAST_SUMMARY) if columns else sys.maxsize
    summaries = [cut(one_line(source.summary), room) for source in sources]
    return aligned([(*row, summary) for row, summary in zip(rows, summaries, strict=True)], paint)


def next_lines(status: StatusShape, at: datetime) -> list[str]:
    planned = [run for run in status.next_runs if run.next_at]
    paused = [one_line(run.inspection) for run in status.next_runs if run.paused]
    soon = [f"{one_line(run.inspection)} {relative(run.next_at, at)}" for run in planned[:MOST_RUNS]]
    more = [f"{len(planned) - MOST_RUNS} more"] if len(planned) > MOST_RUNS else []
    lines = [", ".join(soon + more)] if soon else []
    return lines + ([f"paused: {', '.join(paused)}"] if paused else [])


def breaker_line(breaker: BreakerShape, at: datetime) -> str:
    lasting = since(breaker.since, at) if breaker.since else ""
    return f"{one_line(breaker.name)} {lasting}, tried again {relative(breaker.probe_at, at)}: {one_line(breaker.why)}"


def daemon_lines(daemon: DaemonShape, paint: Paint) -> list[str]:
    health = [f"up {duration(daemon.uptime_s)}", f"{daemon.rss_mib:.0f} MiB", f"agent {one_line(daemon.agent)}"]
    health.append(f"channels {', '.join(map(one_line, daemon.channels)) or 'none'}")
    lines = [f"probed {one_line(daemon.version)}, pid {daemon.pid}, " + ", ".join(health)]
    if not daemon.ready:
        lines.append(paint("not ready: a part of it does not work; cortexctl doctor", "red"))
    if daemon.loop_lag_ms >= SLOW_LOOP_MS:
        lines.append(paint(f"slow: its event loop lags {daemon.loop_lag_ms:.0f} ms behind", "yellow"))
    if daemon.heartbeat != "off":
        lines.append(f"heartbeat {one_line(daemon.heartbeat)}")
    if daemon.messages_pending:
        lines.append(f"{plural(daemon.messages_pending, 'message')} not delivered yet")
    if daemon.messages_dead:
        lines.append(
            paint(f"{plural(daemon.messages_dead, 'message')} given up: cortexctl messages list --state dead", "red")
        )
    return lines
