"""What a person is told: pure functions from the engine's records to cards."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from probed.core.advice import Advice
from probed.core.alert import Alert, AlertState
from probed.core.analysis import Analysis
from probed.core.card import Button, Card, CardKind, Manner, Section
from probed.core.case import Case
from probed.core.change import Change
from probed.core.decision import Decision
from probed.core.finding import worst
from probed.core.group import Announcement, NotifyReason
from probed.core.permission import Approval
from probed.core.phrases import say, word

MOST_LISTED = 20
LONGEST_LINE = 300
SHOWN_HASH = 12
SHOWN_ANNOTATIONS = ("impact", "outlook", "runbook", "tune")
MOST_ANSWERED = 3
"""Alerts of one message that can be acknowledged from it; each takes a command and a button."""
MOST_IN_FULL = 5
"""Alerts of one message of which each has all its buttons."""
MOST_ANSWERED_AT_FIRST = 10
"""The same for the first sweep's card, for its alerts and for its questions: as many as one message can hold."""


def alert_card(host: str, news: Announcement) -> Card:
    """The message for a group: what fires, what resolved, and what to type about it."""
    firing, resolved = sorted(news.firing, key=_worst_and_newest_first), news.resolved
    if not firing:
        return Card(
            kind=CardKind.RESOLVED,
            host=host,
            title=_headline(say("resolved"), resolved),
            manner=Manner.UPDATE,
            sections=(*(_resolved_section(alert) for alert in resolved[:MOST_LISTED]), *_more(resolved)),
        )
    severity = str(worst(alert.severity for alert in firing))
    verb = say("acknowledged") if not _unacknowledged(firing) else word(severity)
    verb = say("still firing") if news.reason is NotifyReason.REPEAT else verb
    sections = [_firing_section(alert) for alert in firing[:MOST_LISTED]]
    sections += [_resolved_section(alert) for alert in resolved[:MOST_LISTED]]
    sections += _more(firing, resolved)
    open_ = _unacknowledged(firing)[:MOST_ANSWERED]
    return Card(
        kind=CardKind.ALERT,
        host=host,
        title=_headline(verb, firing),
        manner=Manner.UPDATE if news.reason is NotifyReason.RESOLVED else Manner.MESSAGE,
        severity=severity,
        sections=tuple(sections),
        commands=_answering_commands(open_),
        buttons=alert_buttons(open_),
    )


def decision_card(decision: Decision, case: Case, tuning: str = "") -> Card:
    """The daemon's own words come first, and whole: what a submitter or a model said may be long and say anything."""
    until = say("until: {time} UTC", time=f"{decision.expires_at:%Y-%m-%d %H:%M}")
    lines = [decision.reason, say("source: {source}", source=case.source), until]
    lines += _approval_lines(decision)
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
            Section(say("because of {what}", what=f"{case.check} {case.object}"), (_one_line(decision.summary),)),
            Section(say("evidence"), evidence_lines(case.evidence)),
        ),
        commands=(_approve_command(decision), f"cortexctl decisions reject {decision.id}"),
        buttons=(
            Button(say("Approve"), "approve", answerable(decision)),
            Button(say("Reject"), "reject", decision.id),
            Button(say("Details"), "details", decision.id),
            Button(say("Dry run"), "dry_run", decision.id),
        ),
    )


def _approval_lines(decision: Decision) -> list[str]:
    match decision.approval:
        case Approval.TWO:
            if not decision.approvals:
                return [say("two persons have to approve")]
            people = ", ".join(decision.approvals)
            return [say("approved by {people}; another person has to approve, too", people=people)]
        case Approval.TYPED:
            return [say("whoever approves types: {name}", name=decision.object)]
    return []


def _approve_command(decision: Decision) -> str:
    confirmation = f" --confirm {shlex.quote(decision.object)}" if decision.approval is Approval.TYPED else ""
    return f"cortexctl decisions approve {decision.id}{confirmation}"


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
            Section(say("the model's advice"), (say("none: {reason}", reason=_one_line(analysis.no_advice)),))
        )
    if analysis.precedents:
        sections.append(Section(say("decided before"), tuple(_one_line(line) for line in analysis.precedents)))
    return tuple(sections)


