"""The daemon's own secrets on the wire; never what they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenewedShape:
    renewed: list[str]
    """Which ones, for people."""
