"""The `agent` section: which model investigates, if any."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from probed.config.secret import Secret
from probed.config.values import Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeSettings:
    path: str = "claude"
    """The Claude Code program: a path, or a name looked up in PATH."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    small: str = "claude-haiku-4-5"
    """Model of the tier `small`."""
    large: str = "claude-sonnet-4-5"
    """Model of the tier `large`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    backend: Literal["none", "claude", "anthropic"] = "none"
    """`none`: rules only. `claude`: the Claude Code program, headless. `anthropic`: the Messages API."""
    claude: ClaudeSettings = field(default_factory=ClaudeSettings)
    base_url: str | None = None
    """Root of a server that speaks the Messages API; empty: Anthropic's."""
    api_key_file: Secret | None = None
    """File of mode 0600 that holds the API key."""
    models: ModelSettings = field(default_factory=ModelSettings)
    deadline_s: Annotated[float, Positive] = 120.0
    """Seconds after which a call is given up, whatever the inspection's own time-out."""
    max_turns: Annotated[int, Positive] = 20
    """How many turns one investigation may take."""
    concurrency: Annotated[int, Positive] = 2
    """How many investigations may be under way at once; the others wait within their run's time-out."""
