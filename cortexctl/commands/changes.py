"""`cortexctl changes`."""

from __future__ import annotations

import typer

from cortexctl import times
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import session_of
from cortexctl.text import call_text, short_ids

app = noun("""\
\b
Examples:
  cortexctl changes
  cortexctl changes --json --limit 5      with what was before and after

What Cortex changed on this host: which action, allowed by whom, and whether it helped.
""")


@app.command("list", help="The newest first.")
def list_changes(
    ctx: typer.Context, as_json: JsonFlag = False, limit: Limit = DEFAULT_LIMIT, before: Before = None
) -> None:
    session = session_of(ctx)
    page = session.daemon.changes(limit=limit, before=before)
    short, now = short_ids(change.id for change in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "when", "level", "outcome", "action", "by", "detail"),
        lambda change: (
            short[change.id],
            times.relative(change.started_at, now),
            change.level,
            change.outcome,
            call_text(change.action),
            change.by,
            change.detail,
        ),
        nothing="no changes",
        as_json=as_json,
    )
