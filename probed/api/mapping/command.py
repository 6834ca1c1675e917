"""What to type to act on exactly this thing, or to re-tune what brought it up."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from probed.core.alert import Alert, AlertState
from probed.core.case import Case
from probed.core.decision import Decision, DecisionState
from probed.core.inspection import Inspection


def alert_commands(alert: Alert, inspections: Iterable[Inspection]) -> list[str]:
    if alert.state is AlertState.RESOLVED:
        return []
    acknowledge = [f"cortexctl alerts ack {alert.id}"] if alert.state is AlertState.FIRING else []
    commands = [
        *acknowledge,
        f"cortexctl alerts silence {alert.id} --for 1h",
        f"cortexctl alerts resolve {alert.id}",
    ]
    if alert.is_external:
        return commands
    return [*commands, tuning_command(alert.labels.get("source", ""), alert.labels.get("alertname", ""), inspections)]


def decision_commands(decision: Decision, case: Case | None, inspections: Iterable[Inspection]) -> list[str]:
    if decision.state is not DecisionState.WAITING:
        return []
    tuning = [tuning_command(case.source, case.check, inspections)] if case else []
    confirmation = f" --confirm {shlex.quote(decision.object)}" if decision.approval.is_typed else ""
    return [
        f"cortexctl decisions approve {decision.id}{confirmation}",
        f"cortexctl decisions reject {decision.id}",
        *tuning,
    ]


def tuning_command(source: str, check: str, inspections: Iterable[Inspection]) -> str:
    """Opens the document at the line of the check; a comment where no document says how the check judges."""
    for inspection in inspections:
        if inspection.id == source and inspection.path:
            line = next((call.line for call in inspection.checks if call.check == check), 0)
            return f"${{EDITOR:-vi}} +{max(line, 1)} {shlex.quote(inspection.path)}  # check {_one_line(check)}"
    return f"# {_one_line(check)} comes from {_one_line(source)}, no inspection of this host: tune it there"


def _one_line(text: str) -> str:
    """A comment ends with its line: what others wrote must not begin a new one."""
    return "".join(character if character.isprintable() else "?" for character in text)
