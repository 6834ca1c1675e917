"""What a check saw: one observation for each object it looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from probed.core.finding import ActionCall, Evidence, Severity
from probed.core.threshold import Threshold


@dataclass(frozen=True, slots=True)
class Outlook:
    """The engine judges by the numbers that are stored, not by this look alone."""

    full: float
    """The number at which nothing is left."""
    within_s: float | None = None
    """A finding where it will surely be there so soon; None: never."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A finding where the number is unlike this hour of the week has been."""

    least: float | None = None
    """How far from the usual at least; None: as the series' own width wants it."""


@dataclass(frozen=True, slots=True)
class Observation:
    """Either a number with the threshold that judges it, or a state whose severity the check knows itself."""

    object: str
    summary: str
    value: float | None = None
    unit: str = ""
    threshold: Threshold | None = None
    severity: Severity | None = None
    """The check's own verdict where there is no threshold; None means healthy."""
    evidence: Evidence = field(default_factory=dict)
    proposed_action: ActionCall | None = None
    outlook: Outlook | None = None
    """What the number is heading for."""
    habit: Habit | None = None
    """Whether the number is compared with the host's own past; None: it is not."""
    boot_grace: bool = False
    """True where the first minutes after boot are no fault (services that are still starting), nor is the time in which
    a package manager is at work (services that are being replaced)."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The host does not have what the check looks at, or the daemon may not see it: said once, never a finding.

    An answer that holds nothing else says nothing of what was found before: that stays open, if need be until a person
    closes it. Beside observations it is a mere note."""

    what: str
    remedy: str = ""


CheckAnswer = tuple[Observation | Absent, ...]
Memory = Mapping[str, object]
"""What a check knows of its last look, as JSON holds it; empty at the first. What is long belongs into mappings and
lists at its top: these are stored in pieces."""
Place = tuple[str, int]
"""Of a check in its document: its name, and how many of this name stand before it."""
