"""`cortexctl findings`."""

from __future__ import annotations

from typing import Annotated

import typer

from cortexctl import times
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import session_of
from cortexctl.text import short_ids

app = noun("""\
\b
Examples:
  cortexctl findings --severity critical
  cortexctl findings --source disks --json

What the reports found, report by report. `cortexctl cases` shows each problem once.
""")


@app.command("list", help="The newest first.")
def list_findings(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Option("--source", metavar="NAME", help="Only those of this inspection or submitter.")
    ] = None,
    severity: Annotated[
        str | None, typer.Option("--severity", metavar="SEVERITY", help="info, warning or critical.")
    ] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.findings(limit=limit, before=before, source=source, severity=severity)
    short, now = short_ids(found.report_id for found in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("report", "source", "found", "severity", "check", "object", "summary"),
        lambda found: (
            short[found.report_id],
            found.source,
            times.relative(found.at, now),
            found.finding.severity,
            found.finding.check,
            found.finding.object,
            found.finding.summary,
        ),
        nothing="no findings",
        as_json=as_json,
    )
