"""`cortexctl validate`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import exit_of_probed
from cortexctl.noun import single

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
    folder: Annotated[
        str | None, typer.Argument(metavar="[DIR]", help="Their folder; without it, the configured one.")
    ] = None,
) -> None:
    raise typer.Exit(exit_of_probed("validate", *([folder] if folder else [])))
