"""An action that another package brings. Of it the engine gets what it gets of ours: an answer, or an error of ours."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from loguru import logger

from probed.actions.performer import NOTHING, Performer
from probed.actions.typed_action import TypedAction
from probed.config.plugin_options import options_for
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import ActionCall, Finding
from probed.errors import ActionFailed, ActionRefused, CortexError, ParameterError
from probed.plugins import Plugin, made_of
from probed.ports import Action

RUN = "run_program"
"""The one operation that it may ask for: which programs, the root helper's policy says."""
ONLY_PROGRAMS = f"an action of another package may only ask for {RUN}, not for {{}}"
TEXTS = ("title", "object_kind", "blast_radius")
NUMBERS = ("cooldown_s", "daily_cap", "deadline_s", "settle_s")

T = TypeVar("T")


def foreign_action(plugin: Plugin, options: object, performer: Performer) -> Action:
    """Raises BrokenPlugin."""

    def make(module: ModuleType) -> Action:
        action = module.build(options_for(plugin, module, options), NamedPrograms(performer))
        if fault := _fault(plugin.name, action):
            raise plugin.broken(fault)
        return ForeignAction(plugin, action)

    return made_of(plugin, make)


def _fault(name: str, action: object) -> str:
    if not isinstance(action, TypedAction):
        return "`build` returns no TypedAction"
    if getattr(action, "name", None) != name:
        return f"it calls itself {getattr(action, 'name', None)!r}"
    if not isinstance(getattr(action, "risk", None), Risk) or not isinstance(action.reversible, bool):
        return "its `risk` or `reversible` does not say what it is"
    for each in TEXTS:
        if not isinstance(text := getattr(action, each, None), str) or not text:
            return f"its `{each}` is no text"
    for each in NUMBERS:
        if isinstance(number := getattr(action, each), bool) or not isinstance(number, int | float) or not number > 0:
            return f"its `{each}` is not above 0"
    return ""


class NamedPrograms:
    """A performer that runs programs by their names in the policy and does nothing else."""

    def __init__(self, performer: Performer) -> None:
        self._performer = performer

    @property
    def uid(self) -> int:
        return self._performer.uid

    def perform(
        self, operation: str, params: Mapping[str, object], *, deadline_s: float, own: Mapping[str, object] = NOTHING
    ) -> Executed:
        if operation != RUN:
            raise ActionRefused(ONLY_PROGRAMS.format(operation))
        return self._performer.perform(operation, params, deadline_s=deadline_s, own=own)

    def refusal(self, operation: str, params: Mapping[str, object]) -> str:
        return self._performer.refusal(operation, params) if operation == RUN else ONLY_PROGRAMS.format(operation)


class ForeignAction:
    def __init__(self, plugin: Plugin, action: TypedAction) -> None:
        self._plugin, self._action = plugin, action
        self.name, self.title, self.object_kind = action.name, action.title, action.object_kind
        self.risk, self.blast_radius, self.reversible = action.risk, action.blast_radius, action.reversible
        self.cooldown_s, self.daily_cap = action.cooldown_s, action.daily_cap
        self.deadline_s, self.settle_s = action.deadline_s, action.settle_s

    def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
        call = self._asked(lambda: self._action.call_for(finding, fixed))
        return ActionCall(self.name, _facts(self._checked(call, ActionCall).params)) if call is not None else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        try:
            return _facts(self._asked(lambda: self._action.validate(params)))
        except ActionFailed as error:
            raise ParameterError("", str(error)) from error

    def object_of(self, params: Mapping[str, object]) -> str:
        """Of whatever does not say what it is about, its name: nobody waits for an error here."""
        return self._named(lambda: self._action.object_of(params))

    def kin_of(self, params: Mapping[str, object]) -> str:
        return self._named(lambda: self._action.kin_of(params))

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        seen = self._checked(self._asked(lambda: self._action.precondition(params)), Precondition)
        return Precondition(bool(seen.holds), str(seen.reason), _facts(seen.snapshot))

    def dry_run(self, params: Mapping[str, object]) -> str:
        return self._checked(self._asked(lambda: self._action.dry_run(params)), str)

    def execute(self, params: Mapping[str, object]) -> Executed:
        return self._done(self._asked(lambda: self._action.execute(params)))

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        seen = self._checked(self._asked(lambda: self._action.verify(params, executed)), Verification)
        return Verification(bool(seen.holds), str(seen.detail), bool(seen.has_looked))

    def roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> Executed:
        return self._done(self._asked(lambda: self._action.roll_back(params, before)))

    def refusal_of_roll_back(self, params: Mapping[str, object], before: Mapping[str, object]) -> str:
        return self._checked(self._asked(lambda: self._action.refusal_of_roll_back(params, before)), str)

    def _done(self, answer: object) -> Executed:
        done = self._checked(answer, Executed)
        return Executed(str(done.detail), _facts(done.before), _facts(done.after))

    def _asked(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except CortexError:
            raise
        except (Exception, SystemExit) as error:
            logger.exception("the action {} of {} broke", self.name, self._plugin.package)
            raise ActionFailed(f"it broke: {type(error).__name__}: {error}") from error

    def _checked(self, answer: object, kind: type[T]) -> T:
        if not isinstance(answer, kind):
            raise ActionFailed(f"it broke: {answer!r:.80} is no {kind.__name__}")
        return answer

    def _named(self, question: Callable[[], str]) -> str:
        try:
            return self._asked(question) or self.name
        except CortexError:
            return self.name


def _facts(given: Any) -> Mapping[str, object]:
    """As they are when they have been kept, which is how they are compared. Raises ActionFailed."""
    try:
        facts: dict[str, object] = json.loads(json.dumps(dict(given), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ActionFailed(f"it broke: facts that cannot be kept: {error}") from error
    return facts
