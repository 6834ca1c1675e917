"""From the `alerts` section to what the engine routes by, and what is wrong with it as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from probed.config.alerts import AlertsSettings, InhibitRuleSettings, RouteSettings
from probed.config.receivers import ReceiverSettings, webhook_name
from probed.config.time_intervals import SpanSettings, TimeIntervalSettings
from probed.core.group import Timing
from probed.core.inhibition import InhibitRule
from probed.core.matcher import Matcher, MatchOp, matchers_text, parse_matchers
from probed.core.route import ALL_LABELS, Route
from probed.core.routing import ONE_HOST, Integration, Routing
from probed.core.time_interval import TimeInterval, days_of, minutes_of, months_of, weekdays_of, years_of

ALERTMANAGER = Timing(wait_s=30.0, interval_s=300.0, repeat_s=4 * 3600.0)
OPS = tuple(MatchOp)

Problem = tuple[tuple[str | int, ...], str]
"""The keys that lead to the value, below `alerts`, and what is wrong with it."""


def routing_of(alerts: AlertsSettings, channels: Mapping[str, bool]) -> Routing:
    """`channels`: names of those that were built, and whether a program reads what they send."""
    receivers = {receiver.name: _integrations(receiver, channels) for receiver in alerts.receivers}
    if not receivers:
        receivers = {ONE_HOST.receiver: tuple(Integration(name, True, program) for name, program in channels.items())}
    first = next(iter(receivers))
    intervals = (*alerts.time_intervals, *alerts.mute_time_intervals)
    return Routing(
        root=_root(alerts.route, first),
        receivers=receivers,
        inhibit_rules=tuple(_inhibit_rule(rule) for rule in alerts.inhibit_rules),
        time_intervals={interval.name: _spans(interval) for interval in intervals},
        resolve_timeout_s=alerts.global_.resolve_timeout,
        is_strict=alerts.compatibility == "alertmanager",
    )


def problems(alerts: AlertsSettings, channels: Sequence[str]) -> Iterator[Problem]:
    """`channels`: names that the configuration gives."""
    yield from _doubles([receiver.name for receiver in alerts.receivers], "receivers")
    yield from _receiver_problems(alerts.receivers, channels)
    named = (*alerts.time_intervals, *alerts.mute_time_intervals)
    yield from _doubles([interval.name for interval in named], "time_intervals")
    for section in ("time_intervals", "mute_time_intervals"):
        for number, interval in enumerate(getattr(alerts, section)):
            yield from _interval_problems(interval, (section, number))
    if alerts.route:
        receivers = {receiver.name for receiver in alerts.receivers} or {ONE_HOST.receiver}
        yield from _root_problems(alerts.route)
        yield from _route_problems(alerts.route, ("route",), receivers, {interval.name for interval in named})


# --- routes -----------------------------------------------------------------------------------------------------------


def _root(settings: RouteSettings | None, receiver: str) -> Route:
    if settings is None:
        return Route(ONE_HOST.key, receiver, ONE_HOST.timing, group_by=ONE_HOST.group_by)
    above = Route("", receiver, ALERTMANAGER)
    return _route(settings, above, {})


def _route(settings: RouteSettings, above: Route, seen: dict[str, int]) -> Route:
    matchers = _matchers(settings.matchers, settings.match, settings.match_re)
    text = matchers_text(matchers)
    key = f"{above.key}/{text}" if above.key else text
    seen[key] = seen.get(key, 0) + 1
    own = Route(
        key=key if seen[key] == 1 else f"{key}#{seen[key]}",
        receiver=settings.receiver or above.receiver,
        timing=Timing(
            above.timing.wait_s if settings.group_wait is None else settings.group_wait,
            above.timing.interval_s if settings.group_interval is None else settings.group_interval,
            above.timing.repeat_s if settings.repeat_interval is None else settings.repeat_interval,
        ),
        matchers=matchers,
        group_by=settings.group_by or above.group_by,
        mute_times=settings.mute_time_intervals,
        active_times=settings.active_time_intervals,
        continues=settings.continue_,
        path=f"{above.path}/{text}" if above.path else text,
    )
    return _with_routes(own, settings, seen)


def _with_routes(own: Route, settings: RouteSettings, seen: dict[str, int]) -> Route:
    below = tuple(_route(each, own, seen) for each in settings.routes)
    return replace(own, routes=below)


def _matchers(texts: Iterable[str], equal: Mapping[str, str], like: Mapping[str, str]) -> tuple[Matcher, ...]:
    """In Alertmanager's order, which its keys of groups show."""
    found = [matcher for text in texts for matcher in parse_matchers(text)]
    found += [Matcher(name, MatchOp.EQUAL, value) for name, value in equal.items()]
    found += [Matcher(name, MatchOp.REGEX, f"^(?:{value})$") for name, value in like.items()]
    return tuple(sorted(found, key=lambda matcher: (matcher.name, matcher.value, OPS.index(matcher.op))))


