"""Every probe there is; a new one is a file beside its neighbours and a line here."""

from __future__ import annotations

from typing import Any

from probed.agent.probes import (
    containers,
    disk_usage,
    journal,
    metric_history,
    open_deleted_files,
    processes,
    sockets,
    unit_status,
)
from probed.agent.probes.metric_history import Points
from probed.agent.probes.probe import Probe

ON_THE_HOST: tuple[Probe[Any], ...] = (
    processes.PROBE,
    disk_usage.PROBE,
    open_deleted_files.PROBE,
    journal.PROBE,
    unit_status.PROBE,
    containers.PROBE,
    sockets.PROBE,
)


def all_probes(points: Points) -> tuple[Probe[Any], ...]:
    return (*ON_THE_HOST, metric_history.probe(points))
