"""`cortexctl status`: what is asked, how it is said, and the exit code that follows.

Apart from `commands/status.py` because Typer alone takes several times as long to load as Python: `__main__` comes here
without it for the plain calls, those of login scripts and monitors.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from cortexctl.exits import Exit
from cortexctl.text import GAP, aligned, call_text, cut, one_line, plural, width
from cortexctl.times import duration, moment, relative, since

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cortexctl.daemon import Daemon
    from cortexctl.output import Paint
    from cortexctl.session import Session
    from probed.wire.alert import AlertShape
    from probed.wire.channel import BreakerShape
    from probed.wire.decision import DecisionShape
    from probed.wire.status import DaemonShape, SourceShape, StatusShape

FIRST_SWEEP_S = 10.0
"""How long `status` waits for the first sweep of a daemon that was just installed."""
SHORT_S = 2.0
"""A login does not wait longer for its line."""
PAUSE_S = 0.2
MOST_ALERTS = 10
MOST_DECISIONS = 5
MOST_SOURCES = 20
MOST_RUNS = 5
SLOW_LOOP_MS = 250
INDENT = 2
LEAST_SUMMARY = 20


def run_status(session: Session, *, as_json: bool = False, short: bool = False, wait_s: float = FIRST_SWEEP_S) -> Exit:
    output = session.output
    status = session.daemon_within(SHORT_S).status() if short else swept_status(session.daemon, wait_s)
    if as_json:
        output.emit_json(status)
    elif short:
        output.emit(f"cortex: {one_line(status.host)}: {output.paint(status.verdict)}{gist(status)}")
    else:
        output.emit_lines(screen(status, output.paint, output.columns))
    return exit_of(status)


def swept_status(daemon: Daemon, wait_s: float) -> StatusShape:
    """The status; of a new daemon the first that knows something, if that comes within `wait_s`."""
    end = time.monotonic() + wait_s
    while True:
        status = daemon.status()
        if status.first_sweep_done or time.monotonic() >= end:
            return status
        time.sleep(PAUSE_S)


def exit_of(status: StatusShape) -> Exit:
    """`unknown` is a failure only where nothing at all has answered; one silent source among others is for a person."""
    if status.decisions:
        return Exit.ATTENTION
    if status.verdict == "unknown" and all(source.verdict == "unknown" for source in status.sources):
        return Exit.FAILED
    return Exit.OK if status.verdict == "ok" and status.daemon.ready else Exit.ATTENTION


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


def screen(status: StatusShape, paint: Paint, columns: int | None = None) -> list[str]:
    at = moment(status.at)
    lines = headline(status, paint)
    sections = {
        "Wrong": [
            *(line for alert in status.alerts[:MOST_ALERTS] for line in alert_lines(alert, at, paint)),
            *rest(open_alerts(status) - MOST_ALERTS, "cortexctl alerts"),
        ],
        "Waits for you": [
            *(line for decision in status.decisions[:MOST_DECISIONS] for line in decision_lines(decision, at, paint)),
            *rest(waiting_decisions(status) - MOST_DECISIONS, "cortexctl decisions --state waiting"),
        ],
        "Done": [one_line(line) for line in status.recent_changes],
        "Sources": [
            *source_lines(worst_first(status.sources), at, paint, columns),
            *rest(len(status.sources) - MOST_SOURCES, "cortexctl reports"),
        ],
        "Next": next_lines(status, at),
        "Broken documents": [one_line(f"{broken.path}:{broken.line}: {broken.reason}") for broken in status.broken],
        "Notes": [one_line(note) for note in status.notes],
        "Not answering": [breaker_line(breaker, at) for breaker in status.breakers if breaker.state != "closed"],
        "Daemon": [*daemon_lines(status.daemon, paint), *memory_lines(status.counts)],
    }
    for title, body in sections.items():
        if body:
            lines += ["", paint(title, "bold"), *(f"  {line}" for line in body)]
    return lines


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


def rest(count: int, command: str) -> list[str]:
    return [f"and {count} more: {command}"] if count > 0 else []


def alert_lines(alert: AlertShape, at: datetime, paint: Paint) -> list[str]:
    state = f", acknowledged by {one_line(alert.acknowledged_by)}" if alert.state == "acknowledged" else ""
    untold = f", not told ({one_line(alert.not_told)})" if alert.not_told else ""
    outlook = alert.annotations.get("outlook")
    return [
        f"{paint(alert.severity)} {since(alert.starts_at, at)}{state}{untold}: {one_line(alert.summary)}",
        *([f"    {one_line(outlook)}"] if outlook else []),
        *(paint(f"    {one_line(command)}", "dim") for command in alert.commands[:1]),
    ]


def decision_lines(decision: DecisionShape, at: datetime, paint: Paint) -> list[str]:
    return [
        f"{paint(decision.severity)}: {one_line(decision.summary)}",
        f"    {call_text(decision.action)}? Expires {relative(decision.expires_at, at)}",
        paint(f"    cortexctl decisions show {decision.id}", "dim"),
    ]


def worst_first(sources: list[SourceShape]) -> list[SourceShape]:
    """As they come where all find room; else the healthy ones go last, and the last ones do not show."""
    if len(sources) <= MOST_SOURCES:
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
