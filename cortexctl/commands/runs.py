"""`cortexctl runs`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.evidence import emit_evidence
from cortexctl.ids import id_of, offered
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Paint
from cortexctl.own_log import show_log_of_run
from cortexctl.session import session_of
from cortexctl.table import field_lines
from cortexctl.text import money, one_line, short_ids
from cortexctl.transcript import emit_transcript
from probed.wire.run import NOT_ASKED, UNDER_WAY, RunShape

app = noun("""\
\b
Examples:
  cortexctl runs
  cortexctl runs list --inspection disks --state timeout
  cortexctl runs show ID
  cortexctl runs show ID --transcript      what was said to the model and by it
  cortexctl runs evidence ID               what its probes answered
  cortexctl runs logs ID --follow          what the daemon logs about it, until it is over
  cortexctl runs cancel ID                 end one that is under way

Executions of the inspections. `cortexctl run ID` starts one.
""")


@app.command("list", help="The newest first.")
def list_runs(
    ctx: typer.Context,
    inspection: Annotated[
        str | None,
        typer.Option(
            "--inspection", metavar="ID", help="Only those of this inspection.", autocompletion=offered("inspections")
        ),
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="pending, running, ok, failed, timeout, …")
    ] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.runs(limit=limit, before=before, inspection=inspection, state=state)
    short, now = short_ids(run.id for run in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "inspection", "state", "verdict", "began", "trigger", "reason"),
        lambda run: (
            short[run.id],
            run.inspection,
            run.state,
            run.verdict or "-",
            times.relative(run.started_at or run.created_at, now),
            run.trigger,
            run.reason,
        ),
        nothing="no runs",
        noun="runs",
        as_json=as_json,
    )


@app.command(help="One run in full.")
def show(
    ctx: typer.Context,
    id_: Annotated[str, id_of("runs", "The run's id, its beginning")],
    with_transcript: Annotated[
        bool, typer.Option("--transcript", help="What was said to the model and by it, as `runs transcript`.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    if with_transcript:
        emit_transcript(session.output, session.daemon.run_transcript(id_), as_json=as_json)
        return
    run = session.daemon.run(id_)
    if as_json:
        session.output.emit_json(run)
    else:
        session.output.emit_lines(run_lines(run, session.output.paint))


@app.command(help="What the daemon's own log has of it; also without a daemon.")
def logs(
    ctx: typer.Context,
    id_: Annotated[str, id_of("runs", "The run's id, its beginning")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run is over.")] = False,
    as_json: JsonFlag = False,
) -> None:
    raise typer.Exit(show_log_of_run(session_of(ctx), id_, as_json=as_json, follow=follow))


@app.command(help="End one that is under way, and what it has started, such as a model's program.")
def cancel(
    ctx: typer.Context,
    id_: Annotated[str, id_of("runs", "The run's id, its beginning")],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    run = session.daemon.cancel_run(id_)
    if as_json:
        session.output.emit_json(run)
    elif run.state == "cancelled":
        session.output.say(one_line(f"{run.inspection}: {run.reason}"))
    elif run.state in UNDER_WAY:
        session.output.say(f"it is being ended: cortexctl runs show {run.id}")
    else:
        session.output.say(f"it was faster, and ended {run.state}: cortexctl runs show {run.id}")


@app.command(help="What was said to the model and by it; for administrators.")
def transcript(
    ctx: typer.Context,
    id_: Annotated[str, id_of("runs", "The run's id, its beginning")],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    emit_transcript(session.output, session.daemon.run_transcript(id_), as_json=as_json)


@app.command(help="What the model asked through probes, and the answers as it got them; for administrators.")
def evidence(
    ctx: typer.Context,
    id_: Annotated[str, id_of("runs", "The run's id, its beginning")],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    emit_evidence(session.output, session.daemon.run_evidence(id_), as_json=as_json)


def run_lines(run: RunShape, paint: Paint) -> list[str]:
    now = times.now()
    fields = [
        ("id", run.id),
        ("inspection", run.inspection),
        ("state", run.state),
        ("verdict", run.verdict or ""),
        ("reason", run.reason),
        ("trigger", run.trigger),
        ("by", run.by),
        ("created", times.relative(run.created_at, now)),
        ("took", times.between(run.started_at, run.ended_at)),
        ("model", gate_text(run)),
        ("cost", money(run.cost_usd)),
        ("report", run.report_id or ""),
        ("document hash", run.document_hash),
    ]
    return field_lines(fields, paint)


def gate_text(run: RunShape) -> str:
    if not run.gate:
        return ""
    return f"{'not asked' if run.gate in NOT_ASKED else 'asked'}: {run.gate_reason}"
