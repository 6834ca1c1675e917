"""`cortexctl mock-model`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import become_probed
from cortexctl.noun import single

HELP = """\
\b
Examples:
  cortexctl mock-model --list
  cortexctl mock-model --script investigate
  cortexctl mock-model --script ./answers.yaml --port 8642

A model that is none: serves the Messages API on loopback and answers by a script, so that inspections with a model can
be developed, tried and shown without a key. The first line of its output is its URL, for `agent.base_url`; what it was
asked, and what it answered, it tells on the standard error. It ends with Ctrl-C.
"""

app = single()


@app.command(help=HELP)
def mock_model(
    script: Annotated[
        str, typer.Option(metavar="FILE", help="A script, or the name of one that comes with Cortex.")
    ] = "investigate",
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65535, help="Of loopback; 0: one that is free.")] = 0,
    lists: Annotated[bool, typer.Option("--list", help="Say which scripts come with Cortex.")] = False,
) -> None:
    options = ["--list"] if lists else ["--script", script, "--port", str(port)]
    become_probed("mock-model", *options)
