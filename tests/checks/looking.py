"""Looking through the registry, as the engine does."""

from __future__ import annotations

from collections.abc import Mapping

from probed.checks.registry import CheckRegistry
from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, CheckAnswer, Observation
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
