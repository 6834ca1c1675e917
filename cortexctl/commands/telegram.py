"""`cortexctl telegram`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

app = noun("""\
\b
Examples:
  cortexctl telegram pair                 shows a code; type it in the chat, once: /pair CODE
  cortexctl telegram list                 who may act, in which chat
  cortexctl telegram unpair -1001234567   a whole chat
  cortexctl telegram unpair 4242 --user 7

Which Telegram chats get the messages, and which people may answer in them. The bot itself stands in the configuration:
telegram.token_file. People and chats that the configuration names are not listed here.
""")


@app.command("list", help="In the order of their pairing.")
def list_members(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    now = times.now()
    emit_page(
        session.output,
        session.daemon.chat_members(),
        ("chat", "name", "user", "person", "paired", "by"),
        lambda member: (
            member.chat_id,
            member.chat_name,
            member.user_id,
            member.user_name,
            times.relative(member.paired_at, now),
            member.paired_by,
        ),
        nothing="nobody is paired; to pair somebody type: cortexctl telegram pair",
        as_json=as_json,
    )


@app.command(help="Show a code for one person in one chat, good once.")
def pair(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    shown = session.daemon.pairing_code()
    if as_json:
        session.output.emit_json(shown)
        return
    session.output.emit_lines([f"/pair {shown.code}"])
    session.output.say(
        f"type this in the chat with the bot, once, {times.relative(shown.expires_at, times.now())} at most"
    )


@app.command(
    help="Put a chat, or one person in it, out.",
    context_settings={"ignore_unknown_options": True},  # a group's id begins with a minus
)
def unpair(
    ctx: typer.Context,
    chat: Annotated[int, typer.Argument(metavar="CHAT", help="The chat's id, as `list` shows it.")],
    user: Annotated[int | None, typer.Option("--user", metavar="USER", help="Only this person.")] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    page = session.daemon.unpair(chat, user)
    if as_json:
        session.output.emit_json(page.wire)
        return
    for member in page.items:
        session.output.say(f"unpaired: {member.user_name} ({member.user_id}) in chat {member.chat_id}")
