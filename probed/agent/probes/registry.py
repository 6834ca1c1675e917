"""Every probe there is; a new one is a file beside its neighbours, a line here, and its name in `core/probe_names`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from probed.agent.probes import (
    certificate,
    config_file,
    container_inspect,
    container_logs,
    containers,
    cron,
    disk_usage,
    dns_lookup,
    http_get,
    journal,
    kernel_log,
    largest_files,
    log_file,
    logins,
    metric_history,
    metrics,
    mounts,
    open_deleted_files,
    packages_changed,
    past_incidents,
    process_detail,
    processes,
    recent_alerts,
    recent_changes,
    recent_runs,
    routes,
    sockets,
    timers,
    unit_file,
    unit_status,
)
from probed.agent.probes.metric_history import Points
from probed.agent.probes.probe import Probe
from probed.agent.probes.reach import Reach
from probed.ports import Queries

ON_THE_HOST: tuple[Probe[Any], ...] = (
    processes.PROBE,
    process_detail.PROBE,
    disk_usage.PROBE,
    largest_files.PROBE,
    open_deleted_files.PROBE,
    mounts.PROBE,
    journal.PROBE,
    kernel_log.PROBE,
    unit_status.PROBE,
    unit_file.PROBE,
    timers.PROBE,
    containers.PROBE,
    container_logs.PROBE,
    container_inspect.PROBE,
    sockets.PROBE,
    routes.PROBE,
    packages_changed.PROBE,
    logins.PROBE,
    cron.PROBE,
)
WITHIN_REACH: tuple[Callable[[Reach], Probe[Any]], ...] = (
    log_file.probe,
    dns_lookup.probe,
    http_get.probe,
    certificate.probe,
    config_file.probe,
)
OF_THE_PAST: tuple[Callable[[Queries], Probe[Any]], ...] = (
    metrics.probe,
    recent_runs.probe,
    recent_alerts.probe,
    recent_changes.probe,
    past_incidents.probe,
)


def all_probes(points: Points, past: Queries | None = None, reach: Reach | None = None) -> tuple[Probe[Any], ...]:
    """`past`: what Cortex has kept; without it the probes that look there are left out. `reach`: what may be asked
    about by name; without it what the settings allow by themselves."""
    kept = [probe(past) for probe in OF_THE_PAST] if past else []
    within = [probe(reach or Reach()) for probe in WITHIN_REACH]
    return (*ON_THE_HOST, *within, metric_history.probe(points), *kept)
