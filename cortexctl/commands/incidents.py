"""`cortexctl incidents`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Paint
from cortexctl.postmortem import document_lines
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import aligned, one_line, short_ids
from probed.wire.incident import IncidentInFull

IncidentId = Annotated[str, id_of("incidents", "The incident's id, its beginning")]

app = noun("""\
\b
Examples:
  cortexctl incidents
  cortexctl incidents list --state open
  cortexctl incidents show ID                 its alerts, and what happened when
  cortexctl incidents export ID > report.md   a post-mortem to begin with

Alerts that belong together: about one object, about what depends on it, or told together.
""")


@app.command("list", help="The newest first.")
def list_incidents(
    ctx: typer.Context,
    state: Annotated[str | None, typer.Option("--state", metavar="STATE", help="open or closed.")] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.incidents(limit=limit, before=before, state=state)
    short, now = short_ids(incident.id for incident in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "state", "severity", "opened", "alerts", "firing", "title"),
        lambda incident: (
            short[incident.id],
            incident.state,
            incident.severity,
            times.relative(incident.opened_at, now),
            incident.alerts,
            incident.firing,
            incident.title,
        ),
        nothing="no incidents",
        noun="incidents",
        as_json=as_json,
    )


@app.command(help="One incident with its alerts and its timeline.")
def show(ctx: typer.Context, id_: IncidentId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    found = session.daemon.incident(id_)
    if as_json:
        session.output.emit_json(found)
    else:
        session.output.emit_lines(incident_lines(found, session.output.paint))


@app.command(help="One incident as a post-mortem in Markdown.")
def export(ctx: typer.Context, id_: IncidentId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    found = session.daemon.export_incident(id_)
    if as_json:
        session.output.emit_json(found)
    else:
        session.output.emit_lines(document_lines(found))


def incident_lines(found: IncidentInFull, paint: Paint) -> list[str]:
    incident, now = found.incident, times.now()
    fields = [
        ("id", incident.id),
        ("state", incident.state),
        ("severity", incident.severity),
        ("title", incident.title),
        ("opened", times.relative(incident.opened_at, now)),
        ("closed", times.relative(incident.closed_at, now) if incident.closed_at else ""),
        ("root", next((alert.summary for alert in found.alerts if alert.id == incident.root_id), "")),
    ]
    alerts = [(alert.id, alert.state, alert.severity, one_line(alert.summary)) for alert in found.alerts]
    entries = [(entry.at[:19].replace("T", " "), entry.kind, one_line(entry.text)) for entry in found.timeline]
    lines = field_lines(fields, paint)
    for title, rows in (("Alerts", alerts), ("Timeline (UTC)", entries)):
        if rows:
            lines += ["", paint(title, "bold"), *(f"  {line}" for line in aligned(rows, paint))]
    return lines
