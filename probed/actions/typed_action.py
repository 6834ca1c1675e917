"""What the actions have in common; each one says what it is, and how it looks at its object."""

from __future__ import annotations

import abc
from collections.abc import Collection, Mapping
from typing import ClassVar

from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import ActionCall, Finding
from probed.errors import ActionFailed, ParameterError


class TypedAction(abc.ABC):
    name: str
    title: str
    object_kind: str
    risk: Risk
    blast_radius: str
    reversible = False
    cooldown_s = 900.0
    daily_cap = 12
    deadline_s = 120.0
    settle_s = 3.0
    checks: ClassVar[frozenset[str]] = frozenset()
    """Findings of these checks name an object of this action."""
    fits_where_named: ClassVar[bool] = False
    """A document that names this action wants it, with the parameters given there, for whatever else it finds."""

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        """The document's own parameters hold whoever proposes others, also where those need not be given in full."""
        proposal = finding.proposed_action
        if proposal is not None and proposal.action == self.name:
            wanted: Mapping[str, object] | None = proposal.params
        elif finding.check in self.checks:
            wanted = self.params_for(finding, fixed)
        else:
            wanted = fixed if self.fits_where_named else None
        if wanted is None:
            return None
        params = self.validate(wanted)
        return ActionCall(self.name, params) if not fixed or self.validate({**params, **fixed}) == params else None

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        """What follows from a finding of one of `checks`; None where the finding does not say enough."""
        return None

    @abc.abstractmethod
    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]: ...

    @abc.abstractmethod
    def object_of(self, params: Mapping[str, object]) -> str: ...

    def kin_of(self, params: Mapping[str, object]) -> str:
        return self.object_of(params)

    @abc.abstractmethod
    def precondition(self, params: Mapping[str, object]) -> Precondition: ...

    @abc.abstractmethod
    def dry_run(self, params: Mapping[str, object]) -> str: ...

    @abc.abstractmethod
    def execute(self, params: Mapping[str, object]) -> Executed: ...

    @abc.abstractmethod
    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification: ...

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        raise ActionFailed(f"{self.name} is irreversible")

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        """Empty also where the policy that lets it be done cannot but let it be undone."""
        return ""


def only(params: Mapping[str, object], known: Collection[str], action: str) -> None:
    """Raises ParameterError for a parameter that the action does not know."""
    for name in params:
        if name not in known:
            raise ParameterError(name, f"unknown; {action} knows {', '.join(known) or 'no parameter'}")
