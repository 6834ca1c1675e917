"""What it takes to watch a host each 15 s: processor time and memory over some minutes, everybody at the same time.

Cortex looks with the inspections that come with it: those that look each minute look each 15 s, the others, such as
updates, logins and what an array says, at their own pace; what it takes when they all do stands beside it. Monit looks
with comparable services. Node_exporter is read by
Prometheus; netdata looks each second, as it comes; glances looks only while somebody asks it, as its page does each two
seconds: what it takes when it is asked each 15 s stands beside it.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.request import urlopen

from bench.effort import Effort
from bench.measures.idle import cpu_percent, watching
from bench.peer import (
    ALERTMANAGER,
    GLANCES,
    MONIT,
    NETDATA,
    NODE_EXPORTER,
    Peer,
    Running,
    monitrc,
    prometheus,
    running,
)
from bench.process_tree import pss_mib
from bench.row import Figure, Row, at_most, at_most_times

EVERY_S = 15
CPU_BOUND_PERCENT = 0.5
GLANCES_S = 2
"""As its own page asks it."""
THREE = "Prometheus, Alertmanager, node_exporter"
INTERFACE = "check network lo with interface lo"


Found = Mapping[str, Sequence[Running]]
"""What runs, by the name that the table has for it; nothing where it is not here."""


def measure(effort: Effort) -> Sequence[Row]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cortex-bench-")))
        daemon = stack.enter_context(watching(folder, EVERY_S, slowest_s=60))
        (folder / "all").mkdir()
        all_of_it = stack.enter_context(watching(folder / "all", EVERY_S))
        found = peers(stack, folder)
        time.sleep(effort.settle_s)
        pids = [daemon.pid, all_of_it.pid, *(each.process.pid for running_ in found.values() for each in running_)]
        percent = cpu_percent(pids, effort.watch_s)
        memory = {pid: pss_mib(pid) for pid in pids}
    busy, taken = (partial(beside, found, values) for values in (percent, memory))
    ours, minutes = percent[daemon.pid], f"{effort.watch_s / 60:g} min each {EVERY_S} s"
    slow_too = Figure(f"all inspections each {EVERY_S} s", percent[all_of_it.pid])
    return [
        Row(f"watch: processor, {minutes}", ours, "%", (slow_too, *busy(*found)), at_most(CPU_BOUND_PERCENT)),
        Row("watch: processor, by glances's", ours, "%", busy("glances"), at_most_times(1)),
        Row("watch: processor, by netdata's", ours, "%", busy("netdata"), at_most_times(1)),
        Row(f"watch: memory, {minutes}", memory[daemon.pid], "MiB", taken(THREE, *found), at_most_times(1)),
    ]


def beside(found: Found, values: Mapping[int, float], *names: str) -> tuple[Figure, ...]:
    return tuple(Figure(name, total(found.get(name, ()), values)) for name in dict.fromkeys(names))


def total(of: Sequence[Running], values: Mapping[int, float]) -> float | None:
    return sum(values[each.process.pid] for each in of) if of else None


def peers(stack: ExitStack, folder: Path) -> Found:
    def start(peer: Peer) -> list[Running]:
        found = stack.enter_context(running(peer, folder / peer.name))
        return [found] if found else []

    def asked_each(every_s: int) -> list[Running]:
        found = start(replace(GLANCES, name=f"glances-{every_s}"))
        for each in found:
            stack.enter_context(asked(f"http://127.0.0.1:{each.port}/api/3/all", every_s))
        return found

    exporter = start(NODE_EXPORTER)
    monit = replace(MONIT, command=lambda own, port: ["monit", "-I", "-c", monitrc(own, port, EVERY_S, INTERFACE)])
    three = exporter and [*start(reading(exporter[0].port)), *start(ALERTMANAGER), *exporter]
    return {
        THREE: three if len(three) == 3 else [],
        "node_exporter": exporter,
        "monit": start(monit),
        "netdata": start(NETDATA),
        "glances": asked_each(GLANCES_S),
        f"glances, asked each {EVERY_S} s": asked_each(EVERY_S),
    }


def reading(exporter: int) -> Peer:
    return Peer("Prometheus", "prometheus", lambda own, port: prometheus(own, port, exporter, EVERY_S), "/-/ready")


@contextmanager
def asked(url: str, every_s: int) -> Iterator[None]:
    """For everything it has, again and again."""
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.wait(every_s):
            with suppress(OSError), urlopen(url, timeout=EVERY_S) as answer:
                answer.read()

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
