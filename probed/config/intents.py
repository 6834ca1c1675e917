"""The `intents` section: where else the record of what was decided and tried goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from probed.config.values import Duration, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentEngineSettings:
    folder: Path
    """The project of Intent-Engine that the lines belong to: a folder of the daemon's user."""
    command: str = "ie"
    """The program of Intent-Engine: a path, or a name looked up in PATH."""
    task: int | None = None
    """The number of the task that the lines belong to; null: the one in focus there."""
    timeout: Annotated[float, Duration, Positive] = 10.0
    """How long one line may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentsSettings:
    ie: IntentEngineSettings | None = None
    """Each decision, blocker, milestone and note from now on is handed to the command `ie`, in their order; changes
    that somebody asked for stay in the record alone."""
