"""Who reports: an inspection with its schedule, or another program that hands its reports in."""

from __future__ import annotations

from dataclasses import dataclass

from probed.wire.inspection import PlannedShape
from probed.wire.status import SourceShape, StatusShape


@dataclass(frozen=True, slots=True)
class Reporter:
    name: str
    last: SourceShape | None
    """None before its first report."""
    planned: PlannedShape | None
    """None for what was handed in: it has no schedule here, and cannot be run from here."""


def reporters(status: StatusShape) -> list[Reporter]:
    """What runs next comes first; then what is paused, then what others hand in."""
    last = {source.source: source for source in status.sources}
    planned = [Reporter(plan.inspection, last.pop(plan.inspection, None), plan) for plan in status.next_runs]
    return planned + [Reporter(source.source, source, None) for source in last.values()]
