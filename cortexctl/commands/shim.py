"""`cortexctl mcp`: what a model's program starts to reach the probes."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.noun import single

app = single()


@app.command("mcp", help="Serve the probes of a run over MCP, on stdin and stdout.")
def serve(socket: Annotated[str, typer.Option("--socket", metavar="PATH", help="The run's own socket.")]) -> None:
    from cortexctl.commands.mcp import run

    run(socket)
