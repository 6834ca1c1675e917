"""How much is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Effort:
    starts: int = 7
    """Of each program, one after the other."""
    settle_s: float = 20.0
    idle_s: float = 60.0
    sweeps: int = 7
    reports: int = 3000
    """That are taken in one after the other."""
    load_s: float = 15.0
    """Of requests at `rate` a second."""
    rate: float = 100.0
    models: Literal["claude", "anthropic"] = "claude"
    kept: int = 1_000_000
    """Reports in the database that is asked."""
    asked: int = 40
    """Times, each query."""
    scrolled: int = 200_000
    """Reports in the database that is scrolled through; of alerts there are a twentieth."""
    events: int = 20
    breaks: int = 10
    """Times that each thing breaks while everybody looks once a second."""
    own_breaks: int = 4
    """The same, while everybody looks as often as it comes; each takes up to four minutes."""
    watch_s: float = 300.0
    """That everybody watches the host each 15 s."""
    kills: int = 7
    seeds: int = 3
    """Made series of each kind that are foretold."""
    history_days: int = 365
    machine: bool = True
    """Whether one with systemd is booted and Cortex installed on it, which takes minutes."""
    copied: int = 200_000
    """Reports in the database that is backed up."""
    files: int = 20_000
    """That `file_integrity` compares."""


FULL = Effort()
SHORT = Effort(
    starts=1,
    settle_s=0.0,
    idle_s=0.2,
    sweeps=1,
    reports=20,
    load_s=0.2,
    models="anthropic",
    kept=300,
    asked=2,
    scrolled=300,
    events=1,
    breaks=1,
    own_breaks=0,
    watch_s=0.2,
    kills=1,
    seeds=0,
    history_days=1,
    machine=False,
    copied=300,
    files=300,
)
"""Tells whether the measures work, and no more."""
