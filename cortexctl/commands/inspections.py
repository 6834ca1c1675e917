"""`cortexctl inspections`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.child import exit_of_probed, exit_of_reading
from cortexctl.config_path import config_options
from cortexctl.ids import id_of, offered
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.output import Paint
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import one_line, pairs, short_ids
from probed.wire.inspection import InspectionShape

DIFF_STYLES = {"+": "green", "-": "red", "@": "cyan"}
InspectionId = Annotated[str, id_of("inspections", "The inspection's id as in its document")]

app = noun("""\
\b
Examples:
  cortexctl inspections
  cortexctl inspections show disks
  cortexctl inspections pause disks     until it is resumed, also over a restart
  cortexctl inspections relearn security --check users
  cortexctl inspections new web --template website --set host=www.example.org --set text=Welcome
  cortexctl inspections test web        what a run would find now, without anything coming of it
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
        noun="inspections",
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


@app.command(help="Write a document from a template. Needs no daemon; it is in force after a reload.")
def new(
    ctx: typer.Context,
    id_: Annotated[str, typer.Argument(metavar="ID", help="Its id, and the name of its file.")],
    template: Annotated[
        str,
        typer.Option(
            "--template", metavar="NAME", help="One of `inspections templates`.", autocompletion=offered("templates")
        ),
    ] = "blank",
    answers: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="What the template asks for.")
    ] = None,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What people read; else the id.")] = "",
    schedule: Annotated[str, typer.Option("--schedule", metavar="WHEN", help="As in a document; else every 5m.")] = "",
    policy: Annotated[
        str, typer.Option("--policy", metavar="POLICY", help="observe, careful or operator; else careful.")
    ] = "",
    prints: Annotated[bool, typer.Option("--print", help="Show it, and write nothing.")] = False,
) -> None:
    options = [f"--template={template}", *(f"--set={answer}" for answer in answers or ())]
    options += [f"--title={title}", f"--schedule={schedule}", f"--policy={policy}", *(["--print"] if prints else [])]
    config = config_options(None, session_of(ctx).socket)
    raise typer.Exit(exit_of_probed("inspection", "new", *config, *options, "--", id_))


@app.command(help="The templates of documents, and what each asks for.")
def templates(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    output = session_of(ctx).output
    raise typer.Exit(exit_of_reading(output, "inspection", "templates", as_json=as_json, rows="templates"))


@app.command(help="Read documents as the daemon would: `cortexctl validate`.")
def validate(
    ctx: typer.Context,
    place: Annotated[str | None, typer.Argument(metavar="[DIR|FILE]", help="Else the configured folder.")] = None,
) -> None:
    config = config_options(None, session_of(ctx).socket)
    raise typer.Exit(exit_of_probed("validate", *config, *([place] if place else [])))


@app.command("test", help="What a run would find now: a script takes the model's place, and nothing comes of it.")
def try_out(
    ctx: typer.Context,
    document: Annotated[str, typer.Argument(metavar="ID|FILE", help="Its id, or its file.")],
    script: Annotated[
        str, typer.Option("--script", metavar="NAME|FILE", help="What answers in the model's place.")
    ] = "agree",
    without_model: Annotated[bool, typer.Option("--without-model", help="Ask none.")] = False,
    as_json: JsonFlag = False,
) -> None:
    options = ["--without-model"] if without_model else [f"--script={script}"]
    session = session_of(ctx)
    argv = ("inspection", "test", *config_options(None, session.socket), *options, "--", document)
    raise typer.Exit(exit_of_reading(session.output, *argv, as_json=as_json))


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
