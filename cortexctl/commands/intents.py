"""`cortexctl intents`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl import times
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import Session, session_of

if TYPE_CHECKING:
    from probed.wire.change import ChainShape

KINDS = "decision, blocker, milestone, note"
PAGE = 200

VERIFY_S = 305.0
"""The daemon reads the whole record, for five minutes at the most."""

app = noun("""\
\b
Examples:
  cortexctl intents
  cortexctl intents --kind blocker
  cortexctl intents add decision "the old disk stays until Monday"
  cortexctl intents verify      is the record whole, as it was written?
  cortexctl intents checkpoints where its beginning was cut (monitor.keep_intents), each signed

What was decided or tried, by whom and why: a record that is only ever added to, each line sealed by the next.
""")


@app.command("list", help="The newest first.")
def list_intents(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help=f"Only {KINDS}, or audit.")] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    emit_intents(session_of(ctx), kind, as_json=as_json, limit=limit, before=before, nothing="no intents")


def emit_intents(
    session: Session, kind: str | None, *, as_json: bool, limit: int, before: str | None, nothing: str
) -> None:
    now = times.now()
    emit_page(
        session.output,
        session.daemon.intents(kind=kind, limit=limit, before=before),
        ("number", "when", "kind", "actor", "text"),
        lambda intent: (intent.number, times.relative(intent.at, now), intent.kind, intent.actor, intent.text),
        nothing=nothing,
        as_json=as_json,
    )


@app.command(help="Add a line of your own. It cannot be changed or removed; what looks like a credential is masked.")
def add(
    ctx: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {KINDS}.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What, and why.")],
    about: Annotated[str, typer.Option("--about", metavar="ID", help="Of an alert, an incident, a change …")] = "",
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    intent = session.daemon.add_intent(kind, text, about)
    if as_json:
        session.output.emit_json(intent)
    else:
        session.output.say(f"number {intent.number} of the record")


@app.command(help="Check every line against its seal. Ends with 1 where one was edited or removed.")
def verify(
    ctx: typer.Context,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE",
            help="Also compare the checkpoints with those kept elsewhere: what `intents checkpoints --json` printed.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    chain = session.daemon_within(VERIFY_S).verify_intents()
    differing = _differing(session, against) if against else []
    if as_json:
        session.output.emit_json(chain)
    elif chain.broken_at is not None:
        session.output.emit(f"broken at number {chain.broken_at}: {chain.fault}")
    else:
        session.output.emit_lines(_whole(chain))
    for number in differing:
        session.output.say(f"the checkpoint at number {number} is not the one in {against}")
    raise typer.Exit(Exit.OK if chain.broken_at is None and not differing else Exit.FAILED)


def _whole(chain: ChainShape) -> list[str]:
    found = chain.checkpoint
    if found is None:
        return ["whole: every intent is as it was written"]
    lines = [
        f"whole from the checkpoint at number {found.number} on, which stands for what was cut",
        f"signed by the key {found.fingerprint}",
    ]
    if not chain.vouched_for:
        lines.append("this host does not have that key: compare it with what the host said that wrote the record")
    return lines


def _differing(session: Session, file: Path) -> list[int]:
    """The numbers of those in the file that the daemon does not have, or has otherwise."""
    try:
        kept = json.loads(file.read_text())
        wanted = {int(each["number"]): each for each in kept.get("items", [kept])}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Failure(f"{file} holds no checkpoints: {error}", exit_=Exit.USAGE) from error
    known: dict[int, object] = {}
    before: str | None = None
    while True:
        page = session.daemon.checkpoints(limit=PAGE, before=before)
        known |= {each.number: each for each in page.items}
        before = page.next
        if before is None:
            return [number for number in sorted(wanted) if known.get(number) != wanted[number]]


@app.command(help="Where the beginning of the record was cut, the newest first, each signed by the daemon's own key.")
def checkpoints(
    ctx: typer.Context, as_json: JsonFlag = False, limit: Limit = DEFAULT_LIMIT, before: Before = None
) -> None:
    session = session_of(ctx)
    now = times.now()
    emit_page(
        session.output,
        session.daemon.checkpoints(limit=limit, before=before),
        ("number", "when", "cut", "key"),
        lambda each: (
            each.number,
            times.relative(each.at, now),
            sum(each.counts.values()),
            each.fingerprint,
        ),
        nothing="no checkpoints: nothing was ever cut from the record",
        as_json=as_json,
    )
