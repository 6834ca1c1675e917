"""`cortexctl schedule`."""

from __future__ import annotations

import typer

from cortexctl import times
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import JsonFlag
from cortexctl.session import session_of

app = noun("""\
\b
Examples:
  cortexctl schedule
  cortexctl schedule --json

What runs next.
""")


@app.command("list", help="The soonest first.")
def list_planned(ctx: typer.Context, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    now = times.now()
    emit_page(
        session.output,
        session.daemon.schedule(),
        ("inspection", "next", "schedule"),
        lambda planned: (
            planned.inspection,
            "paused" if planned.paused else times.relative(planned.next_at, now),
            planned.schedule,
        ),
        nothing="nothing is planned",
        as_json=as_json,
    )