def advice_lines(advice: Advice) -> tuple[str, ...]:
    kind = say("reversible") if advice.reversible else say("irreversible")
    reasons = [say("because: {summary}", summary=_one_line(reason)) for reason in advice.reasons]
    others = [say("instead: {other}", other=_one_line(other)) for other in advice.alternatives]
    verdict = say("{advice}; risk {risk}, {kind}", advice=advice.recommendation, risk=advice.risk, kind=kind)
    return (verdict, *reasons, *others)


def answerable(decision: Decision) -> str:
    """What a button approves: the decision as it was shown, `ID.HASH`."""
    return f"{decision.id}.{decision.hash[:SHOWN_HASH]}"


def outcome_card(decision: Decision, text: str) -> Card:
    """Takes the place of the decision's card once it is no longer open."""
    state = word(decision.state)
    by = say("{state} by {who}", state=state, who=decision.decided_by) if decision.decided_by else state
    lines = (by, text)
    return Card(
        kind=CardKind.DECISION,
        host=decision.host,
        title=f"{decision.summary}: {decision.call.key} {state}",
        manner=Manner.UPDATE,
        sections=(Section("", tuple(line for line in lines if line)),),
    )


def armed_card(host: str, change: Change) -> Card:
    """It helped, and is put back all the same, unless somebody says that it should stay."""
    assert change.revert_at
    until = f"{change.revert_at:%Y-%m-%d %H:%M} UTC"
    return Card(
        kind=CardKind.NOTICE,
        host=host,
        title=say("{action} is rolled back at {time} unless you confirm it", action=change.call.key, time=until),
        sections=(Section("", (change.detail,)),),
        commands=(f"cortexctl changes confirm {change.id}", f"cortexctl changes rollback {change.id}"),
    )


def notice_card(host: str, text: str, severity: str = "") -> Card:
    return Card(kind=CardKind.NOTICE, host=host, title=text, severity=severity)


def flapping_card(host: str, alert: Alert, changes: int) -> Card:
    text = say("{count} changes of late; further ones are held until it is steady", count=changes)
    return _single(
        CardKind.NOTICE, host, say("flapping: {summary}", summary=alert.summary), alert, (text, _what(alert))
    )


def steady_card(host: str, alert: Alert) -> Card:
    state = say("it is resolved") if alert.state is AlertState.RESOLVED else say("it fires")
    return _single(
        CardKind.NOTICE, host, say("no longer flapping: {summary}", summary=alert.summary), alert, (state, _what(alert))
    )


def test_card(host: str, channel: str, by: str) -> Card:
    text = say("If you can read this, messages of Cortex arrive here. Nothing is wrong.")
    title = say("test of the channel {channel}, asked for by {who}", channel=channel, who=by)
    return Card(CardKind.NOTICE, host, title, sections=(Section(text),))


def lapsed_card(host: str, alert: Alert, by: str) -> Card:
    lines = (say("{who} had acknowledged it; that has lapsed, and it still fires", who=by), _what(alert))
    return _single(
        CardKind.ALERT,
        host,
        say("still {severity}: {summary}", severity=word(alert.severity), summary=alert.summary),
        alert,
        lines,
    )


def escalation_card(host: str, alert: Alert, after_s: float, receiver: str) -> Card:
    waited = f"{after_s / 60:g} min" if after_s >= 60 else f"{after_s:g} s"
    lines = (
        say("nobody has acknowledged it within {time}, so {receiver} is told", time=waited, receiver=receiver),
        say("since {time} UTC", time=f"{alert.starts_at:%Y-%m-%d %H:%M}"),
        _what(alert),
    )
    return _single(CardKind.ALERT, host, say("escalated: {summary}", summary=alert.summary), alert, lines)


def over_card(host: str, alert: Alert) -> Card:
    """For those who heard of it outside of its group."""
    return Card(
        kind=CardKind.RESOLVED,
        host=host,
        title=_headline(say("resolved"), [alert]),
        manner=Manner.UPDATE,
        sections=(_resolved_section(alert),),
    )


