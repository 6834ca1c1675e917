"""A finding: one problem of one object."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Evidence = Mapping[str, object]
"""Facts that prove a finding. (A name of its own, because `object` means something else inside these classes.)"""


class Severity(enum.StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return tuple(Severity).index(self)


def worst(severities: Iterable[Severity]) -> Severity | None:
    return max(severities, key=lambda severity: severity.rank, default=None)


@dataclass(frozen=True, slots=True)
class ActionCall:
    """An action of the registry with its parameters; only a proposal until the permission allows it."""

    action: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The same text for equal calls, whatever the order of their parameters."""
        words = " ".join(f"{name}={self.params[name]!r}" for name in sorted(self.params))
        return f"{self.action} {words}".strip()


@dataclass(frozen=True, slots=True)
class Grounding:
    """What a comparison of a model's numbers with the recorded evidence came to."""

    claims: int = 0
    supported: int = 0
    unsupported: tuple[str, ...] = ()
    """The numbers that stand nowhere, as they were written."""
    cites: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Ids that were cited and are none."""

    @property
    def is_whole(self) -> bool:
        return self.supported == self.claims


FROM_MODEL = "agent."
"""In front of the check's name where only a model found it."""
FROM_TREND, FROM_HABIT = "trend.", "unusual."
"""In front of it where the numbers that it left say so: where they are heading, and that they are unlike before."""


@dataclass(frozen=True, slots=True)
class Finding:
    check: str
    object: str
    severity: Severity
    summary: str
    evidence: Evidence = field(default_factory=dict)
    proposed_action: ActionCall | None = None
    ttl_s: float | None = None
    """Seconds after which the finding counts as gone without a further report; None: only a report ends it."""
    cites: tuple[str, ...] = ()
    """Of a model's finding: the ids of what it rests on, `e3` of a probe's answer, `o1` or `f1` of the task."""
    grounding: Grounding | None = None
    """None: no model said it, or nobody has compared it yet."""

    @property
    def identity(self) -> tuple[str, str]:
        """What names the finding within its source; the severity may change, the case stays."""
        return self.check, self.object

    @property
    def is_from_model(self) -> bool:
        """Only a model says so; no check of ours found it."""
        return self.check.startswith(FROM_MODEL)


def measured_by(check: str) -> str:
    """The check whose numbers a finding stands on."""
    return check.removeprefix(FROM_TREND).removeprefix(FROM_HABIT)
