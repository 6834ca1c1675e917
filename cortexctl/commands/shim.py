"""`cortexctl mcp`: the probes over MCP, for an assistant of one's own, or for the program of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.noun import single
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl mcp                                        by whatever speaks MCP, on stdin and stdout
  claude mcp add cortex -- cortexctl mcp --operator    as Claude Code takes it, with leave to propose

Serve the read-only probes of this host over MCP for the assistant that you work with. It looks
with the daemon's eyes; what looks like a credential is masked, and each question stands in the record of intents under
your name. With --operator it can also propose actions, which people are asked about; it never executes one.
"""

app = single()


@app.command("mcp", help=HELP)
def serve(
    ctx: typer.Context,
    operator: Annotated[bool, typer.Option("--operator", help="It may propose actions.")] = False,
    socket: Annotated[str, typer.Option("--socket", metavar="PATH", hidden=True, help="That of a run.")] = "",
) -> None:
    from cortexctl.commands import mcp

    if socket:
        mcp.run(socket)
    else:
        mcp.run_for_assistant(session_of(ctx).daemon, proposes=operator)
