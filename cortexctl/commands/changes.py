"""`cortexctl changes`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.change_fields import change_fields
from cortexctl.exits import Exit
from cortexctl.failure import Failure
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit
from cortexctl.session import session_of
from cortexctl.spans import seconds
from cortexctl.table import field_lines
from cortexctl.text import call_text, short_ids
from probed.wire.change import ChangeShape

ChangeId = Annotated[str, id_of("changes", "The change's id, its beginning")]
PAGE = 100

app = noun("""\
\b
Examples:
  cortexctl changes
  cortexctl changes show ID                       its steps, what was before and after
  cortexctl changes confirm ID                    it stays; else it is rolled back when its time is over
  cortexctl changes rollback ID                   put back what it changed, now
  cortexctl changes export --markdown --since 7d > changes.md

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
        ("id", "when", "class", "level", "outcome", "action", "by", "detail"),
        lambda change: (
            short[change.id],
            times.relative(change.started_at, now),
            change.change_class,
            change.level,
            change.outcome,
            call_text(change.action),
            change.by,
            change.detail,
        ),
        nothing="no changes",
        noun="changes",
        as_json=as_json,
    )


@app.command(help="One change in full.")
def show(ctx: typer.Context, id_: ChangeId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    change = session.daemon.change(id_)
    if as_json:
        session.output.emit_json(change)
    else:
        session.output.emit_lines(field_lines(change_fields(change), session.output.paint))


@app.command(help="It stays: it is no longer rolled back when its time is over.")
def confirm(ctx: typer.Context, id_: ChangeId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    change = session.daemon.confirm_change(id_)
    if as_json:
        session.output.emit_json(change)
    session.output.say(f"confirmed: {call_text(change.action)}")


@app.command(help="Put back what it changed.")
def rollback(ctx: typer.Context, id_: ChangeId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    change = session.daemon.roll_back_change(id_)
    if as_json:
        session.output.emit_json(change)
    session.output.say(
        f"is being rolled back: {call_text(change.action)}; what became of it: cortexctl changes show {change.id}"
    )


@app.command(help="All changes as one document, the oldest first.")
def export(
    ctx: typer.Context,
    markdown: Annotated[bool, typer.Option("--markdown", help="As Markdown; the only form there is.")] = False,
    last_s: Annotated[
        float | None,
        typer.Option("--since", metavar="SPAN", parser=seconds, help="Only those of the last 12h, 7d …"),
    ] = None,
) -> None:
    from cortexctl.change_document import document_lines

    if not markdown:
        raise Failure("an export needs its form", "cortexctl changes export --markdown", exit_=Exit.USAGE)
    session, now = session_of(ctx), times.now()
    found: list[ChangeShape] = []
    before: str | None = None
    while True:
        page = session.daemon.changes(limit=PAGE, before=before)
        found += [change for change in page.items if last_s is None or age_s(change, now) <= last_s]
        before = page.next
        if before is None or (last_s is not None and age_s(page.items[-1], now) > last_s):
            break
    session.output.emit_lines(document_lines(found[::-1]))


def age_s(change: ChangeShape, now: datetime) -> float:
    return (now - times.moment(change.started_at)).total_seconds()