def _inhibit_rule(settings: InhibitRuleSettings) -> InhibitRule:
    return InhibitRule(
        _matchers(settings.source_matchers, settings.source_match, settings.source_match_re),
        _matchers(settings.target_matchers, settings.target_match, settings.target_match_re),
        tuple(dict.fromkeys(settings.equal)),
    )


def _root_problems(root: RouteSettings) -> Iterator[Problem]:
    for key in ("matchers", "match", "match_re", "mute_time_intervals", "active_time_intervals"):
        if getattr(root, key):
            yield ("route", key), "the root of the routes takes all alerts at all times; write a route below it"
    if root.continue_:
        yield ("route", "continue"), "nothing follows the root of the routes"


def _route_problems(
    route: RouteSettings, place: tuple[str | int, ...], receivers: set[str], intervals: set[str]
) -> Iterator[Problem]:
    if route.receiver and route.receiver not in receivers:
        yield (*place, "receiver"), f"no receiver is named {route.receiver!r}; known are {', '.join(sorted(receivers))}"
    if route.group_by and ALL_LABELS in route.group_by and len(route.group_by) > 1:
        yield (*place, "group_by"), "`...` means all labels; nothing stands beside it"
    for key in ("group_interval", "repeat_interval"):
        if getattr(route, key) == 0:
            yield (*place, key), "expected more than 0"
    for key in ("mute_time_intervals", "active_time_intervals"):
        for name in getattr(route, key):
            if name not in intervals:
                yield (*place, key), f"no time interval is named {name!r}"
    for number, below in enumerate(route.routes):
        yield from _route_problems(below, (*place, "routes", number), receivers, intervals)


# --- receivers --------------------------------------------------------------------------------------------------------


def _integrations(receiver: ReceiverSettings, channels: Mapping[str, bool]) -> tuple[Integration, ...]:
    webhooks = [
        Integration(webhook_name(receiver.name, number), webhook.send_resolved, is_program=True)
        for number, webhook in enumerate(receiver.webhook_configs)
    ]
    people = [Integration(name, receiver.send_resolved, channels.get(name, False)) for name in receiver.channels]
    return (*webhooks, *people)


def _receiver_problems(receivers: Sequence[ReceiverSettings], channels: Sequence[str]) -> Iterator[Problem]:
    for number, receiver in enumerate(receivers):
        if not receiver.name:
            yield ("receivers", number, "name"), "a receiver needs a name"
        for name in receiver.channels:
            if name not in channels:
                known = ", ".join(channels)
                yield ("receivers", number, "channels"), f"no channel is named {name!r}; known are {known}"


def _doubles(names: Sequence[str], section: str) -> Iterator[Problem]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield (section, number, "name"), f"the name {name!r} is given twice"


# --- time intervals ---------------------------------------------------------------------------------------------------


def _spans(settings: TimeIntervalSettings) -> tuple[TimeInterval, ...]:
    return tuple(_span(span) for span in settings.time_intervals)


def _span(span: SpanSettings) -> TimeInterval:
    """Raises ValueError."""
    return TimeInterval(
        minutes=tuple(minutes_of(times.start_time, times.end_time) for times in span.times),
        weekdays=tuple(map(weekdays_of, span.weekdays)),
        days_of_month=tuple(map(days_of, span.days_of_month)),
        months=tuple(map(months_of, span.months)),
        years=tuple(map(years_of, span.years)),
        zone=None if span.location == "Local" else _zone(span.location),
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"{name!r} is no time zone") from None


def _interval_problems(interval: TimeIntervalSettings, place: tuple[str | int, ...]) -> Iterator[Problem]:
    for number, span in enumerate(interval.time_intervals):
        if problem := _problem_of(lambda span=span: _span(span)):  # type: ignore[misc]
            yield (*place, "time_intervals", number), problem


def _problem_of(read: Callable[[], object]) -> str:
    try:
        read()
    except ValueError as error:
        return str(error)
    return ""