def quiet_card(host: str, firing: Sequence[Alert], over: Sequence[Alert]) -> Card:
    """What came to pass in the quiet hours."""
    first = sorted(firing, key=_worst_and_newest_first)
    open_ = _unacknowledged(first)[:MOST_ANSWERED]
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=say("quiet hours: {firing} alerts still firing, {over} over", firing=len(firing), over=len(over)),
        severity=str(worst(alert.severity for alert in firing) or ""),
        sections=(
            *(_firing_section(alert) for alert in first[:MOST_LISTED]),
            *(_resolved_section(alert) for alert in over[:MOST_LISTED]),
            *_more(first, over),
        ),
        commands=_answering_commands(open_),
        buttons=alert_buttons(open_),
    )


def weekly_card(host: str, lines: Sequence[str]) -> Card:
    sections = (Section("", tuple(lines)),)
    return Card(kind=CardKind.DIGEST, host=host, title=say("the last seven days"), sections=sections)


def storm_card(host: str, lines: Sequence[str], held: int) -> Card:
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=say("{count} more, told together because there were so many", count=held),
        sections=(Section("", tuple(lines)),),
        commands=("cortexctl status", "cortexctl alerts list --state firing"),
    )


def digest_card(host: str, lines: Sequence[str]) -> Card:
    """All of them, for they are told only once; a channel that cannot show so much attaches the rest."""
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=say("digest: {count} noted or fixed", count=len(lines)),
        sections=(Section("", tuple(lines)),),
    )


def away_card(host: str, lines: Sequence[str], firing: Sequence[Alert]) -> Card:
    """What came to pass while its channel took nothing. `firing`: what of it goes on, unacknowledged."""
    shown = firing[:MOST_ANSWERED_AT_FIRST]
    title = say("while the channel was away: {count} events", count=len(lines))
    going_on = say(", {count} alerts still firing", count=len(firing)) if firing else ""
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=f"{title}{going_on}",
        severity=str(worst(alert.severity for alert in firing) or ""),
        sections=(Section("", tuple(lines)),),
        commands=("cortexctl status", *_answering_commands(shown)),
        buttons=alert_buttons(shown),
    )


def first_sweep_card(host: str, alerts: Sequence[Alert], decisions: Sequence[Decision]) -> Card:
    """One message for all that the first look at this host brought up; each of its questions can be answered."""
    asked, open_ = decisions[:MOST_ANSWERED_AT_FIRST], _unacknowledged(alerts)[:MOST_ANSWERED_AT_FIRST]
    sections = [_firing_section(alert) for alert in alerts[:MOST_LISTED]]
    sections += _more(alerts)
    sections += [_question_section(number, decision) for number, decision in enumerate(asked, 1)]
    commands = ["cortexctl status", *_answer_commands(asked), *(f"cortexctl alerts ack {alert.id}" for alert in open_)]
    if len(decisions) > len(asked):
        sections.append(Section(say("{count} more decisions wait", count=len(decisions) - len(asked))))
        commands.append("cortexctl decisions list --state waiting")
    return Card(
        kind=CardKind.FIRST_SWEEP,
        host=host,
        title=say(
            "first look at this host: {alerts} alerts, {decisions} waiting decisions",
            alerts=len(alerts),
            decisions=len(decisions),
        ),
        severity=str(worst([*(alert.severity for alert in alerts), *(each.severity for each in decisions)]) or ""),
        sections=tuple(sections),
        commands=tuple(commands),
        buttons=(*answer_buttons(asked), *alert_buttons(open_)),
    )


def evidence_lines(evidence: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in list(evidence.items())[:10])


def _headline(verb: str, alerts: Sequence[Alert]) -> str:
    if len(alerts) == 1:
        return f"{verb}: {alerts[0].summary}"
    names = sorted({alert.labels.get("alertname", "") for alert in alerts})
    shown = f"{', '.join(names[:3])}{', …' if len(names) > 3 else ''}"
    return say("{verb}: {count} alerts ({names})", verb=verb, count=len(alerts), names=shown)


def _firing_section(alert: Alert) -> Section:
    by = alert.acknowledged_by
    acknowledged = say(", acknowledged by {who}", who=by) if by else ""
    since = say("{severity}, since {time} UTC", severity=word(alert.severity), time=f"{alert.starts_at:%Y-%m-%d %H:%M}")
    lines = [f"{since}{acknowledged}", _what(alert)]
    lines += [alert.annotations[name] for name in SHOWN_ANNOTATIONS if alert.annotations.get(name)]
    return Section(alert.summary, tuple(lines), alert.id)


