"""An inspection: what to look at, when, within which limits."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either an interval or a cron expression of five fields in the host's time zone; neither: only on request."""

    every_s: float | None = None
    cron: str | None = None

    @property
    def is_planned(self) -> bool:
        """False: it runs only on request."""
        return bool(self.every_s or self.cron)

    def __str__(self) -> str:
        if self.cron:
            return self.cron
        return f"every {duration_text(self.every_s)}" if self.every_s else "on request"


@dataclass(frozen=True, slots=True)
class CheckCall:
    """One check of a document with its parameters as written there."""

    check: str
    params: Mapping[str, object] = field(default_factory=dict)
    line: int = 0


class AgentWhen(enum.StrEnum):
    NEVER = "never"
    UNSOLVED = "unsolved"
    """As `on_finding`, but where an action that may run by itself is known for each problem, that is tried first."""
    ON_FINDING = "on_finding"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class AgentRule:
    when: AgentWhen = AgentWhen.NEVER
    tier: str = "small"
    budget_usd: float = 0.10
    advice: bool = False
    """Whether it advises the person who is asked to approve an action."""
    probes: tuple[str, ...] | None = None
    """Names of those that it may ask; None: all."""


class Policy(enum.StrEnum):
    """How far a document lets go: the most that comes of the actions that it names."""

    OBSERVE = "observe"
    """Nothing is done, nobody is asked, and a model may propose nothing."""
    CAREFUL = "careful"
    """A person is asked, also for what stands on L1."""
    OPERATOR = "operator"
    """As the levels say."""


@dataclass(frozen=True, slots=True)
class ActionRule:
    """What the document lets each level do, by the name of the action, with fixed parameters where it gives some."""

    automatic: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    ask: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inspection:
    id: str
    title: str
    checks: tuple[CheckCall, ...]
    schedule: Schedule = Schedule(every_s=300.0)
    timeout_s: float = 60.0
    agent: AgentRule = AgentRule()
    actions: ActionRule = field(default_factory=ActionRule)
    policy: Policy = Policy.OPERATOR
    labels: Mapping[str, str] = field(default_factory=dict)
    runbook: str = ""
    body: str = ""
    """The prose below the front matter; the agent's task."""
    document_hash: str = ""
    path: str = ""
    text: str = field(default="", repr=False)
    """The whole document."""

    @property
    def proposable(self) -> tuple[str, ...]:
        """The actions that a model may propose."""
        return () if self.policy is Policy.OBSERVE else (*self.actions.automatic, *self.actions.ask)


@dataclass(frozen=True, slots=True)
class BrokenDocument:
    """A document that cannot be used; the others go on."""

    path: str
    line: int
    reason: str
    id: str = ""
    """The inspection that it would be, as far as that can be told."""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}"


def duration_text(seconds: float) -> str:
    """`90.0` as `90s`, `300.0` as `5m`: the largest unit that divides it."""
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{letter}"
    return f"{seconds:g}s"


def age_text(seconds: float) -> str:
    """`90.0` as `1.5m`, `200000.0` as `2.3d`: roughly, in the largest unit that fits into it."""
    for size, letter in ((86400.0, "d"), (3600.0, "h"), (60.0, "m")):
        if seconds >= size:
            return f"{seconds / size:.1f}{letter}"
    return f"{seconds:.0f}s"
