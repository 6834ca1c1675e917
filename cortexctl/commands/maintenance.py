"""`cortexctl maintenance`."""

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
from cortexctl.text import one_line, short_ids

app = noun("""\
\b
Examples:
  cortexctl maintenance                                     which windows there are
  cortexctl maintenance start --for 2h                      the whole host
  cortexctl maintenance start 'object="/srv"' --for 30m --comment "new disk"
  cortexctl maintenance start 'source="disks"' --for 1h --fixes permit
  cortexctl maintenance end ID

While you work on it: what matches is not told, and nothing is fixed by itself. What still fires afterwards is told.
Windows that come again stand in the configuration, in `maintenance`.
""")


@app.command("list", help="The newest first.")
def list_windows(
    ctx: typer.Context, as_json: JsonFlag = False, limit: Limit = DEFAULT_LIMIT, before: Before = None
) -> None:
    session = session_of(ctx)
    page = session.daemon.maintenance(limit=limit, before=before)
    short, now = short_ids(window.id for window in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "state", "begins", "ends", "fixes", "matchers", "by", "comment"),
        lambda window: (
            window.id if window.id.startswith("config:") else short[window.id],
            window.state,
            times.relative(window.starts_at, now),
            times.relative(window.ends_at, now),
            window.fixes,
            ", ".join(window.matchers) or "the whole host",
            window.created_by,
            window.comment,
        ),
        nothing="no maintenance",
        noun="maintenance",
        as_json=as_json,
    )


@app.command(help="Begin a window: what matches is not told, and nothing is fixed by itself.")
def start(
    ctx: typer.Context,
    for_s: Annotated[float, typer.Option("--for", metavar="SPAN", parser=seconds, help="How long: 30m, 2h, 1d.")],
    matchers: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MATCHER]...", help='Which alerts, as in object="/srv"; none: the whole host.'),
    ] = None,
    fixes: Annotated[
        str, typer.Option("--fixes", metavar="freeze|permit", help="What becomes of known-safe fixes meanwhile.")
    ] = "freeze",
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="What you work on.")] = "",
    starts_at: Annotated[
        str | None, typer.Option("--at", metavar="TIME", help="Later, as in 2026-11-20T22:00:00Z.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    if fixes not in ("freeze", "permit"):
        raise typer.BadParameter(f"{fixes!r} is neither freeze nor permit", param_hint="--fixes")
    session = session_of(ctx)
    body = {"for_s": for_s, "matchers": matchers or [], "fixes": fixes, "comment": comment, "starts_at": starts_at}
    window = session.daemon.start_maintenance(body)
    if as_json:
        session.output.emit_json(window)
    what = ", ".join(window.matchers) or "the whole host"
    session.output.say(f"maintenance of {one_line(what)}: ends {times.relative(window.ends_at, times.now())}")
    session.output.say(f"to end it: cortexctl maintenance end {window.id}")


@app.command(help="End a window now.")
def end(
    ctx: typer.Context,
    id_: Annotated[str, id_of("maintenance", "The window's id, its beginning")],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    window = session.daemon.end_maintenance(id_)
    if as_json:
        session.output.emit_json(window)
    session.output.say(f"ended: {one_line(', '.join(window.matchers) or 'the whole host')}")
