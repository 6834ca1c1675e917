"""`cortexctl validate`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import exit_of_probed
from cortexctl.noun import single

HELP = """\
\b
Examples:
  cortexctl validate /etc/cortex/inspections

Read inspection documents as the daemon would. Ends with 2, and file, line and reason, where one cannot be used.
"""

app = single()


@app.command(help=HELP)
def validate(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="The folder of the documents.")],
) -> None:
    raise typer.Exit(exit_of_probed("validate", folder))
