"""What is measured, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bench.effort import Effort
from bench.measures import (
    backup,
    clients,
    dashboard,
    deaths,
    drill,
    events,
    foresight,
    history,
    idle,
    ingest,
    latency,
    memories,
    notice,
    queries,
    recall,
    recovery,
    scroll,
    startup,
    sweep,
    watch,
)
from bench.row import Row

MEASURES: Mapping[str, Callable[[Effort], Sequence[Row]]] = {
    "startup": startup.measure,
    "idle": idle.measure,
    "clients": clients.measure,
    "watch": watch.measure,
    "sweep": sweep.measure,
    "ingest": ingest.measure,
    "latency": latency.measure,
    "queries": queries.measure,
    "scroll": scroll.measure,
    "events": events.measure,
    "deaths": deaths.measure,
    "notice": notice.measure,
    "recovery": recovery.measure,
    "backup": backup.measure,
    "history": history.measure,
    "memories": memories.measure,
    "recall": recall.measure,
    "foresight": foresight.measure,
    "drill": drill.measure,
    "dashboard": dashboard.measure,
}
