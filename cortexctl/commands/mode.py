"""`cortexctl mode`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import offered
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

if TYPE_CHECKING:
    from probed.wire.autonomy import ModesShape

MODES = ("observe", "earned", "act")
HELP = """\
\b
Examples:
  cortexctl mode                                  which one holds
  cortexctl mode act                              known-safe fixes run by themselves
  cortexctl mode observe --action clean_files     but this one is only named
  cortexctl mode default --action clean_files     this one follows the general mode again
  cortexctl mode default                          what the configuration says holds again

\b
observe  nothing runs by itself; each message says what would have been done, and why
earned   an action runs by itself once it has earned that: cortexctl autonomy
act      what documents allow on L1 runs by itself

What a person approves is executed in every mode. The choice holds over restarts and reloads.
"""

app = single()


@app.command(help=HELP)
def mode(
    ctx: typer.Context,
    choice: Annotated[
        str,
        typer.Argument(
            metavar="[observe|earned|act|default]", help="What holds from now on; none: show it.", show_default=False
        ),
    ] = "",
    action: Annotated[
        str, typer.Option("--action", metavar="NAME", help="Only for this action.", autocompletion=offered("actions"))
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    if choice not in ("", "default", *MODES):
        raise Failure(f"there is no mode {choice!r}", f"one of {', '.join(MODES)} or default", exit_=Exit.USAGE)
    daemon = session.daemon
    modes = daemon.set_mode(None if choice == "default" else choice, action) if choice else daemon.modes()
    if as_json:
        session.output.emit_json(modes)
    else:
        session.output.emit_lines(lines_of(modes, action))


def lines_of(modes: ModesShape, action: str) -> list[str]:
    if action:
        own = modes.actions.get(action)
        return [f"{action}: {own}" if own else f"{action}: {modes.mode}, as in general"]
    chosen = "" if modes.chosen else " (by the configuration)"
    return [f"{modes.mode}{chosen}", *(f"{name}: {each}" for name, each in modes.actions.items())]
