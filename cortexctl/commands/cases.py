"""`cortexctl cases`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.output import Paint
from cortexctl.session import session_of
from cortexctl.table import facts, field_lines
from cortexctl.text import pairs, short_ids
from probed.wire.alert import CaseShape

app = noun("""\
\b
Examples:
  cortexctl cases --open
  cortexctl cases show ID       with the evidence

Problems, and how far each one has climbed: fixed, asked about, or told.
""")


@app.command("list", help="The newest first.")
def list_cases(
    ctx: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that are not resolved.")] = False,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.cases(limit=limit, before=before, open="true" if open_only else None)
    short, now = short_ids(case.id for case in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "stage", "severity", "changed", "source", "summary"),
        lambda case: (
            short[case.id],
            case.stage,
            case.severity,
            times.relative(case.changed_at, now),
            case.source,
            case.summary,
        ),
        nothing="no cases",
        noun="cases",
        as_json=as_json,
    )


@app.command(help="One case in full, with its evidence.")
def show(
    ctx: typer.Context,
    id_: Annotated[str, id_of("cases", "The case's id, its beginning")],
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    case = session.daemon.case(id_)
    if as_json:
        session.output.emit_json(case)
    else:
        session.output.emit_lines(case_lines(case, session.output.paint))


def case_lines(case: CaseShape, paint: Paint) -> list[str]:
    now = times.now()
    fields = [
        ("id", case.id),
        ("stage", case.stage),
        ("severity", case.severity),
        ("summary", case.summary),
        ("outlook", case.outlook),
        ("source", case.source),
        ("check", case.check),
        ("object", case.object),
        ("opened", times.relative(case.opened_at, now)),
        ("changed", times.relative(case.changed_at, now)),
        ("last seen", times.relative(case.last_seen_at, now)),
        ("resolved", times.relative(case.resolved_at, now) if case.resolved_at else ""),
        ("labels", pairs(case.labels)),
        ("runbook", case.runbook),
        ("evidence", facts(case.evidence)),
    ]
    return field_lines(fields, paint)
