"""`cortexctl silences`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import session_of
from cortexctl.spans import seconds
from cortexctl.table import field_lines
from cortexctl.text import one_line, short_ids
from probed.wire.silence import SilenceShape

SilenceId = Annotated[str, id_of("silences", "The silence's id, its beginning")]

app = noun("""\
\b
Examples:
  cortexctl silences                                         which there are
  cortexctl silences add 'object="/srv"' --for 2h --comment "new disk"
  cortexctl silences add 'alertname=~"disk.*"' 'severity!="critical"' --for 1d
  cortexctl silences expire ID
  cortexctl alerts silence ID --for 1h                       exactly this alert

What matches is not told for a while; what was told before is told resolved all the same.
""")


@app.command("list", help="The newest first.")
def list_silences(
    ctx: typer.Context,
    show_all: Annotated[bool, typer.Option("--all", help="Expired ones, too.")] = False,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.silences(limit=limit, before=before)
    short, now = short_ids(silence.id for silence in page.items), times.now()
    if not as_json and not show_all:
        page.items = [silence for silence in page.items if silence.state != "expired"]
    emit_page(
        session.output,
        page,
        ("id", "state", "ends", "matchers", "by", "comment"),
        lambda silence: (
            short[silence.id],
            silence.state,
            ending(silence),
            ", ".join(silence.matchers),
            silence.created_by,
            silence.comment,
        ),
        nothing=f"no silences but expired ones, as of {now:%H:%M} UTC" if short else "no silences",
        noun="silences",
        as_json=as_json,
    )


@app.command(help="One silence in full.")
def show(ctx: typer.Context, id_: SilenceId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    silence = session.daemon.silence(id_)
    if as_json:
        session.output.emit_json(silence)
        return
    now = times.now()
    fields = [
        ("id", silence.id),
        ("state", silence.state),
        ("matchers", "\n".join(silence.matchers)),
        ("begins", times.relative(silence.starts_at, now)),
        ("ends", ending(silence)),
        ("by", silence.created_by),
        ("comment", silence.comment),
        ("commands", "\n".join(silence.commands)),
    ]
    session.output.emit_lines(field_lines(fields, session.output.paint))


@app.command(help="Silence what matches all of these.")
def add(
    ctx: typer.Context,
    matchers: Annotated[list[str], typer.Argument(metavar="MATCHER...", help='Which alerts, as in object="/srv".')],
    for_s: Annotated[float, typer.Option("--for", metavar="SPAN", parser=seconds, help="How long: 30m, 2h, 1d.")],
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why.")] = "",
    starts_at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Later, as in 2026-11-20T22:00:00Z.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    body = {"matchers": matchers, "for_s": for_s, "comment": comment, "starts_at": starts_at}
    silence = session.daemon.add_silence(body)
    if as_json:
        session.output.emit_json(silence)
    session.output.say(f"silenced {one_line(', '.join(silence.matchers))}: ends {ending(silence)}")
    session.output.say(f"to end it: cortexctl silences expire {silence.id}")


@app.command(help="End a silence now.")
def expire(ctx: typer.Context, id_: SilenceId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    silence = session.daemon.expire_silence(id_)
    if as_json:
        session.output.emit_json(silence)
    session.output.say(f"expired: {one_line(', '.join(silence.matchers))}")


def ending(silence: SilenceShape) -> str:
    if silence.ends_at is None:
        return "when its alert resolves"
    return times.relative(silence.ends_at, times.now())
