"""Open alerts that are about one thing, together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cortexctl.tui.source import worst_first
from probed.wire.alert import AlertShape

WAYS = ("", "source", "object", "alertname")
"""The labels by which they are grouped, in turn; empty: not at all."""
WORDS = {"": "", "source": "by source", "object": "by object", "alertname": "by check"}


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    alerts: tuple[AlertShape, ...]
    """The worst first."""


def grouped(alerts: Iterable[AlertShape], label: str) -> Iterator[Group | AlertShape]:
    """Each group before its alerts, that with the worst first."""
    groups: dict[str, list[AlertShape]] = {}
    for alert in sorted(alerts, key=worst_first):
        groups.setdefault(alert.labels.get(label, "") or "-", []).append(alert)
    for name, members in groups.items():
        yield Group(name, tuple(members))
        yield from members
