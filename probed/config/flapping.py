"""The `alerts.flapping` section: when an alert goes up and down too often to be told each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from probed.config.values import Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class FlappingSettings:
    enabled: bool = True
    """Whether an alert that flaps is told once, and its ups and downs are held until it is steady."""
    high: Annotated[float, Percent] = 30.0
    """Weighted share of changes among the newest 21 states from which on it flaps, as Nagios counts it."""
    low: Annotated[float, Percent] = 20.0
    """At or below this it no longer does."""
