"""Does this yes count, and does it suffice? By the decision's approval class."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import datetime

from probed.core.decision import Decision, DecisionState, move
from probed.core.permission import Permission, Ruling
from probed.core.phrases import phrase


@dataclass(frozen=True, slots=True)
class Consent:
    by: str
    """As the audit log names the account."""
    person: str = ""
    """The listed person behind it; empty: not known."""
    confirmation: str = ""
    """What was typed."""


def objection(decision: Decision, consent: Consent) -> str:
    """Why this yes does not count, and what would; empty: it counts."""
    if decision.approval.is_of_two and (fault := _objection_to_person(decision, consent)):
        return fault
    wanted = decision.object or decision.call.action  # what an older version asked has no object
    if not decision.approval.is_typed or consent.confirmation == wanted:
        return ""
    return phrase(
        "type the name of its object: cortexctl decisions approve {id} --confirm {name}",
        id=decision.id,
        name=shlex.quote(wanted),
    )


def _objection_to_person(decision: Decision, consent: Consent) -> str:
    if not consent.person:
        return phrase(
            "two persons have to approve, and {who} is none that `people` of the configuration lists; "
            "root is known by who logged in",
            who=consent.by,
        )
    if consent.person in decision.approvals:
        return phrase("{who} has approved already; another person has to approve, too", who=consent.person)
    return ""


def consented(decision: Decision, consent: Consent, now: datetime) -> Decision | None:
    """The decision after a yes that counts: approved, or waiting for the second person; None where it waits no more."""
    if not decision.approval.is_of_two:
        return move(decision, DecisionState.APPROVED, now, consent.by)
    if decision.state is not DecisionState.WAITING:
        return None
    both = replace(decision, approvals=(*decision.approvals, consent.person))
    return move(both, DecisionState.APPROVED, now, " and ".join(both.approvals)) if len(both.approvals) > 1 else both


def shortfall(decision: Decision, ruling: Ruling) -> str:
    """Why the yes that was given does not suffice by the rules of today; empty: it does."""
    if ruling.permission is Permission.NEVER:
        return ruling.reason
    wanted = decision.approval.along_with(ruling.approval)
    if wanted is not decision.approval:
        return f"its approval has to be {wanted} by now, and was {decision.approval}"
    return ""
