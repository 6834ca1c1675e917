"""`cortexctl validate`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import exit_of_probed
from cortexctl.config_path import config_options
from cortexctl.noun import single
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl validate
  cortexctl validate ./inspections

Read inspection documents as the daemon would. Ends with 2, and file, line and reason, where one cannot be used.
"""

app = single()


@app.command(help=HELP)
def validate(
    ctx: typer.Context,
    folder: Annotated[
        str | None,
        typer.Argument(metavar="[DIR|FILE]", help="Their folder, or one of them; without it, the configured folder."),
    ] = None,
) -> None:
    raise typer.Exit(
        exit_of_probed("validate", *config_options(None, session_of(ctx).socket), *([folder] if folder else []))
    )
