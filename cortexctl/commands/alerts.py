"""`cortexctl alerts`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Paint
from cortexctl.session import session_of
from cortexctl.spans import seconds
from cortexctl.table import facts, field_lines
from cortexctl.text import one_line, pairs, short_ids
from probed.wire.alert import AlertShape

AlertId = Annotated[str, typer.Argument(metavar="ID", help="The alert's id, or its beginning.")]

app = noun("""\
\b
Examples:
  cortexctl alerts                       the newest, open or not
  cortexctl alerts list --state firing
  cortexctl alerts ack ID                I look after it: no reminders
  cortexctl alerts ack ID --for 2h       … until then
  cortexctl alerts resolve ID            it is over

What a person was told.
""")


@app.command("list", help="The newest first.")
def list_alerts(
    ctx: typer.Context,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="firing, acknowledged or resolved.")
    ] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.alerts(limit=limit, before=before, state=state)
    short, now = short_ids(alert.id for alert in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "state", "severity", "since", "summary"),
        lambda alert: (
            short[alert.id],
            alert.state,
            alert.severity,
            times.relative(alert.starts_at, now),
            alert.summary,
        ),
        nothing="no alerts",
        as_json=as_json,
    )


@app.command(help="One alert in full, with what to type about it.")
def show(ctx: typer.Context, id_: AlertId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    alert = session.daemon.alert(id_)
    if as_json:
        session.output.emit_json(alert)
    else:
        session.output.emit_lines(alert_lines(alert, session.output.paint))


@app.command(help="Say that you look after it: it is not told again while it lasts.")
def ack(
    ctx: typer.Context,
    id_: AlertId,
    for_s: Annotated[
        float | None,
        typer.Option("--for", metavar="SPAN", parser=seconds, help="For so long, as in 2h; then it is told again."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    alert = session.daemon.acknowledge(id_, for_s)
    if as_json:
        session.output.emit_json(alert)
    end = f", lapses {times.relative(alert.acknowledged_until, times.now())}" if alert.acknowledged_until else ""
    session.output.say(f"acknowledged{end}: {one_line(alert.summary)}")


@app.command(help="Say that it is over. If it is found again, it is a new alert.")
def resolve(ctx: typer.Context, id_: AlertId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    alert = session.daemon.resolve(id_)
    if as_json:
        session.output.emit_json(alert)
    session.output.say(f"resolved: {one_line(alert.summary)}")


def alert_lines(alert: AlertShape, paint: Paint) -> list[str]:
    now = times.now()
    fields = [
        ("id", alert.id),
        ("state", alert.state),
        ("severity", alert.severity),
        ("summary", alert.summary),
        ("since", times.relative(alert.starts_at, now)),
        ("ended", times.relative(alert.ends_at, now) if alert.ends_at else ""),
        ("acknowledged by", alert.acknowledged_by),
        ("until", times.relative(alert.acknowledged_until, now) if alert.acknowledged_until else ""),
        ("labels", pairs(alert.labels)),
        ("outlook", alert.annotations.get("outlook", "")),
        ("annotations", facts({name: text for name, text in alert.annotations.items() if name != "outlook"})),
        ("case", alert.case_id),
        ("commands", "\n".join(alert.commands)),
    ]
    return field_lines(fields, paint)
