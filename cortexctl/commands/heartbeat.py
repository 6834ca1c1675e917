"""`cortexctl heartbeat`."""

from __future__ import annotations

import signal
import subprocess
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.failure import Failure
from cortexctl.ids import offered
from cortexctl.listing import emit_page
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import Session, session_of
from cortexctl.text import one_line

HELP = """\
\b
Examples:
  cortexctl heartbeat                               what jobs have said
  cortexctl heartbeat nightly                       it has ended well
  cortexctl heartbeat nightly --start               it begins: how long it takes is measured
  cortexctl heartbeat nightly --exit-code $?        how it has ended
  cortexctl heartbeat nightly -- /usr/local/bin/backup --all
  30 2 * * *  root  cortexctl heartbeat nightly -- /usr/local/bin/backup     (in /etc/cron.d)

A cron job says that it runs; the check `heartbeat` of a document tells when it is late, fails or takes too long.

With a command it says when that begins and how it ends, and ends with the command's own exit code, also where no daemon
answers: the job matters more.
"""
ONE_TOO_MANY = "say one of --start, --fail, --exit-code and a command"
NOT_EXECUTABLE, NOT_FOUND, SIGNALLED = 126, 127, 128

app = single()


@app.command(help=HELP)
def heartbeat(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="The job's, as in the document.", autocompletion=offered("heartbeats")),
    ] = None,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="[-- COMMAND...]", help="Run it, and say how it went.")
    ] = None,
    start: Annotated[bool, typer.Option("--start", help="It begins.")] = False,
    fail: Annotated[bool, typer.Option("--fail", help="It has failed.")] = False,
    exit_code: Annotated[
        int | None, typer.Option("--exit-code", metavar="N", help="It has ended with this; 0 is well.", min=0, max=255)
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    if sum((start, fail, exit_code is not None, bool(command))) > 1:
        raise typer.BadParameter(ONE_TOO_MANY)
    if name is None:
        _list(session, as_json)
        return
    if command:
        raise typer.Exit(_watched(session, name, command))
    said = "start" if start else "fail" if fail or exit_code else "success"
    job = session.daemon.hear(name, said, exit_code)
    if as_json:
        session.output.emit_json(job)


def _list(session: Session, as_json: bool) -> None:
    now = times.now()
    emit_page(
        session.output,
        session.daemon.jobs(),
        ("name", "state", "began", "ended", "succeeded", "took", "exit code", "by"),
        lambda job: (
            job.name,
            job.state,
            times.relative(job.started_at, now) if job.started_at else "",
            times.relative(job.ended_at, now) if job.ended_at else "",
            times.relative(job.succeeded_at, now) if job.succeeded_at else "",
            "" if job.duration_s is None else f"{job.duration_s:.3g} s",
            "" if job.exit_code is None else str(job.exit_code),
            job.said_by,
        ),
        nothing="no job has said anything",
        as_json=as_json,
    )


def _watched(session: Session, name: str, command: list[str]) -> int:
    _say(session, name, "start")
    code = _run(session, command)
    _say(session, name, "fail" if code else "success", code)
    return code


def _run(session: Session, command: list[str]) -> int:
    """As a shell would put it: 128 and more for one that a signal has ended."""
    try:
        process = subprocess.Popen(command)
    except FileNotFoundError:
        session.output.say(one_line(f"{command[0]}: there is no such program"))
        return NOT_FOUND
    except OSError as error:
        session.output.say(one_line(f"{command[0]}: {error.strerror}"))
        return NOT_EXECUTABLE
    handlers = {each: signal.signal(each, lambda *_: None) for each in (signal.SIGINT,)}
    handlers[signal.SIGTERM] = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        code = process.wait()
    finally:
        for each, handler in handlers.items():
            signal.signal(each, handler)
    return SIGNALLED - code if code < 0 else code


def _say(session: Session, name: str, said: str, exit_code: int | None = None) -> None:
    try:
        session.daemon.hear(name, said, exit_code)
    except Failure as failure:
        session.output.say(one_line(f"heartbeat {name}: {failure}"))
