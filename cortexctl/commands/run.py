"""`cortexctl run`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cortexctl.commands.reports import emit_findings
from cortexctl.daemon import Daemon
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import id_of
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.progress import Progress
from cortexctl.session import Session, session_of
from cortexctl.text import one_line
from probed.wire.run import UNDER_WAY, RunShape

HELP = """\
\b
Examples:
  cortexctl run disks               queue it
  cortexctl run disks --wait        and show what it finds
  cortexctl run disks --wait --json && echo fine

Run an inspection now, whatever its schedule.

With --wait it ends with 0 when all is well, 4 when something was found, 1 when there is no answer: time-out, failure.
"""
TIMEOUT_S = 300.0
PAUSE_S = 0.2

app = single()


@app.command(help=HELP)
def run(
    ctx: typer.Context,
    id_: Annotated[str, id_of("inspections", "The inspection's id as in its document")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the report and show it.")] = False,
    timeout_s: Annotated[
        float, typer.Option("--timeout", metavar="S", help="Wait at most so long.", min=0.0)
    ] = TIMEOUT_S,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    started = session.daemon.start_run(id_)
    if wait:
        with Progress(session.output, words_of(started)) as progress:
            ended = finished(session.daemon, started, timeout_s, progress)
        raise typer.Exit(show_result(session, ended, as_json))
    if as_json:
        session.output.emit_json(started)
    session.output.say(f"queued: cortexctl runs show {started.id}")


def words_of(run: RunShape) -> str:
    return f"{run.inspection}: {'waits for its turn' if run.state == 'pending' else 'is looked at'}"


def finished(daemon: Daemon, run: RunShape, timeout_s: float, progress: Progress) -> RunShape:
    end = time.monotonic() + timeout_s
    while run.state in UNDER_WAY:
        if time.monotonic() >= end:
            raise Failure(f"the run is not over after {timeout_s:g} s; it goes on", f"cortexctl runs show {run.id}")
        time.sleep(PAUSE_S)
        run = daemon.run(run.id)
        progress.words = words_of(run)
    return run


def show_result(session: Session, run: RunShape, as_json: bool) -> Exit:
    """Data is the report, as far as there is one; words say how the run ended."""
    report = session.daemon.report(run.report_id) if run.report_id else None
    if as_json:
        session.output.emit_json(report or run)
    elif report:
        session.output.emit(f"{session.output.paint(report.verdict)}: {one_line(report.summary)}")
        emit_findings(session.output, report.findings)
    if run.state != "ok":
        session.output.say(one_line(f"the run ended {run.state}: {run.reason}; cortexctl runs show {run.id}"))
    return exit_of(run)


def exit_of(run: RunShape) -> Exit:
    if run.state == "ok" and run.verdict == "ok":
        return Exit.OK
    return Exit.ATTENTION if run.verdict in ("warning", "critical") else Exit.FAILED
