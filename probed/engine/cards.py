"""What a person is told: pure functions from the engine's records to cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from probed.core.alert import Alert
from probed.core.card import Button, Card, CardKind, Section
from probed.core.case import Case
from probed.core.decision import Decision
from probed.core.group import Flush, NotifyReason

MOST_LISTED = 20


def alert_card(host: str, flush: Flush) -> Card:
    """The message for a group: what fires, what resolved, and what to type about it."""
    firing, resolved = flush.firing, flush.resolved
    if not firing:
        return Card(
            kind=CardKind.RESOLVED,
            host=host,
            title=_headline("resolved", resolved),
            sections=tuple(_resolved_section(alert) for alert in resolved[:MOST_LISTED]),
        )
    worst = max(firing, key=lambda alert: alert.severity.rank)
    verb = "still firing" if flush.reason is NotifyReason.REPEAT else str(worst.severity)
    sections = [_firing_section(alert) for alert in firing[:MOST_LISTED]]
    sections += [_resolved_section(alert) for alert in resolved[:MOST_LISTED]]
    hidden = max(0, len(firing) - MOST_LISTED) + max(0, len(resolved) - MOST_LISTED)
    if hidden:
        sections.append(Section(f"{hidden} more", ("cortexctl alerts list",)))
    return Card(
        kind=CardKind.ALERT,
        host=host,
        title=_headline(verb, firing),
        severity=str(worst.severity),
        sections=tuple(sections),
        commands=tuple(f"cortexctl alerts ack {alert.id}" for alert in firing[:3]),
        buttons=tuple(Button(f"Acknowledge {_short(alert)}", "acknowledge", alert.id) for alert in firing[:3]),
    )


def decision_card(decision: Decision, case: Case) -> Card:
    lines = [f"why: {decision.reason}", f"until: {decision.expires_at:%Y-%m-%d %H:%M} UTC"]
    if case.outlook:
        lines.append(f"before: {case.outlook}")
    return Card(
        kind=CardKind.DECISION,
        host=decision.host,
        title=f"{decision.summary}. May I run {decision.call.key}?",
        severity=str(decision.severity),
        sections=(
            Section("what would change", tuple(decision.dry_run.splitlines())),
            Section("evidence", evidence_lines(case.evidence)),
            Section("decision", (*lines, f"hash: {decision.hash[:16]}")),
        ),
        commands=(f"cortexctl decisions approve {decision.id}", f"cortexctl decisions reject {decision.id}"),
        buttons=(Button("Approve", "approve", decision.id), Button("Reject", "reject", decision.id)),
    )


def outcome_card(decision: Decision, text: str) -> Card:
    """Takes the place of the decision's card once it is no longer open."""
    lines = (f"{decision.state} by {decision.decided_by}" if decision.decided_by else str(decision.state), text)
    return Card(
        kind=CardKind.DECISION,
        host=decision.host,
        title=f"{decision.summary}: {decision.call.key} {decision.state}",
        sections=(Section("", tuple(line for line in lines if line)),),
    )


def notice_card(host: str, text: str, severity: str = "") -> Card:
    return Card(kind=CardKind.NOTICE, host=host, title=text, severity=severity)


def digest_card(host: str, lines: Sequence[str]) -> Card:
    shown = tuple(lines[:MOST_LISTED])
    more = len(lines) - len(shown)
    return Card(
        kind=CardKind.DIGEST,
        host=host,
        title=f"digest: {len(lines)} noted or fixed",
        sections=(Section("", (*shown, f"{more} more") if more else shown),),
    )


def first_sweep_card(host: str, alerts: Sequence[Alert], decisions: Sequence[Decision]) -> Card:
    """One message for all that the first look at this host brought up."""
    sections = [_firing_section(alert) for alert in alerts[:MOST_LISTED]]
    if len(alerts) > MOST_LISTED:
        sections.append(Section(f"{len(alerts) - MOST_LISTED} more", ("cortexctl alerts list",)))
    sections += [
        Section(
            f"{decision.summary}. May I run {decision.call.key}?",
            tuple(decision.dry_run.splitlines()[:3]),
        )
        for decision in decisions[:MOST_LISTED]
    ]
    severities = [alert.severity for alert in alerts] + [decision.severity for decision in decisions]
    worst = max(severities, key=lambda severity: severity.rank)
    return Card(
        kind=CardKind.FIRST_SWEEP,
        host=host,
        title=f"first look at this host: {len(alerts)} alerts, {len(decisions)} waiting decisions",
        severity=str(worst),
        sections=tuple(sections),
        commands=("cortexctl status", *(f"cortexctl decisions approve {decision.id}" for decision in decisions[:3])),
    )


def evidence_lines(evidence: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{name}: {value}" for name, value in list(evidence.items())[:10])


def _headline(verb: str, alerts: Sequence[Alert]) -> str:
    if len(alerts) == 1:
        return f"{verb}: {alerts[0].summary}"
    names = sorted({alert.labels.get("alertname", "") for alert in alerts})
    return f"{verb}: {len(alerts)} alerts ({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"


def _firing_section(alert: Alert) -> Section:
    lines = [f"{alert.severity}, since {alert.starts_at:%Y-%m-%d %H:%M} UTC"]
    lines += [alert.annotations[name] for name in ("outlook", "runbook", "tune") if alert.annotations.get(name)]
    return Section(alert.summary, tuple(lines))


def _resolved_section(alert: Alert) -> Section:
    end = f"{alert.ends_at:%H:%M}" if alert.ends_at else ""
    return Section(f"resolved: {alert.summary}", (f"{alert.starts_at:%Y-%m-%d %H:%M} to {end} UTC",))


def _short(alert: Alert) -> str:
    text = f"{alert.labels.get('alertname', '')} {alert.labels.get('object', '')}".strip()
    return text if len(text) <= 24 else text[:23] + "…"
