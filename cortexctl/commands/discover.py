"""`cortexctl discover`: works without a daemon."""

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
  cortexctl discover
  sudo cortexctl discover             as root it sees which program listens where, too
  sudo cortexctl discover --write

Find what runs on this host and propose inspections that watch it, with bounds from what is normal here. It shows them
as a difference and writes nothing without --write. The next time it proposes only what has changed; a line that you
changed or removed stays as you left it.
"""

app = single()


@app.command(help=HELP)
def discover(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Option("--config", metavar="FILE", help="Another configuration.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Write them into the folder of inspections.")] = False,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    options = [*config_options(file, session.socket), *(["--write"] if write else [])]
    raise typer.Exit(exit_of_reading(session.output, "discover", *options, as_json=as_json, rows="documents"))
