"""`cortexctl alerts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cortexctl import times
from cortexctl.child import exit_of_reading
from cortexctl.failure import Rejected
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Paint
from cortexctl.session import session_of
from cortexctl.spans import seconds, span_text
from cortexctl.table import facts, field_lines
from cortexctl.text import notes_of, one_line, pairs, short_ids
from probed.wire.alert import AlertShape
from probed.wire.silence import RoutesShape

if TYPE_CHECKING:
    from cortexctl.daemon import Daemon

AlertId = Annotated[str, id_of("alerts", "The alert's id, its beginning")]

app = noun("""\
\b
Examples:
  cortexctl alerts                       the newest, open or not
  cortexctl alerts list --state firing
  cortexctl alerts ack ID                I look after it: no reminders
  cortexctl alerts ack ID --for 2h       … until then
  cortexctl alerts silence ID --for 1h   not told for an hour
  cortexctl alerts resolve ID            it is over
  cortexctl alerts routes                where alerts go
  cortexctl alerts routes team=db        where such an alert would go

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
            f"{alert.summary} (not told: {alert.not_told})" if alert.not_told else alert.summary,
        ),
        nothing="no alerts",
        noun="alerts",
        as_json=as_json,
    )


@app.command(help="One alert in full, with what to type about it.")
def show(ctx: typer.Context, id_: AlertId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    alert = session.daemon.alert(id_)
    if as_json:
        session.output.emit_json(alert)
    else:
        session.output.emit_lines(alert_lines(alert, session.output.paint, muted_by(session.daemon, alert)))


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


@app.command(help="Do not tell it for a while; without --for, until it resolves.")
def silence(
    ctx: typer.Context,
    id_: AlertId,
    for_s: Annotated[
        float | None, typer.Option("--for", metavar="SPAN", parser=seconds, help="How long: 30m, 2h, 1d.")
    ] = None,
    comment: Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why.")] = "",
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    made = session.daemon.silence_alert(id_, for_s, comment)
    if as_json:
        session.output.emit_json(made)
    ends = f"ends {times.relative(made.ends_at, times.now())}" if made.ends_at else "until it resolves"
    session.output.say(f"silenced {one_line(', '.join(made.matchers))}: {ends}")
    session.output.say(f"to end it: cortexctl silences expire {made.id}")


@app.command(help="Where alerts go; with labels, where such an alert would go, and what would mute it now.")
def routes(
    ctx: typer.Context,
    labels: Annotated[
        list[str] | None,
        typer.Argument(metavar="[LABEL=VALUE]...", help="The labels of an alert; `test` before them may stand."),
    ] = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="Ask this configuration instead of the daemon.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    asked = [label for number, label in enumerate(labels or ()) if number or label != "test"]
    session = session_of(ctx)
    if config:
        argv = ("routes", "--config", config, *asked)
        raise typer.Exit(exit_of_reading(session.output, *argv, as_json=as_json, rows="routes"))
    shape = session.daemon.routes(asked)
    if as_json:
        session.output.emit_json(shape, rows="routes")
    else:
        session.output.emit_lines(route_lines(shape))


def route_lines(shape: RoutesShape) -> list[str]:
    lines = []
    for route in shape.routes:
        indent = "" if route.group_key else "  " * route.depth
        spans = (route.group_wait_s, route.group_interval_s, route.repeat_interval_s)
        timing = "told after {}, then every {}, again after {}".format(*map(span_text, spans))
        lines.append(f"{indent}{route.key}  to {route.receiver} ({', '.join(route.recipients) or 'nobody'})")
        lines.append(f"{indent}  group {route.group_key or 'by ' + (', '.join(route.group_by) or 'nothing')}, {timing}")
        lines += [f"{indent}  and the routes that follow"] if route.continues else []
        lines += [f"{indent}  now: {route.muted}"] if route.muted else []
    return lines + muting_lines(shape)


def muted_by(daemon: Daemon, alert: AlertShape) -> str:
    """What keeps an open alert from being told now, the times of its routes included; empty: nothing."""
    if alert.state == "resolved" or not alert.labels:
        return alert.not_told
    try:
        shape = daemon.routes([f"{name}={value}" for name, value in alert.labels.items()])
    except Rejected:  # more labels than a question may have
        return alert.not_told
    routes = [f"{route.receiver}: {route.muted}" for route in shape.routes if route.muted]
    held = [alert.not_told] if alert.not_told else []
    return "\n".join(dict.fromkeys([*held, *muting_lines(shape), *routes]))


def muting_lines(shape: RoutesShape) -> list[str]:
    lines = [f"silenced by {', '.join(shape.silenced_by)}"] if shape.silenced_by else []
    return lines + ([f"inhibited by {shape.inhibited_by}"] if shape.inhibited_by else [])


def alert_lines(alert: AlertShape, paint: Paint, muted: str = "") -> list[str]:
    now = times.now()
    fields = [
        ("id", alert.id),
        ("state", alert.state),
        ("severity", alert.severity),
        ("summary", alert.summary),
        ("since", times.relative(alert.starts_at, now)),
        ("ended", times.relative(alert.ends_at, now) if alert.state == "resolved" else ""),
        ("not told", muted),
        ("acknowledged by", alert.acknowledged_by),
        ("until", times.relative(alert.acknowledged_until, now) if alert.acknowledged_until else ""),
        ("labels", pairs(alert.labels)),
        ("outlook", alert.annotations.get("outlook", "")),
        ("annotations", facts(notes_of(alert))),
        ("case", alert.case_id),
        ("commands", "\n".join(alert.commands)),
    ]
    return field_lines(fields, paint)
