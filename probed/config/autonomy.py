"""The `autonomy` section: what an action has to show until it runs by itself in the mode `earned`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class AutonomySettings:
    rehearsals: Annotated[int, Field(gt=0)] = 3
    """How many rehearsals in a row (the precondition held, the dry run worked) lead from observing to dry runs, and as
    many again from there to asking."""
    threshold: Annotated[float, Field(gt=0, lt=1)] = 0.8
    """Lower bound of its rate of success, with 95 % confidence, that leads from asking to running by itself."""
