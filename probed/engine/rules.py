"""What the operator's configuration says, as far as the engine needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time

from probed.core.autonomy import Terms
from probed.core.dependency import Edge
from probed.core.escalation import EscalationStep
from probed.core.flapping import FlapBounds
from probed.core.hours import QuietHours, Weekly
from probed.core.maintenance import RecurringWindow
from probed.core.people import People
from probed.core.permission import Mode, Permission, Source
from probed.core.routing import Routing
from probed.core.storm import StormLimit


@dataclass(slots=True)
class Rules:
    """Shared by the engine's parts and replaced as a whole when the configuration is reloaded."""

    host: str
    mode: Mode = Mode.OBSERVE
    policy: Mapping[str, Source] = field(default_factory=dict)
    """Upper bound for an action by its name."""
    model_may_approve: tuple[str, ...] = ()
    """Names of actions."""
    revert_after_s: Mapping[str, float] = field(default_factory=dict)
    """By the action's name: rolled back so long after its execution, unless somebody confirms."""
    autonomy: Terms = field(default_factory=Terms)
    people: People = field(default_factory=People)
    submitted: Permission = Permission.ASK
    """What a report of another program may propose at the most."""
    routing: Routing = field(default_factory=Routing)
    digest_at: time = time(8, 0)
    """Local time."""
    boot_grace_s: float = 180.0
    analysis_lasts_s: float = 86400.0
    recalls: bool = True
    """Whether a known problem need not be investigated again."""
    """How long what a model said of a problem counts while that is unchanged."""
    dependencies: tuple[Edge, ...] = ()
    """Those that the configuration declares."""
    correlates: bool = True
    """Whether what goes back to a root that fires is held back."""
    root_wait_s: float = 10.0
    """How long an alert that depends on something waits for that to fire."""
    escalation: tuple[EscalationStep, ...] = ()
    """Who is told next while nobody acknowledges."""
    windows: tuple[RecurringWindow, ...] = ()
    """Maintenance that comes again."""
    quiet: QuietHours | None = None
    weekly: Weekly | None = None
    """When the weekly digest is told; None: never."""
    storm: StormLimit | None = field(default_factory=StormLimit)
    """None: every message goes out by itself."""
    has_model: bool = False
    """Whether people can ask it something."""
    question_usd: float = 0.25
    """What the answer to one question may cost."""
    flapping: FlapBounds | None = field(default_factory=FlapBounds)
    """None: every up and down is told."""

    def reverts_after_s(self, action: str, approved_s: float | None) -> float | None:
        """`approved_s`: as was said with the approval, which comes first. None: it is not rolled back by itself."""
        return self.revert_after_s.get(action) if approved_s is None else approved_s

    def take_over(self, other: Rules) -> None:
        for name in (item.name for item in fields(self)):
            setattr(self, name, getattr(other, name))

    @property
    def recipients(self) -> tuple[str, ...]:
        """Who hears of what no alert is about."""
        return self.routing.recipients_of(self.routing.root)

    def all_recipients_for(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """Everybody who hears of what has these labels, people and programs."""
        routes = self.routing.root.match(labels)
        found = dict.fromkeys(name for route in routes for name in self.routing.recipients_of(route))
        return tuple(found) or self.recipients

    def recipients_for(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """The people who hear of what has these labels; where a route has only programs, those of the root."""
        routes = self.routing.root.match(labels) or (self.routing.root,)
        people = dict.fromkeys(name for route in routes for name in self.routing.people_of(route))
        return tuple(people) or self.routing.people_of(self.routing.root) or self.recipients