def _what(alert: Alert) -> str:
    source, found = alert.labels.get("source"), (alert.labels.get("alertname"), alert.labels.get("object"))
    what = " ".join(filter(None, found))
    return f"{source}: {what}" if source else what


def _single(kind: CardKind, host: str, title: str, alert: Alert, lines: Sequence[str]) -> Card:
    """About one alert, whatever its group."""
    open_, tuning = _unacknowledged([alert]), filter(None, [alert.annotations.get("tune")])
    return Card(
        kind=kind,
        host=host,
        title=title,
        severity=str(alert.severity),
        sections=(Section("", (*lines, *tuning), alert.id),),
        commands=_answering_commands(open_),
        buttons=alert_buttons(open_),
    )


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _resolved_section(alert: Alert) -> Section:
    return Section(say("resolved: {summary}", summary=alert.summary), (f"{_span(alert)} UTC",), alert.id)


def _span(alert: Alert) -> str:
    began, ended = alert.starts_at, alert.ends_at or alert.updated_at
    same_day = began.date() == ended.date()
    end = f"{ended:{'%H:%M' if same_day else '%Y-%m-%d %H:%M'}}"
    return say("{begin} to {end}", begin=f"{began:%Y-%m-%d %H:%M}", end=end)


def _question_section(number: int, decision: Decision) -> Section:
    return Section(
        f"{number}. {say('May I run {action}?', action=decision.call.key)}",
        (
            *decision.dry_run.splitlines()[:3],
            say("because: {summary}", summary=_one_line(decision.summary)),
            *_approval_lines(decision),
        ),
    )


def _more(*alerts: Sequence[Alert]) -> list[Section]:
    hidden = sum(max(0, len(each) - MOST_LISTED) for each in alerts)
    return [Section(say("{count} more", count=hidden), ("cortexctl alerts list",))] if hidden else []


def _unacknowledged(alerts: Sequence[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.state is AlertState.FIRING]


def _answering_commands(alerts: Sequence[Alert]) -> tuple[str, ...]:
    return tuple(
        command
        for alert in alerts
        for command in (f"cortexctl alerts ack {alert.id}", f"cortexctl alerts silence {alert.id} --for 1h")
    )


def alert_buttons(alerts: Sequence[Alert]) -> tuple[Button, ...]:
    """For many alerts only what is needed most: a message holds a hundred buttons."""
    in_full = len(alerts) <= MOST_IN_FULL
    return tuple(
        button
        for alert in alerts
        for button in (*_acknowledge_button(alert), *(_other_buttons(alert) if in_full else ()))
    )


def _other_buttons(alert: Alert) -> tuple[Button, ...]:
    return (
        Button(say("Silence 1 h"), "silence_1h", alert.id),
        Button(say("Silence 8 h"), "silence_8h", alert.id),
        Button(say("Details"), "details", alert.id),
    )


def _acknowledge_button(alert: Alert) -> tuple[Button, ...]:
    is_open = alert.state is AlertState.FIRING
    return (Button(say("Acknowledge {what}", what=_short(alert)), "acknowledge", alert.id),) if is_open else ()


def _answer_commands(decisions: Sequence[Decision]) -> list[str]:
    return [
        command
        for decision in decisions
        for command in (_approve_command(decision), f"cortexctl decisions reject {decision.id}")
    ]


def answer_buttons(decisions: Sequence[Decision], first: int = 1) -> list[Button]:
    return [
        Button(f"{word(verb.capitalize())} {number}", verb, answerable(decision) if verb == "approve" else decision.id)
        for number, decision in enumerate(decisions, first)
        for verb in ("approve", "reject", "details")
    ]


def _worst_and_newest_first(alert: Alert) -> tuple[bool, int, float]:
    return alert.state is not AlertState.FIRING, -alert.severity.rank, -alert.starts_at.timestamp()


def _short(alert: Alert) -> str:
    text = f"{alert.labels.get('alertname', '')} {alert.labels.get('object', '')}".strip()
    return text if len(text) <= 24 else text[:23] + "…"
