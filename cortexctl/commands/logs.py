"""`cortexctl logs`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.own_log import LEVELS, shown_by_probed, words_for_log
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl logs                          the newest lines of the daemon's own log
  cortexctl logs --since 2h --level warning
  cortexctl logs --grep telegram --follow
  cortexctl logs --run ID                 what was logged about a run

What the daemon says of its own work, also while it is down: from the journal where it is a service of systemd, else
from the file that it keeps beside its database. What looks like a secret was masked before it was written.
"""

app = single()


@app.command(help=HELP)
def logs(
    ctx: typer.Context,
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="Not older: 30m, 2d, or a time, 2026-01-31T10:20.")
    ] = "",
    run: Annotated[str, typer.Option("--run", metavar="ID", help="Only what belongs to this run.")] = "",
    grep: Annotated[
        str, typer.Option("--grep", metavar="PATTERN", help="Only lines in which this regular expression occurs.")
    ] = "",
    level: Annotated[str, typer.Option("--level", metavar="LEVEL", help=f"The least of {LEVELS}.")] = "debug",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="The newest so many.", min=1)] = 100,
    file: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="Another daemon's configuration.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    wanted = (f"--since={since}", f"--run={run}", f"--grep={grep}", f"--level={level}", f"--limit={limit}")
    session = session_of(ctx)
    words = words_for_log(session, *wanted, as_json=as_json, follow=follow, file=file)
    shown_by_probed(session, words, as_json=as_json)
