"""From stored numbers to findings: what will be full soon, and what is unlike this host has been at this hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from probed.core.finding import FROM_HABIT, FROM_TREND, Finding, Severity
from probed.core.forecast import Forecast, Reading, look_ahead
from probed.core.habit import Episode, now_unusual
from probed.core.observation import Habit, Observation, Outlook
from probed.core.span import between
from probed.core.trend import Point
from probed.engine.judging import Active
from probed.errors import DeadlineExceeded, Overloaded
from probed.ports import Clock, Queries, Workers

T = TypeVar("T")
Key = tuple[str, str]
"""Check and object."""
ANEW_AFTER_S = 300.0
"""A forecast; numbers are rolled up as often."""
UNUSUAL_ANEW_AFTER_S = 900.0
FORGET_AFTER_S = 3600.0
WEEKS = timedelta(days=21)
HALF_A_DAY = timedelta(hours=12)
HABITS = timedelta(days=70)
HOUR_S, FIVE_MINUTES_S = 3600.0, 300.0
DEADLINE_S = 10.0
CLEAR = 1.5
"""A warning stays until the likely moment is so many times as far away as the document wants to know of."""


@dataclass(slots=True)
class Foresight:
    queries: Queries
    workers: Workers
    clock: Clock
    _forecasts: dict[Key, tuple[float, Forecast | None]] = field(default_factory=dict)
    """With the monotonic moment at which it was made."""
    _episodes: dict[Key, tuple[float, Episode | None]] = field(default_factory=dict)

    @property
    def forecasts(self) -> Mapping[Key, Forecast]:
        """Of what is looked at now."""
        return {key: forecast for key, (_, forecast) in self._forecasts.items() if forecast}

    async def findings(
        self, check: str, observations: Sequence[Observation], active: Active, found: Sequence[Finding]
    ) -> list[Finding]:
        """`found`: what the check's own bounds say; what they say already is not foretold."""
        self._forget()
        told = {finding.object for finding in found if finding.check == check}
        judged: list[Finding | None] = []
        for seen in observations:
            if seen.value is None:
                continue
            if seen.outlook:
                forecast = await self._forecast((check, seen.object), seen.outlook)
                identity = (FROM_TREND + check, seen.object)
                if seen.object not in told or identity in active:
                    judged.append(_of_forecast(identity, seen.outlook, forecast, identity in active))
            if seen.habit:
                judged.append(_of_habit(check, seen, await self._episode((check, seen.object), seen.habit)))
        return [finding for finding in judged if finding]

    async def _forecast(self, key: Key, outlook: Outlook) -> Forecast | None:
        known = self._forecasts.get(key)
        if known is None or self.clock.monotonic() - known[0] >= ANEW_AFTER_S:
            hours, newest = await self._points(key, WEEKS, HOUR_S), await self._points(key, HALF_A_DAY, FIVE_MINUTES_S)
            made = await self._aside(lambda: look_ahead(_readings(hours), _readings(newest), outlook.full), known)
            known = self._forecasts[key] = (self.clock.monotonic(), made)
        return known[1]

    async def _episode(self, key: Key, habit: Habit) -> Episode | None:
        known = self._episodes.get(key)
        if known is None or self.clock.monotonic() - known[0] >= UNUSUAL_ANEW_AFTER_S:
            points = await self._points(key, HABITS, HOUR_S)
            made = await self._aside(lambda: now_unusual(points, habit.least), known)
            known = self._episodes[key] = (self.clock.monotonic(), made)
        return known[1]

    async def _points(self, key: Key, back: timedelta, width_s: float) -> Sequence[Point]:
        now = self.clock.now()
        return await self.queries.points(*key, now - back, now, width_s)

    async def _aside(self, work: Callable[[], T | None], known: tuple[float, T | None] | None) -> T | None:
        """Beside the event loop; where that takes too long, what was known before holds."""
        try:
            return await self.workers.run(work, deadline_s=DEADLINE_S, name="foresight")
        except (DeadlineExceeded, Overloaded):
            return known[1] if known else None

    def _forget(self) -> None:
        now = self.clock.monotonic()
        for kept in (self._forecasts, self._episodes):
            for key in [key for key, (made_at, _) in kept.items() if now - made_at > FORGET_AFTER_S]:
                del kept[key]


def _readings(points: Sequence[Point]) -> Sequence[Reading]:
    return [(point.at_s, point.mean) for point in points]


def _of_forecast(identity: Key, outlook: Outlook, forecast: Forecast | None, is_active: bool) -> Finding | None:
    within_s = outlook.within_s
    if within_s is None or forecast is None:
        return None
    if not forecast.supports(within_s) and not (is_active and forecast.likely_s <= CLEAR * within_s):
        return None
    check, object_ = identity
    evidence = {
        "soonest_s": round(forecast.soonest_s),
        "likely_s": round(forecast.likely_s),
        "latest_s": None if forecast.latest_s is None else round(forecast.latest_s),
        "per_day": round(forecast.per_day, 3),
        "growing_since": datetime.fromtimestamp(forecast.since_s, UTC).isoformat(),
    }
    when = between(forecast.soonest_s, forecast.latest_s)
    return Finding(check, object_, Severity.WARNING, f"{object_} will be full {when}", evidence)


def _of_habit(check: str, seen: Observation, episode: Episode | None) -> Finding | None:
    if episode is None:
        return None
    since = datetime.fromtimestamp(episode.began_s, UTC)
    how = "higher" if episode.sign > 0 else "lower"
    unit = seen.unit if seen.unit == "%" else f" {seen.unit}".rstrip()
    summary = (
        f"{check} {seen.object} is {how} than usual at this hour of the week: "
        f"{episode.value:.3g}{unit}, usually {episode.usual:.3g}{unit}"
    )
    evidence = {"value": episode.value, "usual": episode.usual, "since": since.isoformat(), "unit": seen.unit}
    return Finding(FROM_HABIT + check, seen.object, Severity.WARNING, summary, evidence)
