"""The `alerts` section: where alerts go and when they are told. The keys are Alertmanager's: the routing part of an
alertmanager.yml can be pasted here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator

from probed.config.correlation import CorrelationSettings
from probed.config.escalation import EscalationSettings
from probed.config.flapping import FlappingSettings
from probed.config.quiet import QuietHoursSettings, StormSettings
from probed.config.receivers import ReceiverSettings
from probed.config.time_intervals import TimeIntervalSettings
from probed.config.values import Duration, Expression
from probed.core.matcher import parse_matchers


def _with_matchers(text: str) -> str:
    parse_matchers(text)
    return text


MatchersText = Annotated[str, AfterValidator(_with_matchers)]
Pattern = Annotated[str, Expression]


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalSettings:
    resolve_timeout: Annotated[float, Duration] = 300.0
    """After how long an alert from outside that came without an end, and did not come again, has resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    receiver: str = ""
    """Who is told; empty: as the route above."""
    group_by: tuple[str, ...] | None = None
    """Labels whose equal values put alerts into one message; `[...]`: all labels. Empty: as the route above; at the
    root one message for all."""
    group_wait: Annotated[float | None, Duration] = None
    """How long the first message of a group waits for companions."""
    group_interval: Annotated[float | None, Duration] = None
    """At least this long between two messages of a group."""
    repeat_interval: Annotated[float | None, Duration] = None
    """How often a group that still fires is told again."""
    matchers: tuple[MatchersText, ...] = ()
    """Which alerts it takes, as in `severity="critical"` or `host=~"db.*"`."""
    match: dict[str, str] = field(default_factory=dict)
    """The same, in the old way: label and value."""
    match_re: dict[str, Pattern] = field(default_factory=dict)
    """The same, in the old way: label and pattern."""
    continue_: bool = False
    """Whether the following routes are asked, too, when this one has matched."""
    mute_time_intervals: tuple[str, ...] = ()
    """Time intervals in which nothing is told."""
    active_time_intervals: tuple[str, ...] = ()
    """Time intervals outside of which nothing is told."""
    routes: tuple[RouteSettings, ...] = ()
    """The routes below, asked in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InhibitRuleSettings:
    source_matchers: tuple[MatchersText, ...] = ()
    """Which firing alerts mute others."""
    target_matchers: tuple[MatchersText, ...] = ()
    """Which alerts are muted."""
    source_match: dict[str, str] = field(default_factory=dict)
    """The same, in the old way."""
    source_match_re: dict[str, Pattern] = field(default_factory=dict)
    """The same, in the old way."""
    target_match: dict[str, str] = field(default_factory=dict)
    """The same, in the old way."""
    target_match_re: dict[str, Pattern] = field(default_factory=dict)
    """The same, in the old way."""
    equal: tuple[str, ...] = ()
    """Labels whose values have to be the same in both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsSettings:
    compatibility: Literal["none", "alertmanager"] = "none"
    """`alertmanager`: notify exactly as Alertmanager does, also where Cortex knows better."""
    global_: GlobalSettings = field(default_factory=GlobalSettings)
    """What holds for all."""
    route: RouteSettings | None = None
    """The root of the routes. Without one, all goes to the first receiver: grouped by source and alertname, told after
    1 s, then at most every 15 s, repeated after 12 h. With one, what it does not say is as in Alertmanager: one group,
    30 s, 5 m, 4 h."""
    receivers: tuple[ReceiverSettings, ...] = ()
    """Who is told. Without any there is one, `default`, with every channel."""
    inhibit_rules: tuple[InhibitRuleSettings, ...] = ()
    """Which alerts keep others from being told."""
    time_intervals: tuple[TimeIntervalSettings, ...] = ()
    """Named times, for the routes."""
    mute_time_intervals: tuple[TimeIntervalSettings, ...] = ()
    """Their old name."""
    digest_at: str = "08:00"
    """Local time of the daily digest: what was noted or fixed since the last one; nothing to tell, no message."""
    weekly_digest_at: str = "monday 08:00"
    """Local time of the weekly digest: what fired, what was done, what is open; empty: none. Nothing to tell, no
    message."""
    quiet_hours: QuietHoursSettings | None = None
    """When only what cannot wait is told; the rest comes in one message at their end."""
    storm: StormSettings = field(default_factory=StormSettings)
    escalation: tuple[EscalationSettings, ...] = ()
    """Who is told next while nobody acknowledges an alert, one step after the other."""
    correlation: CorrelationSettings = field(default_factory=CorrelationSettings)
    flapping: FlappingSettings = field(default_factory=FlappingSettings)
