"""What the configuration says about telling alerts, as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from probed.core.group import Timing
from probed.core.inhibition import InhibitRule
from probed.core.route import Route
from probed.core.time_interval import TimeInterval

ONE_HOST = Route("{}", "default", Timing(), group_by=("source", "alertname"))
"""What holds where the configuration has no route."""


@dataclass(frozen=True, slots=True)
class Integration:
    """One way to tell a receiver."""

    recipient: str
    """The channel's name."""
    send_resolved: bool = True
    is_program: bool = False
    """Whether it is told in the form for programs."""


@dataclass(frozen=True, slots=True)
class Routing:
    root: Route = ONE_HOST
    receivers: Mapping[str, tuple[Integration, ...]] = field(default_factory=dict)
    inhibit_rules: tuple[InhibitRule, ...] = ()
    time_intervals: Mapping[str, tuple[TimeInterval, ...]] = field(default_factory=dict)
    resolve_timeout_s: float = 300.0
    is_strict: bool = False
    """Whether it is done as Alertmanager does it, also where Cortex knows better."""

    @classmethod
    def one_host(cls, *recipients: str, timing: Timing = ONE_HOST.timing) -> Routing:
        root = Route(ONE_HOST.key, ONE_HOST.receiver, timing, group_by=ONE_HOST.group_by)
        return cls(root, {root.receiver: tuple(Integration(recipient) for recipient in recipients)})

    def recipients_of(self, route: Route) -> tuple[str, ...]:
        return tuple(integration.recipient for integration in self.receivers.get(route.receiver, ()))

    def people_of(self, route: Route) -> tuple[str, ...]:
        """The recipients that are no programs."""
        integrations = self.receivers.get(route.receiver, ())
        return tuple(integration.recipient for integration in integrations if not integration.is_program)

    def route(self, key: str) -> Route:
        """The route of that key; the root where there is none any more."""
        return next((route for route in self.root.walk() if route.key == key), self.root)

    def muted_at(self, route: Route, now: datetime) -> str:
        """Why the route's alerts are not told at this time; empty where they are."""
        if route.active_times and not any(self._holds(name, now) for name in route.active_times):
            return f"outside of the active time ({', '.join(route.active_times)})"
        muting = [name for name in route.mute_times if self._holds(name, now)]
        return f"muted at this time ({muting[0]})" if muting else ""

    def _holds(self, name: str, now: datetime) -> bool:
        return any(interval.contains(now) for interval in self.time_intervals.get(name, ()))
