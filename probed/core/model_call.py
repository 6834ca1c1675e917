"""One request to a model, as the ledger has it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class CallOutcome(enum.StrEnum):
    ANSWERED = "answered"
    REFUSED = "refused"
    """By the server, for what it asked."""
    UNAVAILABLE = "unavailable"
    CUT = "cut"
    """The answer broke off; it counts as what it could have cost."""
    OVER_BUDGET = "over_budget"
    """It never left."""
    UNSEEN = "unseen"
    """A run of a program that asked its model by itself; it counts as what it could have cost."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one call, each counted once."""

    input: int = 0
    cache_write: int = 0
    cache_read: int = 0
    output: int = 0

    @property
    def sent(self) -> int:
        return self.input + self.cache_write + self.cache_read


@dataclass(frozen=True, slots=True)
class ModelCall:
    run_id: str
    inspection_id: str
    at: datetime
    tier: str
    upstream: str
    model: str
    """That answered; the one that was asked where none did."""
    outcome: CallOutcome
    tokens: Tokens = Tokens()
    cost_usd: float = 0.0
    took_s: float = 0.0
