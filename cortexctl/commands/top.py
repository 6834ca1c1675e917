"""`cortexctl top`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.noun import single
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl top
  cortexctl top --plain        for a screen reader

The dashboard: what is wrong, what waits for you, what happens. It can do nothing that the commands cannot.
A key for each place, / filters, ? says what the keys do, Ctrl+P what can be done now. Keys and colours of your own:
~/.config/cortex/dashboard.yaml.
"""

app = single()


@app.command(help=HELP)
def top(
    ctx: typer.Context,
    plain: Annotated[
        bool, typer.Option("--plain", help="For a screen reader: one column, words instead of symbols, no drawing.")
    ] = False,
) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure("the dashboard needs a terminal", "cortexctl status", exit_=Exit.USAGE)
    from cortexctl.tui.app import run

    raise typer.Exit(run(session_of(ctx).socket, is_plain=plain))
