"""`cortexctl intents`."""

from __future__ import annotations

import typer

from cortexctl import times
from cortexctl.exits import Exit
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import session_of

VERIFY_S = 305.0
"""The daemon reads the whole record, for five minutes at the most."""

app = noun("""\
\b
Examples:
  cortexctl intents
  cortexctl intents verify      is the record whole, as it was written?

What was decided or tried, by whom and why: a record that is only ever added to, each line sealed by the next.
""")


@app.command("list", help="The newest first.")
def list_intents(
    ctx: typer.Context, as_json: JsonFlag = False, limit: Limit = DEFAULT_LIMIT, before: Before = None
) -> None:
    session = session_of(ctx)
    now = times.now()
    emit_page(
        session.output,
        session.daemon.intents(limit=limit, before=before),
        ("number", "when", "kind", "actor", "text"),
        lambda intent: (intent.number, times.relative(intent.at, now), intent.kind, intent.actor, intent.text),
        nothing="no intents",
        as_json=as_json,
    )


@app.command(help="Check every line against its seal. Ends with 1 where one was edited or removed.")
def verify(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    chain = session.daemon_within(VERIFY_S).verify_intents()
    if as_json:
        session.output.emit_json(chain)
    elif chain.broken_at is None:
        session.output.emit("whole: every intent is as it was written")
    else:
        session.output.emit(f"broken at number {chain.broken_at}: it, or one before it, is not as it was written")
    raise typer.Exit(Exit.OK if chain.broken_at is None else Exit.FAILED)
