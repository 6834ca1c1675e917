"""How long after something happens a message about it has arrived.

What is watched is a file that goes, looked for once a second; what is handed in are a report and an alert. Nobody waits
for a group: `group_wait` is 0.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from bench.effort import Effort
from bench.peer import ALERTMANAGER, MONIT, Command, Peer, monitrc, running
from bench.row import Figure, Row, at_most
from tests.real.alertmanager import RealAlertmanager
from tests.real.daemon import RealDaemon
from tests.real.post_box import PostBox, post_box

CYCLE_S = 1
SEEN_BOUND_MS = 2000.0
HANDED_IN_BOUND_MS = 1000.0
WITHIN_S = 30.0
LOOK_EVERY_S = 0.001


class Server(Protocol):
    def request(self, method: str, path: str, body: object = None) -> tuple[int, Any]: ...


def measure(effort: Effort) -> Sequence[Row]:
    names = [f"event-{number}" for number in range(effort.events)]
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        file, report, alert = of_cortex(Path(folder), names)
        monit = Figure("monit", of_monit(Path(folder) / "monit", names))
        alertmanager = Figure("Alertmanager", of_alertmanager(Path(folder) / "alertmanager", names))
    return [
        Row("event: a watched file goes, until told", file, "ms", (monit,), at_most(SEEN_BOUND_MS)),
        Row("event: a report comes, until told", report, "ms", (), at_most(HANDED_IN_BOUND_MS)),
        Row("event: an alert comes, until told", alert, "ms", (alertmanager,), at_most(HANDED_IN_BOUND_MS)),
    ]


def median_ms(names: Sequence[str], happen: Callable[[str], None], is_told: Callable[[str], bool]) -> float:
    return statistics.median(took_ms(partial(happen, name), partial(is_told, name)) for name in names)


def took_ms(happen: Callable[[], None], is_told: Callable[[], bool]) -> float:
    """At any moment of a cycle."""
    time.sleep(random.uniform(0, CYCLE_S))
    began = time.monotonic()
    happen()
    while not is_told():
        if time.monotonic() > began + WITHIN_S:
            raise RuntimeError(f"no message within {WITHIN_S:g} s")
        time.sleep(LOOK_EVERY_S)
    return 1000 * (time.monotonic() - began)


# --- told by web hook -------------------------------------------------------------------------------------------------


def of_cortex(folder: Path, names: Sequence[str]) -> tuple[float, float, float]:
    """For a file, a report and an alert."""
    watched = [str(folder / name) for name in names]
    with post_box() as box:
        daemon = RealDaemon(folder, {"alerts": {**alerts_section(box), "storm": {"enabled": False}}})
        checks = "\n".join(f"  - file: {{path: {file}}}" for file in watched)
        daemon.document("files", f"schedule: every {CYCLE_S}s\nchecks:\n{checks}")
        for file in watched:
            Path(file).touch()
        with daemon:
            daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"])
            return (
                median_ms(watched, lambda file: Path(file).unlink(), partial(is_posted, box)),
                median_ms([f"report-{name}" for name in names], partial(report, daemon), partial(is_posted, box)),
                median_ms([f"alert-{name}" for name in names], partial(alert, daemon), partial(is_posted, box)),
            )


def of_alertmanager(folder: Path, names: Sequence[str]) -> float | None:
    if ALERTMANAGER.executable is None:
        return None
    with post_box() as box, RealAlertmanager(folder, alerts_section(box)) as server:
        return median_ms(names, partial(alert, server), partial(is_posted, box))


def alerts_section(box: PostBox) -> Mapping[str, object]:
    """The same for both."""
    return {
        "route": {"receiver": "box", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"},
        "receivers": [{"name": "box", "webhook_configs": [{"url": box.url, "send_resolved": False}]}],
    }


def is_posted(box: PostBox, name: str) -> bool:
    return any(f'"{name}"'.encode() in posted.body for posted in reversed(box.posted))


def report(daemon: RealDaemon, name: str) -> None:
    finding = {"check": "app", "object": name, "severity": "warning", "summary": f"{name} is slow"}
    daemon.post("/api/v1/reports", {"source": name, "verdict": "warning", "summary": "slow", "findings": [finding]})


def alert(server: Server, name: str) -> None:
    server.request("POST", "/api/v2/alerts", [{"labels": {"alertname": "app", "object": name}}])


# --- told by a program ------------------------------------------------------------------------------------------------


def of_monit(folder: Path, names: Sequence[str]) -> float | None:
    """A file appears where monit is told to make one."""

    def watching(own: Path, port: int) -> Command:
        for name in names:
            (own / name).touch()
        services = (
            f'check file {name} with path {own / name}\nif does not exist then exec "/bin/touch {own / name}.told"'
            for name in names
        )
        return ["monit", "-I", "-c", monitrc(own, port, CYCLE_S, "\n".join(services))]

    with running(Peer("monit", MONIT.program, watching), folder) as monit:
        if monit is None:
            return None
        return median_ms(names, lambda name: (folder / name).unlink(), lambda name: (folder / f"{name}.told").exists())
