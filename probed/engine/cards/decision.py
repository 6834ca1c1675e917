"""What a person is asked, and what became of the question."""

from __future__ import annotations

from collections.abc import Mapping

from probed.core.advice import Advice
from probed.core.analysis import Analysis
from probed.core.card import Button, Card, CardKind, Manner, Section
from probed.core.case import Case
from probed.core.decision import Decision, DecisionState
from probed.core.phrases import say, word
from probed.core.recognition import recognised_in, without_recognition
from probed.engine.cards.answer import SHOWN_HASH, answerable, approve_command
from probed.engine.cards.section import approval_lines, one_line


def decision_card(decision: Decision, case: Case, tuning: str = "") -> Card:
    """The daemon's own words come first, and whole: what a submitter or a model said may be long and say anything."""
    until = say("until: {time} UTC", time=f"{decision.expires_at:%Y-%m-%d %H:%M}")
    lines = [decision.reason, say("source: {source}", source=case.source), until]
    lines += approval_lines(decision)
    recognised = (known.line,) if (known := recognised_in(case.evidence)) else ()
    if case.outlook:
        lines.append(say("before: {outlook}", outlook=case.outlook))
    if case.runbook:
        lines.append(say("runbook: {link}", link=case.runbook))
    if tuning:
        lines.append(tuning)
    return Card(
        kind=CardKind.DECISION,
        host=decision.host,
        title=say("May I run {action}?", action=decision.call.key),
        severity=str(decision.severity),
        sections=(
            Section(say("what would change"), tuple(decision.dry_run.splitlines())),
            Section(say("decision"), (*lines, f"hash: {decision.hash[:SHOWN_HASH]}")),
            *_analysis_sections(decision.analysis),
            Section(
                say("because of {what}", what=f"{case.check} {case.object}"), (one_line(decision.summary), *recognised)
            ),
            Section(say("evidence"), evidence_lines(case.evidence)),
        ),
        commands=(approve_command(decision), f"cortexctl decisions reject {decision.id}"),
        buttons=(
            Button(say("Approve"), "approve", answerable(decision)),
            Button(say("Reject"), "reject", decision.id),
            Button(say("Details"), "details", decision.id),
            Button(say("Dry run"), "dry_run", decision.id),
        ),
    )


def _analysis_sections(analysis: Analysis) -> tuple[Section, ...]:
    cost = say(", advice for {usd} USD", usd=f"{analysis.cost_usd:.4f}") if analysis.cost_usd else ""
    takes = say("cost: at most {seconds} s", seconds=f"{analysis.takes_s:g}")
    risk = (
        say("risk: {risk}, may hit {what}", risk=analysis.risk, what=analysis.blast_radius),
        say("inverse: {inverse}", inverse=analysis.inverse),
        say("record: {record}", record=analysis.record),
        f"{takes}{cost}",
    )
    sections = [Section(say("what it may cost"), risk)] if analysis.risk else []
    if analysis.advice:
        sections.append(Section(say("the model's advice"), advice_lines(analysis.advice)))
    elif analysis.no_advice:
        sections.append(
            Section(say("the model's advice"), (say("none: {reason}", reason=one_line(analysis.no_advice)),))
        )
    if analysis.precedents:
        sections.append(Section(say("decided before"), tuple(one_line(line) for line in analysis.precedents)))
    return tuple(sections)


def advice_lines(advice: Advice) -> tuple[str, ...]:
    kind = say("reversible") if advice.reversible else say("irreversible")
    reasons = [say("because: {summary}", summary=one_line(reason)) for reason in advice.reasons]
    others = [say("instead: {other}", other=one_line(other)) for other in advice.alternatives]
    verdict = say("{advice}; risk {risk}, {kind}", advice=advice.recommendation, risk=advice.risk, kind=kind)
    return (verdict, *reasons, *others)


def outcome_card(decision: Decision, text: str) -> Card:
    """Takes the place of the decision's card once it is no longer open."""
    state = word(decision.state)
    answer = DecisionState.REJECTED if decision.state is DecisionState.REJECTED else DecisionState.APPROVED
    by = say("{state} by {who}", state=word(answer), who=decision.decided_by) if decision.decided_by else state
    lines = (by, text)
    return Card(
        kind=CardKind.DECISION,
        host=decision.host,
        title=f"{decision.summary}: {decision.call.key} {state}",
        manner=Manner.UPDATE,
        sections=(Section("", tuple(line for line in lines if line)),),
    )


def evidence_lines(evidence: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in list(without_recognition(evidence).items())[:10])
