"""The parts of a card that speak of one alert or one question."""

from __future__ import annotations

from collections.abc import Sequence

from probed.core.alert import Alert, AlertState
from probed.core.card import Section
from probed.core.decision import Decision
from probed.core.phrases import say, word

MOST_LISTED = 20
LONGEST_LINE = 300
SHOWN_ANNOTATIONS = ("impact", "outlook", "recognised", "runbook", "tune")


def approval_lines(decision: Decision) -> list[str]:
    lines = []
    if decision.approval.is_of_two:
        people = ", ".join(decision.approvals)
        another = say("approved by {people}; another person has to approve, too", people=people)
        lines.append(another if people else say("two persons have to approve"))
    if decision.approval.is_typed:
        lines.append(say("whoever approves types: {name}", name=decision.object))
    return lines


def firing_section(alert: Alert) -> Section:
    by = alert.acknowledged_by
    acknowledged = say(", acknowledged by {who}", who=by) if by else ""
    since = say("{severity}, since {time} UTC", severity=word(alert.severity), time=f"{alert.starts_at:%Y-%m-%d %H:%M}")
    lines = [f"{since}{acknowledged}", what(alert)]
    lines += [alert.annotations[name] for name in SHOWN_ANNOTATIONS if alert.annotations.get(name)]
    return Section(alert.summary, tuple(lines), alert.id)


def what(alert: Alert) -> str:
    source, found = alert.labels.get("source"), (alert.labels.get("alertname"), alert.labels.get("object"))
    what = " ".join(filter(None, found))
    return f"{source}: {what}" if source else what


def one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def resolved_section(alert: Alert) -> Section:
    return Section(say("resolved: {summary}", summary=alert.summary), (f"{_span(alert)} UTC",), alert.id)


def _span(alert: Alert) -> str:
    began, ended = alert.starts_at, alert.ends_at or alert.updated_at
    same_day = began.date() == ended.date()
    end = f"{ended:{'%H:%M' if same_day else '%Y-%m-%d %H:%M'}}"
    return say("{begin} to {end}", begin=f"{began:%Y-%m-%d %H:%M}", end=end)


def question_section(number: int, decision: Decision) -> Section:
    return Section(
        f"{number}. {say('May I run {action}?', action=decision.call.key)}",
        (
            *decision.dry_run.splitlines()[:3],
            say("because: {summary}", summary=one_line(decision.summary)),
            *approval_lines(decision),
        ),
    )


def more(*alerts: Sequence[Alert]) -> list[Section]:
    hidden = sum(max(0, len(each) - MOST_LISTED) for each in alerts)
    return [Section(say("{count} more", count=hidden), ("cortexctl alerts list",))] if hidden else []


def worst_and_newest_first(alert: Alert) -> tuple[bool, int, float]:
    return alert.state is not AlertState.FIRING, -alert.severity.rank, -alert.starts_at.timestamp()
