"""`cortexctl top`."""

from __future__ import annotations

import sys

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.noun import single
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl top

The dashboard: what is wrong, what waits for you, what happens. It can do nothing that the commands cannot.
"""

app = single()


@app.command(help=HELP)
def top(ctx: typer.Context) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure("the dashboard needs a terminal", "cortexctl status", exit_=Exit.USAGE)
    from cortexctl.tui.app import run

    raise typer.Exit(run(session_of(ctx).socket))
