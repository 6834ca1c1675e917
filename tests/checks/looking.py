"""Looking through the registry, as the engine does."""

from __future__ import annotations

import json
from collections.abc import Mapping

from probed.checks.registry import CheckRegistry
from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.engine.judging import severity_of

REGISTRY = CheckRegistry()


def look(check: str, params: Mapping[str, object] | None = None) -> CheckAnswer:
    """`params` as a document would hold them."""
    return REGISTRY.bind(CheckCall(check, params or {})).look()


def observations(check: str, params: Mapping[str, object] | None = None) -> dict[str, Observation]:
    """By object; nothing may be absent."""
    answer = look(check, params)
    assert not [item for item in answer if isinstance(item, Absent)]
    return {item.object: item for item in answer if isinstance(item, Observation)}


def observe(check: str, params: Mapping[str, object] | None = None) -> Observation:
    """The only observation."""
    (found,) = observations(check, params).values()
    return found


def judged(observation: Observation, active: Severity | None = None) -> Severity | None:
    return severity_of(observation, active)


class Watcher:
    """One who looks again and again, as the engine does for a check that remembers."""

    def __init__(self, check: str, params: Mapping[str, object] | None = None) -> None:
        self._bound = REGISTRY.bind(CheckCall(check, params or {}))
        self.known: Memory = {}

    def answer(self) -> CheckAnswer:
        answer, memory = self._bound.look_since(self.known)
        self.known = json.loads(json.dumps(memory))
        return answer

    def look(self) -> dict[str, Observation]:
        """By object."""
        return {item.object: item for item in self.answer() if isinstance(item, Observation)}

    def findings(self) -> dict[str, Severity]:
        return {name: severity for name, seen in self.look().items() if (severity := judged(seen))}
