"""`cortexctl replay`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import id_of
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import money, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cortexctl.output import Paint
    from probed.wire.replay import DifferenceShape, OutcomeShape, ReplayShape

HELP = """\
\b
Examples:
  cortexctl replay ID                            is it still as it was?
  cortexctl replay ID --document disks.md        what would this document have made of it?
  cortexctl replay ID --model large              what would that model have said?
  cortexctl runs list --inspection disks         whose IDs can be replayed: those in which a model was asked

Repeat a run from its recording: what its checks saw, what its probes answered, what the model said. Nobody is asked but
a model that is named (a tier, or a model by its own name; it has its budgets, and is paid), nothing is done, no case
moves, nobody is told. What cannot be repeated is said. For administrators.

Ends with 0 where all is as it was, with 4 where something differs.
"""
MOST_CHARACTERS = 200
"""Of one value; the whole stands in the JSON."""

app = single()


@app.command(help=HELP)
def replay(
    ctx: typer.Context,
    id_: Annotated[str, id_of("runs", "The run's id, its beginning")],
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Ask this model now: small, large, local, or its own name.")
    ] = None,
    document: Annotated[
        str | None, typer.Option(metavar="FILE", help="Judge by this version of the document; - is standard input.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    played = session.daemon.replay_run(id_, _text_of(document) if document else None, model)
    if as_json:
        session.output.emit_json(played)
    else:
        session.output.emit_lines(replay_lines(played, session.output.paint))
    raise typer.Exit(Exit.OK if played.is_same else Exit.ATTENTION)


def replay_lines(played: ReplayShape, paint: Paint) -> Iterator[str]:
    then, now = played.recorded, played.replayed
    rows = [
        ("run", played.run),
        ("verdict", _both(then.report.verdict, now.report.verdict)),
        ("level", _both(_levels(then), _levels(now))),
        ("cost", _both(money(then.report.cost_usd), money(now.report.cost_usd))),
        ("asked", f"{played.answers_recorded} recorded, {played.answers_live} live"),
    ]
    yield from field_lines(rows, paint)
    yield from (f"{paint('note', 'dim')}  {one_line(note)}" for note in played.notes)
    if played.is_same:
        yield "The same report, byte for byte."
    for each in played.differences:
        yield from _difference(each, paint)


def _difference(each: DifferenceShape, paint: Paint) -> Iterator[str]:
    yield paint(f"{one_line(each.what)}:", "bold")
    yield f"  then  {one_line(each.recorded)[:MOST_CHARACTERS] or '-'}"
    yield f"  now   {one_line(each.replayed)[:MOST_CHARACTERS] or '-'}"


def _both(then: str, now: str) -> str:
    return then if then == now else f"{then} → {now}"


def _levels(outcome: OutcomeShape) -> str:
    return ", ".join(level for level in outcome.levels if level) or "-"


def _text_of(document: str) -> str:
    try:
        return sys.stdin.read() if document == "-" else Path(document).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(
            f"{document} cannot be read: {getattr(error, 'strerror', None) or error}", exit_=Exit.USAGE
        ) from None
