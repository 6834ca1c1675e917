"""What the actions on a named object have in common whose state the host can tell: a unit, a container."""

from __future__ import annotations

import abc
import time
from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from probed.actions.allowed_names import AllowedNames
from probed.actions.performer import Performer
from probed.actions.typed_action import TypedAction, only
from probed.core.action import Executed, Precondition, Verification
from probed.core.finding import Finding
from probed.errors import ActionFailed, HostFailed, NotHere, ParameterError

SYMPTOMS = frozenset(
    {"command", "cpu", "file", "http", "load", "memory", "pressure", "processes", "swap", "tcp_port", "tls_certificate"}
)
"""Their findings name neither a unit nor a container; a document that names one says who is behind them."""
LOOKS_APART_S = 3.0

Seen = TypeVar("Seen")
"""The object at one look."""
Reach = TypeVar("Reach")
"""What else the action hits."""


class ObservedAction(TypedAction, Generic[Seen, Reach]):
    """`params` has the canonical form wherever a subclass is asked; looking raises NotHere or HostFailed."""

    checks = SYMPTOMS
    own_check: ClassVar[str]
    """Its findings name the object."""
    operation_s: ClassVar[float]
    own_parameters: ClassVar[tuple[str, ...]] = ()
    """Beside the name of the object."""

    def __init__(self, allowed: AllowedNames, performer: Performer, looks_apart_s: float = LOOKS_APART_S) -> None:
        self.allowed, self._performer, self._looks_apart_s = allowed, performer, looks_apart_s

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        name = self.allowed.parameter
        if finding.check != self.own_check:
            return fixed if name in fixed else None
        if name not in fixed:
            return {**fixed, name: finding.object} if self.helps(finding) else None
        return fixed if fixed[name] == finding.object else None

    def helps(self, finding: Finding) -> bool:
        """Whether a finding of `own_check` calls for this action without a document that names the object."""
        return False

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        name = self.allowed.parameter
        only(params, (name, *self.own_parameters), self.name)
        return {name: self.allowed.parse(params.get(name)), **self.own(params)}

    def own(self, params: Mapping[str, object]) -> Mapping[str, object]:
        """The canonical form of `own_parameters`. Raises ParameterError."""
        return {}

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(params[self.allowed.parameter])

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        params = self.validate(params)
        try:
            seen = self.look(self.object_of(params))
            reach = self.reach(seen)
            against = self.reason_against(seen, reach, params)
            return Precondition(not against, against or self.state(seen), self.snapshot(seen, reach))
        except (NotHere, HostFailed) as error:
            return Precondition(False, words(error))

    def dry_run(self, params: Mapping[str, object]) -> str:
        params = self.validate(params)
        try:
            seen = self.look(self.object_of(params))
            return "\n".join(self.intent(seen, self.reach(seen), params))
        except (NotHere, HostFailed) as error:
            raise ActionFailed(words(error)) from error

    def execute(self, params: Mapping[str, object]) -> Executed:
        params = self.validate(params)
        return self.perform(self.name, {self.allowed.parameter: self.object_of(params)})

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        """Two looks that agree; one that fails is none."""
        params = self.validate(params)
        try:
            first = self.settled(self.object_of(params))
            if fault := self.fault_after(first, params, executed):
                return Verification(False, fault)
            time.sleep(self._looks_apart_s)
            second = self.look(self.object_of(params))
            if fault := self.fault_after(second, params, executed):
                return Verification(False, fault)
        except (NotHere, HostFailed) as error:
            return Verification(False, words(error))
        if self.start_of(first) != self.start_of(second):
            detail = f"{self.object_of(params)} was started anew within {self._looks_apart_s:g} s"
            return Verification(False, detail)
        return Verification(True, self.success(second))

    def perform(self, operation: str, params: Mapping[str, object]) -> Executed:
        """Raises ActionFailed."""
        return self._performer.perform(operation, params, deadline_s=self.operation_s, own=self.allowed.own)

    def refusal(self, operation: str, *names: str) -> str:
        """Why a policy would refuse the operation on one of them. Raises ActionFailed."""
        refusals = (self._performer.refusal(operation, {self.allowed.parameter: name}) for name in names)
        return next(filter(None, refusals), "")

    def settled(self, name: str) -> Seen:
        """The first look of the verification; it may wait for an answer that takes its time."""
        return self.look(name)

    @abc.abstractmethod
    def look(self, name: str) -> Seen: ...

    @abc.abstractmethod
    def reach(self, seen: Seen) -> Reach: ...

    @abc.abstractmethod
    def reason_against(self, seen: Seen, reach: Reach, params: Mapping[str, object]) -> str:
        """Why there is nothing to be done, or why it must not be; empty: it may."""

    @abc.abstractmethod
    def state(self, seen: Seen) -> str:
        """`nginx.service is failed (exit-code)`."""

    @abc.abstractmethod
    def snapshot(self, seen: Seen, reach: Reach) -> Mapping[str, object]: ...

    @abc.abstractmethod
    def intent(self, seen: Seen, reach: Reach, params: Mapping[str, object]) -> Sequence[str]:
        """What would be done, in lines."""

    @abc.abstractmethod
    def fault_after(self, seen: Seen, params: Mapping[str, object], executed: Executed | None) -> str:
        """Why one look shows that it did not help; empty: it did."""

    @abc.abstractmethod
    def start_of(self, seen: Seen) -> object:
        """What changes with every start."""

    @abc.abstractmethod
    def success(self, seen: Seen) -> str: ...


def even_if_up(params: Mapping[str, object]) -> Mapping[str, object]:
    """In canonical form: only where it is wanted. Raises ParameterError."""
    wanted = params.get("even_if_up", False)
    if not isinstance(wanted, bool):
        raise ParameterError("even_if_up", "expected true or false")
    return {"even_if_up": True} if wanted else {}


def words(error: NotHere | HostFailed) -> str:
    return f"there is no {error} on this host" if isinstance(error, NotHere) else str(error)
