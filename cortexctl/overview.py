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
    from datetime import datetime

    from cortexctl.daemon import Daemon
    from cortexctl.output import Paint
    from cortexctl.session import Session
    from probed.wire.alert import AlertShape
    from probed.wire.decision import DecisionShape
    from probed.wire.status import DaemonShape, SourceShape, StatusShape

FIRST_SWEEP_S = 5.0
"""How long `status` waits for the first sweep of a daemon that was just installed."""
PAUSE_S = 0.2
MOST_ALERTS = 10
MOST_RUNS = 5
SLOW_LOOP_MS = 250
INDENT = 2
LEAST_SUMMARY = 20


def run_status(session: Session, *, as_json: bool = False, short: bool = False, wait_s: float = FIRST_SWEEP_S) -> Exit:
    status = swept_status(session.daemon, 0.0 if short else wait_s)
    output = session.output
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
    return Exit.OK if status.verdict == "ok" else Exit.ATTENTION


def gist(status: StatusShape) -> str:
    """`, 2 alerts, 1 decision waiting`; nothing where there is nothing to say."""
    words = []
    if not status.first_sweep_done:
        words.append("first sweep under way")
    if status.alerts:
        words.append(plural(len(status.alerts), "alert"))
    if status.decisions:
        words.append(plural(len(status.decisions), "decision") + " waiting")
    return "".join(f", {word}" for word in words)


def screen(status: StatusShape, paint: Paint, columns: int | None = None) -> list[str]:
    at = moment(status.at)
    lines = headline(status, paint)
    sections = {
        "Wrong": alert_lines(status.alerts, at, paint),
        "Waits for you": [line for decision in status.decisions for line in decision_lines(decision, at, paint)],
        "Done": [one_line(line) for line in status.recent_changes],
        "Sources": source_lines(status.sources, at, paint, columns),
        "Next": next_lines(status, at),
        "Broken documents": [one_line(f"{broken.path}:{broken.line}: {broken.reason}") for broken in status.broken],
        "Notes": [one_line(note) for note in status.notes],
        "Daemon": daemon_lines(status.daemon, paint),
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


def alert_lines(alerts: list[AlertShape], at: datetime, paint: Paint) -> list[str]:
    lines: list[str] = []
    for alert in alerts[:MOST_ALERTS]:
        state = f", acknowledged by {one_line(alert.acknowledged_by)}" if alert.state == "acknowledged" else ""
        lines.append(f"{paint(alert.severity)} {since(alert.starts_at, at)}{state}: {one_line(alert.summary)}")
        if outlook := alert.annotations.get("outlook"):
            lines.append(f"    {one_line(outlook)}")
        lines += [paint(f"    {one_line(command)}", "dim") for command in alert.commands[:1]]
    if len(alerts) > MOST_ALERTS:
        lines.append(f"and {len(alerts) - MOST_ALERTS} more: cortexctl alerts")
    return lines


def decision_lines(decision: DecisionShape, at: datetime, paint: Paint) -> list[str]:
    return [
        f"{paint(decision.severity)}: {one_line(decision.summary)}",
        f"    {call_text(decision.action)}? Expires {relative(decision.expires_at, at)}",
        paint(f"    cortexctl decisions show {decision.id}", "dim"),
    ]


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


def daemon_lines(daemon: DaemonShape, paint: Paint) -> list[str]:
    health = [f"up {duration(daemon.uptime_s)}", f"{daemon.rss_mib:.0f} MiB", f"agent {one_line(daemon.agent)}"]
    health.append(f"channels {', '.join(map(one_line, daemon.channels)) or 'none'}")
    lines = [f"probed {one_line(daemon.version)}, pid {daemon.pid}, " + ", ".join(health)]
    if not daemon.ready:
        lines.append(paint("not ready: a part of it does not work; cortexctl doctor", "red"))
    if daemon.loop_lag_ms >= SLOW_LOOP_MS:
        lines.append(paint(f"slow: its event loop lags {daemon.loop_lag_ms:.0f} ms behind", "yellow"))
    if daemon.messages_pending:
        lines.append(f"{plural(daemon.messages_pending, 'message')} not delivered yet")
    if daemon.messages_dead:
        lines.append(paint(f"{plural(daemon.messages_dead, 'message')} given up: cortexctl doctor", "red"))
    return lines
