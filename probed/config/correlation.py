"""The `alerts.correlation` section: what goes back to a root that fires is not told by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.config.values import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationSettings:
    enabled: bool = True
    """Whether an alert that goes back to another one is held back; what still fires when that has resolved is told."""
    wait: Annotated[float, Duration] = 10.0
    """How long an alert that depends on something waits for that to fire."""
    systemd: bool = True
    """Whether systemd's units are asked what they require."""
    docker: bool = True
    """Whether Docker's containers are asked what they depend on; each depends on docker.service."""
