"""Every probe there is; a new one is a file beside its neighbours and a line here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from probed.agent.probes import (
    containers,
    disk_usage,
    journal,
    metric_history,
    metrics,
    open_deleted_files,
    processes,
    recent_alerts,
    recent_changes,
    recent_runs,
    sockets,
    unit_status,
)
from probed.agent.probes.metric_history import Points
from probed.agent.probes.probe import Probe
from probed.ports import Queries

ON_THE_HOST: tuple[Probe[Any], ...] = (
    processes.PROBE,
    disk_usage.PROBE,
    open_deleted_files.PROBE,
    journal.PROBE,
    unit_status.PROBE,
    containers.PROBE,
    sockets.PROBE,
)
OF_THE_PAST: tuple[Callable[[Queries], Probe[Any]], ...] = (
    metrics.probe,
    recent_runs.probe,
    recent_alerts.probe,
    recent_changes.probe,
)


def all_probes(points: Points, past: Queries | None = None) -> tuple[Probe[Any], ...]:
    """`past`: what Cortex has kept; without it the probes that look there are left out."""
    kept = [probe(past) for probe in OF_THE_PAST] if past else []
    return (*ON_THE_HOST, metric_history.probe(points), *kept)
