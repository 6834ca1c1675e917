"""`cortexctl inspections`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.output import Paint
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import one_line, pairs, short_ids
from probed.wire.inspection import InspectionShape

DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
InspectionId = Annotated[str, typer.Argument(metavar="ID", help="The inspection's id, as in its document.")]

app = noun("""\
\b
Examples:
  cortexctl inspections
  cortexctl inspections show disks
  cortexctl inspections pause disks     until it is resumed, also over a restart
  cortexctl inspections relearn security --check users
  cortexctl inspections diff disks      what changed in its document the last time

What is inspected, how often, and what came of it last. `cortexctl run ID` runs one now.
""")


@app.command("list", help="All of them, and the documents that cannot be used.")
def list_inspections(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    page, broken = session.daemon.inspections()
    now = times.now()
    emit_page(
        session.output,
        page,
        ("id", "last", "next", "schedule", "title"),
        lambda inspection: (
            inspection.id,
            inspection.last_verdict or "-",
            "paused" if inspection.paused else times.relative(inspection.next_at, now),
            inspection.schedule,
            inspection.title,
        ),
        nothing="no inspections",
        as_json=as_json,
    )
    for document in broken:
        session.output.say(one_line(f"broken: {document.path}:{document.line}: {document.reason}"))


@app.command(help="One inspection in full, with its document.")
def show(ctx: typer.Context, id_: InspectionId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    inspection = session.daemon.inspection(id_)
    if as_json:
        session.output.emit_json(inspection)
    else:
        session.output.emit_lines(inspection_lines(inspection, session.output.paint))


@app.command(help="Do not run it until it is resumed.")
def pause(ctx: typer.Context, id_: InspectionId) -> None:
    session = session_of(ctx)
    session.daemon.pause(id_)
    session.output.say(f"paused; cortexctl inspections resume {one_line(id_)}")


@app.command(help="Run it by its schedule again.")
def resume(ctx: typer.Context, id_: InspectionId) -> None:
    session = session_of(ctx)
    session.daemon.resume(id_)
    session.output.say("resumed")


@app.command(help="Take for normal what it sees next: changed files, new users, new ports.")
def relearn(
    ctx: typer.Context,
    id_: InspectionId,
    check: Annotated[str, typer.Option("--check", metavar="NAME", help="Only what this check knows.")] = "",
) -> None:
    session = session_of(ctx)
    forgot = session.daemon.relearn(id_, check).forgot
    if forgot:
        session.output.say(f"{forgot} checks learn anew at the next run: cortexctl run {one_line(id_)}")
    else:
        session.output.say("nothing was remembered yet")


@app.command(help="The versions of its document that are kept: the one in force first, then the latest.")
def versions(ctx: typer.Context, id_: InspectionId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    page, now = session.daemon.versions(id_), times.now()
    short = short_ids(version.hash for version in page.items)
    emit_page(
        session.output,
        page,
        ("version", "since", "until"),
        lambda version: (
            short[version.hash],
            times.relative(version.first_at, now),
            times.relative(version.superseded_at, now) if version.superseded_at else "in force",
        ),
        nothing="no versions",
        as_json=as_json,
    )


@app.command(
    help="How its document changed: from the version before, from another one, from that of a run, or to a file."
)
def diff(
    ctx: typer.Context,
    id_: InspectionId,
    old: Annotated[
        str | None, typer.Argument(metavar="[FROM]", help="A version or a run, or its beginning; else the one before.")
    ] = None,
    new: Annotated[str | None, typer.Argument(metavar="[TO]", help="Another one; else the one in force.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="What the one in force, or FROM, would become.")
    ] = None,
) -> None:
    from cortexctl.document_diff import difference

    session = session_of(ctx)
    lines = difference(session.daemon, id_, old, new, file)
    if lines:
        session.output.emit_lines(session.output.paint(line, DIFF_STYLES.get(line[:1], "")) for line in lines)
    else:
        session.output.say("no difference")


def inspection_lines(inspection: InspectionShape, paint: Paint) -> list[str]:
    next_ = "paused" if inspection.paused else times.relative(inspection.next_at, times.now())
    fields = [
        ("id", inspection.id),
        ("title", inspection.title),
        ("schedule", inspection.schedule),
        ("next", next_),
        ("time-out", times.duration(inspection.timeout_s)),
        ("checks", ", ".join(inspection.checks)),
        ("agent", pairs(inspection.agent)),
        ("policy", inspection.policy),
        ("last verdict", inspection.last_verdict or "none yet"),
        ("last run", inspection.last_run_id or ""),
        ("labels", pairs(inspection.labels)),
        ("runbook", inspection.runbook),
        ("document", inspection.path),
        ("hash", inspection.document_hash),
        ("text", inspection.body.strip()),
    ]
    return field_lines(fields, paint)
