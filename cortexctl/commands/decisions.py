"""`cortexctl decisions`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from cortexctl import times
from cortexctl.analysis import analysis_fields
from cortexctl.daemon import Daemon
from cortexctl.exits import Exit
from cortexctl.failure import Failure, Rejected
from cortexctl.ids import id_of
from cortexctl.listing import emit_page
from cortexctl.noun import noun
from cortexctl.options import DEFAULT_LIMIT, Before, JsonFlag, Limit, YesFlag
from cortexctl.output import Paint, plain
from cortexctl.session import Session, session_of
from cortexctl.spans import seconds
from cortexctl.table import facts, field_lines
from cortexctl.text import APPROVALS, TYPED, call_text, short_ids
from cortexctl.transcript import emit_transcript
from probed.wire.decision import DecisionShape

DecisionId = Annotated[str, id_of("decisions", "The decision's id, its beginning")]
WaitingId = Annotated[str, id_of("decisions", "The decision's id, its beginning", "state=waiting")]

app = noun("""\
\b
Examples:
  cortexctl decisions list --state waiting
  cortexctl decisions show ID                    what exactly would be done
  cortexctl decisions approve ID
  cortexctl decisions approve ID --yes           without a question, for scripts
  cortexctl decisions approve ID --confirm NAME  where its approval is typed
  cortexctl decisions approve ID --revert-after 15m      put back then, unless somebody confirms the change
  cortexctl decisions reject ID --note "not during the backup"

Actions that wait for a person's yes or no. An approval is good for exactly the action that is shown, once.
""")


@app.command("list", help="The newest first.")
def list_decisions(
    ctx: typer.Context,
    state: Annotated[
        str | None, typer.Option("--state", metavar="STATE", help="waiting, approved, rejected, expired, …")
    ] = None,
    as_json: JsonFlag = False,
    limit: Limit = DEFAULT_LIMIT,
    before: Before = None,
) -> None:
    session = session_of(ctx)
    page = session.daemon.decisions(limit=limit, before=before, state=state)
    short, now = short_ids(decision.id for decision in page.items), times.now()
    emit_page(
        session.output,
        page,
        ("id", "state", "severity", "asked", "action", "summary"),
        lambda decision: (
            short[decision.id],
            decision.state,
            decision.severity,
            times.relative(decision.created_at, now),
            call_text(decision.action),
            decision.summary,
        ),
        nothing="no decisions",
        noun="decisions",
        as_json=as_json,
    )


@app.command(help="The card: what would be done, to what, why, until when.")
def show(ctx: typer.Context, id_: DecisionId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    decision = session.daemon.decision(id_)
    if as_json:
        session.output.emit_json(decision)
    else:
        session.output.emit_lines(card_lines(decision, evidence_of(session.daemon, decision), session.output.paint))


@app.command(help="What was said to the model that was asked for its advice, and by it; for administrators.")
def transcript(ctx: typer.Context, id_: DecisionId, as_json: JsonFlag = False) -> None:
    session = session_of(ctx)
    emit_transcript(session.output, session.daemon.decision_transcript(id_), as_json=as_json)


@app.command(help="Let the action be executed. Asks first on a terminal; a yes is for exactly what was shown.")
def approve(
    ctx: typer.Context,
    id_: WaitingId,
    yes: YesFlag = False,
    hash_: Annotated[
        str | None, typer.Option("--hash", metavar="HASH", help="Only if it is still the action with this hash.")
    ] = None,
    confirmation: Annotated[
        str, typer.Option("--confirm", metavar="TEXT", help="The name of the object, where the approval is typed.")
    ] = "",
    revert_after_s: Annotated[
        float | None,
        typer.Option(
            "--revert-after",
            metavar="SPAN",
            parser=seconds,
            help="Roll it back after 15m, 1h …, at most 24h, unless somebody confirms the change.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    decision = session.daemon.decision(id_)
    if not decision.hash:  # nobody was ever asked, so there is nothing that a yes could be bound to
        why = f": {decision.note}" if decision.note else ""
        raise Failure(
            f"decision {decision.id} is {decision.state}{why}",
            f"cortexctl decisions show {decision.id}",
            exit_=Exit.REFUSED,
        )
    if not yes and sys.stdin.isatty() and sys.stderr.isatty():
        confirmation = confirm(session, decision, confirmation)
    approved = session.daemon.approve(decision.id, hash_ or decision.hash, confirmation, revert_after_s)
    if as_json:
        session.output.emit_json(approved)
    session.output.say(words_of(approved))


@app.command(help="Do not let the action be executed; a person is told of the problem instead.")
def reject(
    ctx: typer.Context,
    id_: WaitingId,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Why not; kept with the decision.")] = "",
    as_json: JsonFlag = False,
) -> None:
    session = session_of(ctx)
    rejected = session.daemon.reject(id_, note)
    if as_json:
        session.output.emit_json(rejected)
    session.output.say(f"rejected: {call_text(rejected.action)}")


def words_of(approved: DecisionShape) -> str:
    action = call_text(approved.action)
    if approved.state == "waiting":
        return f"approved by {', '.join(approved.approvals)}: {action}; it waits for a second person's approval"
    return f"approved: {action}; what became of it: cortexctl decisions show {approved.id}"


def confirm(session: Session, decision: DecisionShape, confirmation: str) -> str:
    """Ask on the terminal; returns what was typed to confirm."""
    for line in card_lines(decision, evidence_of(session.daemon, decision)):
        session.output.insist(line)
    if decision.approval in TYPED and not confirmation:
        typed = asked(f"To approve, type {decision.object}: ")
        is_yes, confirmation = typed == decision.object, typed
    else:
        is_yes = asked("Approve? [y/N] ").lower() in ("y", "yes")
    if not is_yes:
        raise Failure("not approved; it goes on waiting", f"cortexctl decisions reject {decision.id}")
    return confirmation


def asked(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def evidence_of(daemon: Daemon, decision: DecisionShape) -> Mapping[str, object]:
    try:
        return daemon.case(decision.case_id).evidence
    except Rejected:  # the case is no longer kept
        return {}


def card_lines(decision: DecisionShape, evidence: Mapping[str, object], paint: Paint = plain) -> list[str]:
    now = times.now()
    decided = f"{decision.decided_by}, {times.relative(decision.decided_at, now)}" if decision.decided_at else ""
    fields = [
        ("id", decision.id),
        ("state", decision.state),
        ("severity", decision.severity),
        ("problem", decision.summary),
        ("action", call_text(decision.action)),
        ("host", decision.host),
        ("approval", APPROVALS.get(decision.approval, "")),
        ("approved by", ", ".join(decision.approvals) if decision.state == "waiting" else ""),
        ("dry run", decision.dry_run),
        ("why asked", decision.reason),
        *analysis_fields(decision.analysis),
        ("asked", times.relative(decision.created_at, now)),
        ("expires", times.relative(decision.expires_at, now) if decision.state == "waiting" else ""),
        ("decided by", decided),
        ("note", decision.note),
        ("evidence", facts(evidence)),
        ("precondition", facts(decision.snapshot)),
        ("hash", decision.hash),
        ("commands", "\n".join(decision.commands)),
    ]
    return field_lines(fields, paint)
