from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from probed.core.route import Route
from probed.core.routing import Routing
from probed.wire.silence import RouteShape


def tree_shapes(routing: Routing, now: datetime) -> list[RouteShape]:
    """All routes, each before those below it."""
    return [_shape(route, depth, routing, now) for depth, route in _walk(routing.root, 0)]


def taken_shapes(routing: Routing, labels: Mapping[str, str], now: datetime) -> list[RouteShape]:
    """The routes that take an alert with these labels."""
    depths = {route.key: depth for depth, route in _walk(routing.root, 0)}
    return [_shape(route, depths[route.key], routing, now, labels) for route in routing.root.match(labels)]


def _walk(route: Route, depth: int) -> Sequence[tuple[int, Route]]:
    return [(depth, route), *(below for each in route.routes for below in _walk(each, depth + 1))]


def _shape(
    route: Route, depth: int, routing: Routing, now: datetime, labels: Mapping[str, str] | None = None
) -> RouteShape:
    return RouteShape(
        key=route.key,
        depth=depth,
        receiver=route.receiver,
        recipients=list(routing.recipients_of(route)),
        group_by=list(route.group_by),
        group_key="" if labels is None else route.group_key(route.group_labels(labels)),
        group_wait_s=route.timing.wait_s,
        group_interval_s=route.timing.interval_s,
        repeat_interval_s=route.timing.repeat_s,
        continues=route.continues,
        muted=routing.muted_at(route, now),
    )
