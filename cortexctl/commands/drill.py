"""`cortexctl drill`: works without a daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl.child import become_probed, exit_of_reading
from cortexctl.ids import offered
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

HELP = """\
\b
Examples:
  cortexctl drill                        all faults, and what must stay quiet
  cortexctl drill disk-full dns-dead
  cortexctl drill --list
  cortexctl drill --from ./faults --json

Break a private host on purpose, and see whether that is seen: how soon, at which level, and with how many false alarms.
Each fault is injected in namespaces of its own, without root, beside a private daemon; of this host nothing is touched,
and nothing is left behind.

Ends with 0 where the bar holds (95 % of the faults seen with the right component, 85 % at the right level, no alarm on
a healthy control), with 1 where it does not, and with 5 where this host lets nobody have such namespaces.
"""

app = single()


@app.command(help=HELP)
def drill(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Of the faults; without, all.", autocompletion=offered("faults")),
    ] = None,
    place: Annotated[
        str | None, typer.Option("--from", metavar="DIR", help="Faults of your own: a folder with a folder for each.")
    ] = None,
    lists: Annotated[bool, typer.Option("--list", help="Say what can be drilled.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="How many side by side; without it, one more than processors."),
    ] = None,
    limit: Annotated[
        str | None, typer.Option(metavar="TIME", help="The longest wait for each to be seen, as in 30s.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep what the private daemons wrote, in a new folder.")] = False,
    as_json: JsonFlag = False,
) -> None:
    options = ["--from", place] if place else []
    options += ["--jobs", str(jobs)] if jobs else []
    options += ["--limit", limit] if limit else []
    options += [word for word, is_wanted in (("--list", lists), ("--keep", keep)) if is_wanted]
    argv = ("drill", *options, "--", *(names or []))
    if not as_json:
        become_probed(*argv)
    output = session_of(ctx).output
    raise typer.Exit(exit_of_reading(output, *argv, as_json=True, rows="faults" if lists else "rows"))
