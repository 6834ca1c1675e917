"""`cortexctl doctor`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import exit_of_reading
from cortexctl.config_path import config_options
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl doctor
  cortexctl doctor --production    before the host is left alone
  cortexctl doctor --json

Check the installation: each line passes or fails, with what to do.
"""

app = single()


@app.command(help=HELP)
def doctor(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Option("--config", metavar="FILE", help="Another configuration.")] = None,
    production: Annotated[
        bool, typer.Option("--production", help="Also what a host needs before it is left alone.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    options = [*config_options(file, session.socket), *(["--production"] if production else [])]
    raise typer.Exit(exit_of_reading(session.output, "doctor", *options, as_json=as_json, rows="lines"))
