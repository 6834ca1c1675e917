"""`cortexctl config`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import exit_of_probed, exit_of_reading
from cortexctl.config_path import config_options
from cortexctl.noun import verbs
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

app = verbs("""\
\b
Examples:
  cortexctl config check /etc/cortex/config.yaml
  cortexctl config show

The configuration of the daemon.
""")


@app.command(help="Read a configuration as the daemon would. Ends with 2, and the line, where it cannot be used.")
def check(file: Annotated[str, typer.Argument(metavar="FILE", help="The configuration.")]) -> None:
    raise typer.Exit(exit_of_probed("config", "check", "--config", file))


@app.command(help="Every setting with the value that is in force, also the defaults.")
def show(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Option("--config", metavar="FILE", help="Another configuration.")] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    options = config_options(file, session.socket)
    raise typer.Exit(exit_of_reading(session.output, "config", "show", *options, as_json=as_json))
