"""`cortexctl status`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.status import FIRST_SWEEP_S, run_status, watch_status

HELP = """\
\b
Examples:
  cortexctl status
  cortexctl status --short      one line, for a login message
  cortexctl status --watch      live, until Ctrl-C, which ends it with 130
  cortexctl status --json

What is wrong and since when, what Cortex did about it, what waits for you and what to type, what runs next, what models
have cost, and how the daemon is, on one screen: where a terminal is low, what counts least gives way, and is counted.

Ends with 0 only when all is well; with 4 when something needs a person: a warning, a critical problem, a waiting
decision, a source without an answer; with 1 when nothing at all has answered.
"""

app = single()


@app.command(help=HELP)
def status(
    ctx: typer.Context,
    as_json: JsonFlag = False,
    short: Annotated[bool, typer.Option("--short", help="One line.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Go on, and show each change as it happens, until Ctrl-C.")
    ] = False,
    wait_s: Annotated[
        float, typer.Option("--wait", metavar="S", help="A new daemon: wait so long for its first sweep.", min=0.0)
    ] = FIRST_SWEEP_S,
) -> None:
    if watch:
        watch_status(session_of(ctx), as_json=as_json, short=short)
    else:
        raise typer.Exit(run_status(session_of(ctx), as_json=as_json, short=short, wait_s=wait_s))
