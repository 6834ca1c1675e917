"""Which model an inspection's tier stands for."""

from __future__ import annotations

from probed.config.agent import ModelSettings
from probed.core.investigation import Task
from probed.errors import NoAnswer


def model_of(task: Task, models: ModelSettings) -> str:
    """Raises NoAnswer."""
    known = {"small": models.small, "large": models.large}
    tier = task.inspection.agent.tier
    if tier not in known:
        raise NoAnswer(f"the inspection asks for the unknown tier {tier!r} (there are: {', '.join(known)})")
    return known[tier]
