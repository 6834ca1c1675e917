"""Does this yes count, and does it suffice? By the decision's approval class."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from datetime import datetime

from probed.core.decision import Decision, DecisionState, move
from probed.core.permission import Approval, Permission, Ruling


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
    wanted = decision.object or decision.call.action  # what an older version asked has no object
    if decision.approval is Approval.TYPED and consent.confirmation != wanted:
        typed = shlex.quote(wanted)
        return f"type the name of its object: cortexctl decisions approve {decision.id} --confirm {typed}"
    if decision.approval is not Approval.TWO:
        return ""
    if not consent.person:
        return (
            f"two persons have to approve, and {consent.by} is none that `people` of the configuration lists; "
            "root is known by who logged in"
        )
    if consent.person in decision.approvals:
        return f"{consent.person} has approved already; another person has to approve, too"
    return ""


def consented(decision: Decision, consent: Consent, now: datetime) -> Decision | None:
    """The decision after a yes that counts: approved, or waiting for the second person; None where it waits no more."""
    if decision.approval is not Approval.TWO:
        return move(decision, DecisionState.APPROVED, now, consent.by)
    if decision.state is not DecisionState.WAITING:
        return None
    both = replace(decision, approvals=(*decision.approvals, consent.person))
    return move(both, DecisionState.APPROVED, now, " and ".join(both.approvals)) if len(both.approvals) > 1 else both


def shortfall(decision: Decision, ruling: Ruling) -> str:
    """Why the yes that was given does not suffice by the rules of today; empty: it does."""
    if ruling.permission is Permission.NEVER:
        return ruling.reason
    if ruling.approval.strictness > decision.approval.strictness:
        return f"its approval has to be {ruling.approval} by now, and was {decision.approval}"
    return ""
