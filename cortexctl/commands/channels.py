"""`cortexctl channels`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.available import TryFlag, exit_of_available
from cortexctl.exits import Exit
from cortexctl.ids import offered
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.session import session_of
from cortexctl.text import one_line
from probed.wire.channel import BreakerShape

app = noun("""\
\b
Examples:
  cortexctl channels                     how each one is, and what waits for it
  cortexctl channels test mail           send a real message now
  cortexctl channels kinds               which kinds there are, also of other packages

Where messages go. A channel whose last message failed is failing; one that failed again and again is open: it is
left alone for a moment, then tried once; what is meant for it waits.
""")


@app.command("list", help="Every channel of the configuration.")
def list_channels(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    page, now = session.daemon.channels(), times.now()
    emit_page(
        session.output,
        page,
        ("name", "kind", "state", "since", "waiting", "given up", "why"),
        lambda channel: (
            channel.name,
            channel.kind,
            state_words(channel.breaker),
            times.relative(channel.breaker.since, now) if channel.breaker.since else "",
            channel.pending,
            channel.dead,
            channel.breaker.why,
        ),
        nothing="no channels",
        as_json=as_json,
    )


def state_words(breaker: BreakerShape) -> str:
    if breaker.state != "closed":
        return breaker.state.replace("_", " ")
    return "failing" if breaker.failures else "works"


@app.command("test", help="Send a real message now, and say what came back. Ends with 1 where it was not delivered.")
def try_channel(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="The channel, as `cortexctl channels` names it.", autocompletion=offered("channels")
        ),
    ],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    result = session.daemon.test_channel(name)
    if as_json:
        session.output.emit_json(result)
    if result.delivered:
        session.output.say(f"{result.name} took the message in {result.took_s:.1f} s")
        return
    session.output.say(f"{result.name} did not take the message: {one_line(result.detail)}")
    raise typer.Exit(Exit.FAILED)


@app.command(help="Which kinds of channels there are, and which package brings each; works without a daemon.")
def kinds(ctx: typer.Context, tries: TryFlag = False, as_json: JsonFlag = False) -> None:
    raise typer.Exit(exit_of_available("channels", session_of(ctx), tries=tries, as_json=as_json))
