"""`cortexctl actions`: all but `dry-run` work without a daemon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl.available import available
from cortexctl.exits import Exit
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import pairs

if TYPE_CHECKING:
    from probed.wire.dry_run import DryRunShape

app = available("action", "restart_unit")


@app.command(
    "dry-run", help="What one would do now, and whether it could. Nothing is done. Ends with 4 where it could not."
)
def dry_run(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The action's name.")],
    params: Annotated[
        list[str] | None, typer.Argument(metavar="[PARAMETER=VALUE]...", help="As in a document; lists as JSON.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    seen = session.daemon.dry_run(name, dict(map(parameter, params or ())))
    if as_json:
        session.output.emit_json(seen)
    else:
        session.output.emit_lines(field_lines(fields_of(seen), session.output.paint))
        session.output.say("nothing was done")
    raise typer.Exit(Exit.OK if seen.can_be_done else Exit.ATTENTION)


def parameter(text: str) -> tuple[str, object]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!r} is no parameter; write it like unit=nginx.service")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def fields_of(seen: DryRunShape) -> list[tuple[str, str]]:
    by_itself = {"automatic": "as its document says", "ask": "never: a person is asked", "never": "never"}
    put_back = "can be put back" if seen.reversible else f"cannot be put back{': ' if seen.stays else ''}{seen.stays}"
    return [
        ("action", f"{seen.action.action} {pairs(seen.action.params)}"),
        ("object", seen.object),
        ("can be done", "yes" if seen.can_be_done else f"no: {seen.obstacle}"),
        ("precondition saw", pairs(seen.snapshot)),
        ("would do", seen.would_do),
        ("afterwards", put_back),
        ("risk", f"{seen.risk}: {seen.blast_radius}"),
        ("by itself", f"{'not now' if seen.held else by_itself[seen.permission]}: {seen.reason}"),
    ]
