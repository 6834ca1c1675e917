"""`cortexctl messages`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.ids import id_of, offered
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import one_line, short_ids

MessageId = Annotated[str, id_of("messages", "The message's id, its beginning")]

app = noun("""\
\b
Examples:
  cortexctl messages                          the newest
  cortexctl messages list --state dead        what was given up, and why
  cortexctl messages list --state pending     what waits for its channel
  cortexctl messages resend ID                try it again
  cortexctl messages resend ID --to mail      send it elsewhere

What was told, or waits to be. A message that its channel refuses, or whose channel is gone, is given up; it stays here.
""")


@app.command("list", help="The newest first.")
def list_messages(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option("--state", metavar="STATE", help="pending, sent or dead.")] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.messages(limit=limit, before=before, state=state)
    short, now = short_ids(message.id for message in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "created", "to", "state", "tries", "title", "note"),
        lambda message: (
            short[message.id],
            times.relative(message.created_at, now),
            message.recipient,
            message.state.replace("_", " "),
            message.attempts,
            message.title,
            message.note,
        ),
        nothing="no messages",
        noun="messages",
        as_json=as_json,
    )


@app.command(help="One message in full.")
def show(ctx: typer.Context, id_: MessageId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    message = session.daemon.message(id_)
    if as_json:
        session.output.emit_json(message)
        return
    now = times.now()
    fields = [
        ("id", message.id),
        ("to", message.recipient),
        ("state", message.state.replace("_", " ")),
        ("created", times.relative(message.created_at, now)),
        ("tries", str(message.attempts)),
        ("next try", times.relative(message.due_at, now) if message.state in ("pending", "in_doubt") else ""),
        ("ended", times.relative(message.ended_at, now) if message.ended_at else ""),
        ("note", message.note),
        ("about", message.subject),
        ("text", message.text),
    ]
    session.output.emit_lines(field_lines(fields, session.output.paint))


@app.command(help="Have a message that was given up sent again.")
def resend(
    ctx: typer.Context,
    id_: MessageId,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="NAME", help="Another channel than the one it was for.", autocompletion=offered("channels")
        ),
    ] = "",
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    message = session.daemon.resend(id_, to)
    if as_json:
        session.output.emit_json(message)
    session.output.say(f"waits for {message.recipient} as {message.id}: {one_line(message.title)}")
