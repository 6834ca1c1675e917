from __future__ import annotations

from datetime import timedelta

from probed.core.alert import Alert, acknowledge, resolve
from probed.core.escalation import EscalationStep, next_escalation
from probed.core.finding import Severity
from tests.factories import NOW, make_alert

STEPS = (
    EscalationStep(600, "second", ("mail",), frozenset({Severity.WARNING, Severity.CRITICAL})),
    EscalationStep(1200, "boss", ("pager",), frozenset({Severity.CRITICAL})),
)


def alert(severity: Severity = Severity.CRITICAL) -> Alert:
    return make_alert(severity=severity)


def test_each_step_follows_the_one_before() -> None:
    first = next_escalation(STEPS, alert(), NOW)
    assert first
    second = next_escalation(STEPS, alert(), NOW, after=first.step)
    assert second

    assert (first.step, first.due_at) == (0, NOW + timedelta(minutes=10))
    assert (second.step, second.due_at) == (1, NOW + timedelta(minutes=20))
    assert next_escalation(STEPS, alert(), NOW, after=1) is None


def test_a_step_of_other_severities_is_passed_over() -> None:
    assert next_escalation(STEPS, alert(Severity.WARNING), NOW, after=0) is None
    assert next_escalation(STEPS[1:], alert(Severity.WARNING), NOW) is None


def test_what_is_looked_after_or_over_does_not_escalate() -> None:
    assert next_escalation(STEPS, acknowledge(alert(), "ann", NOW) or alert(), NOW) is None
    assert next_escalation(STEPS, resolve(alert(), NOW) or alert(), NOW) is None
