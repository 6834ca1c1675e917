"""`cortexctl autonomy`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl import times
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import offered
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.table import emit_table

if TYPE_CHECKING:
    from probed.wire.autonomy import StandingShape

RUNGS = ("observe", "dry_run", "ask", "automatic")
Action = Annotated[str, typer.Argument(metavar="ACTION", help="As in restart_unit.", autocompletion=offered("actions"))]
Kind = Annotated[str, typer.Argument(metavar="KIND", help="What it works on, as in unit.")]

app = noun("""\
\b
Examples:
  cortexctl autonomy                                  what each action has earned
  cortexctl autonomy pin restart_unit unit ask        always ask a person for this one
  cortexctl autonomy unpin restart_unit unit

In the mode `earned` an action climbs, for each kind of object, from observe over dry_run and ask to automatic: by
rehearsals that worked, then by verified successes. A failed verification lets it fall to ask. A pin holds in every
mode.
""")


@app.command("list", help="Where each action stands, and what it still needs.")
def list_standings(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    autonomy = session.daemon.autonomy()
    if as_json:
        session.output.emit_json(autonomy, rows="standings")
        return
    standings, now = autonomy.standings, times.now()
    if autonomy.mode != "earned":
        session.output.say(f"mode {autonomy.mode}: only pins bind; cortexctl mode earned")
    if not standings:
        session.output.say("no action was rehearsed or executed yet")
        return
    if session.output.is_quiet:
        session.output.emit_lines(f"{each.action} {each.object_kind}" for each in standings)
        return
    columns = ("action", "kind", "rung", "pin", "needs", "succeeded", "failed", "since")
    rows = [(*row_of(standing), times.relative(standing.changed_at, now)) for standing in standings]
    emit_table(session.output, columns, rows)


@app.command(help="Put an action on a rung, whatever it earns.")
def pin(
    ctx: typer.Context,
    action: Action,
    kind: Kind,
    rung: Annotated[
        str, typer.Argument(metavar="RUNG", help="observe, dry_run, ask or automatic.", autocompletion=lambda: [*RUNGS])
    ],
    as_json: JsonFlag = False,
) -> None:
    if rung not in RUNGS:
        raise Failure(f"there is no rung {rung!r}", f"one of {', '.join(RUNGS)}", exit_=Exit.USAGE)
    choose(ctx, action, kind, rung, as_json=as_json)


@app.command(help="Let it stand on what it has earned.")
def unpin(ctx: typer.Context, action: Action, kind: Kind, as_json: JsonFlag = False) -> None:
    choose(ctx, action, kind, None, as_json=as_json)


def choose(ctx: typer.Context, action: str, kind: str, rung: str | None, *, as_json: bool) -> None:
    session = session_of(ctx)
    standing = session.daemon.pin(action, kind, rung)
    if as_json:
        session.output.emit_json(standing)
    else:
        words = f"pinned to {standing.pin}" if standing.pin else f"stands on what it has earned: {standing.rung}"
        session.output.say(f"{standing.action} on {standing.object_kind}: {words}")


def row_of(standing: StandingShape) -> tuple[object, ...]:
    return (
        standing.action,
        standing.object_kind,
        standing.rung,
        standing.pin or "-",
        needs(standing),
        standing.succeeded,
        standing.failed,
    )


def needs(standing: StandingShape) -> str:
    """What leads to the next rung."""
    if standing.rung == "automatic":
        return "-"
    if standing.rung == "ask":
        return f"{standing.successes} of {standing.successes_needed} successes"
    return f"{standing.rehearsals} of {standing.rehearsals_needed} rehearsals"
