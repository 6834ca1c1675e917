"""`cortexctl events`."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.client import Client
from cortexctl.failure import Failure, TooSlow
from cortexctl.noun import single
from cortexctl.options import JsonFlag
from cortexctl.output import Output, Paint
from cortexctl.session import session_of
from cortexctl.text import one_line, pairs
from probed.wire.event import EventShape

HELP = """\
\b
Examples:
  cortexctl events                  what happened lately, the newest last
  cortexctl events --follow         what happens from now on, until Ctrl-C
  cortexctl events --follow --json  one JSON object a line
  cortexctl events --follow --after 4711

What happens, event by event. A daemon that restarts is waited for, and nothing in between is missed.
"""

SILENCE_S = 1.0

app = single()


@app.command(help=HELP)
def events(
    ctx: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    after: Annotated[int | None, typer.Option("--after", metavar="ID", help="Only what came after it.", min=0)] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="Without --follow: how many, at most.", min=1)
    ] = 50,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    client, output = session.daemon.client, session.output
    source = (
        client.follow(after, on_loss=lambda loss: tell_loss(output, loss)) if follow else kept(client, after, limit)
    )
    if as_json:
        output.emit_data(source)
        return
    for event in source:
        output.emit(event_line(event, output.paint))
        if output.is_closed:
            return


def kept(client: Client, after: int | None, limit: int) -> Iterable[EventShape]:
    """The newest of what is kept. The stream has no end, so its first silence counts as one."""
    newest: deque[EventShape] = deque(maxlen=limit)
    with client.events(after or 0, idle_s=SILENCE_S) as stream, suppress(TooSlow):
        newest.extend(stream)
    return newest


def event_line(event: EventShape, paint: Paint) -> str:
    data = one_line(pairs({name: value for name, value in event.data.items() if value not in ("", None)}))
    what = f"{paint(one_line(event.type), 'bold')}  {one_line(event.subject)}  {data}"
    return f"{event.id}  {times.on_the_clock(event.at)}  {what}"


def tell_loss(output: Output, loss: Failure) -> None:
    output.say(f"{loss.message}; it goes on when the daemon is back")
