"""What depends on what on this host, and which of the things that fire is the probable root of the others.

A node is what an alert is about: its object (`/srv`, `nginx.service`, a container's name), its check and object
(`http https://shop.example/`), or `host` for the host itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from probed.core.alert import Alert
from probed.core.phrases import say

HOST = "host"
MOST_NAMED = 3
IMPACT = "impact"
"""The annotation of a root that says what depends on it."""


@dataclass(frozen=True, slots=True)
class Edge:
    dependent: str
    on: str


@dataclass(frozen=True, slots=True)
class DependencyGraph:
    """May hold cycles: what is written in unit files or by hand is not always a tree."""

    needs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    carries: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.needs

    def foundations(self, nodes: Iterable[str]) -> Mapping[str, int]:
        """All that the nodes need, near or far, with the distance."""
        return _reached(self.needs, nodes)

    def dependents(self, nodes: Iterable[str]) -> Mapping[str, int]:
        """All that needs one of the nodes, near or far, with the distance."""
        return _reached(self.carries, nodes)


@dataclass(frozen=True, slots=True)
class Blame:
    """Why an alert is not told by itself."""

    root: Alert
    """What it all goes back to, as far as is known."""
    distance: int


def graph_of(edges: Iterable[Edge]) -> DependencyGraph:
    needs: dict[str, set[str]] = {}
    carries: dict[str, set[str]] = {}
    for edge in edges:
        if edge.dependent != edge.on:
            needs.setdefault(edge.dependent, set()).add(edge.on)
            carries.setdefault(edge.on, set()).add(edge.dependent)
    return DependencyGraph(_frozen(needs), _frozen(carries))


def nodes_of(labels: Mapping[str, str]) -> tuple[str, ...]:
    """The names under which an alert with these labels may stand in the graph."""
    object_, check = labels.get("object", ""), labels.get("alertname", "")
    names = [name for name in (object_, f"{check} {object_}".strip()) if name]
    if object_ and object_ == labels.get("host"):
        names.append(HOST)
    return tuple(dict.fromkeys(names))


def objects_of(nodes: Iterable[str], host: str) -> frozenset[str]:
    """The objects that alerts about these nodes may have."""
    objects = {part for node in nodes for part in (node, node.partition(" ")[2]) if part}
    return frozenset(objects | {host} if HOST in objects else objects)


def blame(graph: DependencyGraph, alert: Alert, firing: Sequence[Alert]) -> Blame | None:
    """The probable root of an alert among those that fire; None: it stands for itself.

    A root is at least as severe as what it explains; of two that need each other it is the one that came first.
    """
    nodes = nodes_of(alert.labels)
    reach = graph.foundations(nodes)
    needed = [
        Blame(other, distance) for other in firing if other.id != alert.id and (distance := _distance(reach, other))
    ]
    dependents = graph.dependents(nodes) if needed else {}
    causes = [each for each in needed if _explains(each.root, alert, is_mutual=bool(_distance(dependents, each.root)))]
    return max(causes, key=lambda cause: (cause.distance, *_latest_last(cause.root)), default=None)


def name_of(alert: Alert) -> str:
    """What it is about, in a word."""
    return alert.labels.get("object") or alert.labels.get("alertname", "")


def impact(alerts: Sequence[Alert]) -> str:
    """What the dependents of a root say, in one line; empty where there are none."""
    if not alerts:
        return ""
    names = sorted({name_of(alert) for alert in alerts})
    more = [say("{count} more", count=len(names) - MOST_NAMED)] if len(names) > MOST_NAMED else []
    shown = ", ".join([*names[:MOST_NAMED], *more])
    if len(alerts) == 1:
        return say("1 alert depends on it: {names}", names=shown)
    return say("{count} alerts depend on it: {names}", count=len(alerts), names=shown)


def _explains(cause: Alert, alert: Alert, *, is_mutual: bool) -> bool:
    """`is_mutual`: the cause needs the alert's object, too."""
    if cause.severity.rank < alert.severity.rank:
        return False
    return not is_mutual or _order(cause) < _order(alert)


def _distance(reach: Mapping[str, int], alert: Alert) -> int:
    """0: not reached."""
    return max((reach.get(node, 0) for node in nodes_of(alert.labels)), default=0)


def _order(alert: Alert) -> tuple[datetime, str]:
    return alert.starts_at, alert.id


def _latest_last(alert: Alert) -> tuple[float, str]:
    return -alert.starts_at.timestamp(), alert.id


def _reached(edges: Mapping[str, frozenset[str]], nodes: Iterable[str]) -> Mapping[str, int]:
    start = set(nodes)
    found: dict[str, int] = {}
    waiting = deque((node, 0) for node in start)
    while waiting:
        node, distance = waiting.popleft()
        for other in edges.get(node, ()):
            if other not in found and other not in start:
                found[other] = distance + 1
                waiting.append((other, distance + 1))
    return found


def _frozen(edges: Mapping[str, set[str]]) -> Mapping[str, frozenset[str]]:
    return {node: frozenset(others) for node, others in edges.items()}
