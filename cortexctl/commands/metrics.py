"""`cortexctl metrics`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cortexctl.failure import Failure
from cortexctl.noun import single
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl metrics
  cortexctl metrics --textfile /var/lib/prometheus/node-exporter/cortex.prom

The daemon's numbers in Prometheus' text format, as GET /metrics has them. With --textfile they are written for
node_exporter's textfile collector, whole or not at all: call it from a timer.
"""

app = single()


@app.command(help=HELP)
def metrics(
    ctx: typer.Context,
    textfile: Annotated[
        str | None, typer.Option("--textfile", metavar="FILE", help="Write them there instead; its name ends in .prom.")
    ] = None,
) -> None:
    session = session_of(ctx)
    text = session.daemon.metrics()
    if textfile is None:
        session.output.emit(text.rstrip("\n"))
    else:
        write_whole(Path(textfile), text)


def write_whole(path: Path, text: str) -> None:
    """The collector reads at any moment: a file of another name becomes this one once it is complete."""
    if path.suffix != ".prom":
        raise Failure(f"{path}: node_exporter reads only files whose names end in .prom")
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        half.write_text(text)
        half.chmod(0o644)
        half.replace(path)
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}") from None
    finally:
        half.unlink(missing_ok=True)
