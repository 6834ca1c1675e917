"""How long after something breaks it is told: by Cortex, and by others that watch the very same thing meanwhile.

Once with everybody as quick as monit can be, a look each second, and once as each comes: Cortex's own documents look
each minute, monit as Debian sets it up each two. Cortex tells by web hook, monit by a program that it starts. Netdata
raises its alarm of a full disk by itself; it learns of a single process or port only where somebody adds a plugin, and
node_exporter judges nothing. Glances looks only while somebody looks at it, and tells nobody.

Here everything is polled. How soon an event of systemd or of Docker is told is what `death` measures.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.request import urlopen

from bench.breaking import Thing, things
from bench.effort import Effort
from bench.measures.events import alerts_section, is_posted
from bench.peer import MONIT, NETDATA, Command, Peer, monitrc, running
from bench.row import Figure, Row, at_most
from tests.real.daemon import RealDaemon
from tests.real.post_box import post_box

SECOND_BOUND_MS = 3000.0
"""A cycle of a second, what a look takes, and what the message takes."""
OWN_BOUND_MS = 75_000.0
MONIT_S = 120
"""`set daemon` in Debian's /etc/monit/monitrc."""
DOCUMENT = "every 1m"
"""As the documents that come with Cortex look at services, processes and disks."""
WITHIN_S = 300.0
LOOK_EVERY_S = 0.01
IsTold = Callable[[Thing], bool]


def measure(effort: Effort) -> Sequence[Row]:
    rows = _rows("each second", watched(effort.breaks, "every 1s", 1, own_pace=False), SECOND_BOUND_MS)
    if effort.own_breaks:
        rows += _rows("as each comes", watched(effort.own_breaks, DOCUMENT, MONIT_S, own_pace=True), OWN_BOUND_MS)
    return rows


def _rows(pace: str, took_ms: Mapping[str, Mapping[str, float]], bound_ms: float) -> list[Row]:
    return [
        Row(
            f"notice: {kind}, looked for {pace}",
            by["Cortex"],
            "ms",
            [Figure(name, by.get(name)) for name in ("monit", "netdata") if name in by or name == "monit"],
            at_most(bound_ms),
        )
        for kind, by in took_ms.items()
    ]


def watched(breaks: int, schedule: str, monit_s: int, *, own_pace: bool) -> Mapping[str, Mapping[str, float]]:
    """The median of each watcher for each kind, in milliseconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cortex-bench-")))
        sets = [stack.enter_context(things(folder, number)) for number in range(breaks)]
        every = [thing for each in sets for thing in each]
        watchers = {"Cortex": cortex(stack, folder, every, schedule)}
        if monit := by_monit(stack, folder / "monit", every, monit_s):
            watchers["monit"] = monit
        if own_pace and (netdata := by_netdata(stack, folder / "netdata")):
            watchers["netdata"] = netdata
        took = [break_all(each, watchers, monit_s) for each in sets]
    kinds = {thing.kind: thing.kind for thing in every}
    return {kind: medians([each[kind] for each in took]) for kind in kinds}


def medians(rounds: Sequence[Mapping[str, float]]) -> Mapping[str, float]:
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}


def break_all(broken: Sequence[Thing], watchers: Mapping[str, IsTold], cycle_s: float) -> dict[str, dict[str, float]]:
    """At any moment of a cycle; by kind and watcher, in milliseconds."""
    time.sleep(random.uniform(0, cycle_s))
    open_ = {(thing, name) for thing in broken for name in watchers if name != "netdata" or "disk" in thing.kind}
    began = {}
    for thing in broken:
        began[thing] = time.monotonic()
        thing.break_it()
    took: dict[str, dict[str, float]] = {thing.kind: {} for thing in broken}
    while open_:
        for thing, name in [each for each in open_ if watchers[each[1]](each[0])]:
            took[thing.kind][name] = 1000 * (time.monotonic() - began[thing])
            open_.remove((thing, name))
        if time.monotonic() > max(began.values()) + WITHIN_S:
            raise RuntimeError(f"not told within {WITHIN_S:g} s: {[(thing.kind, name) for thing, name in open_]}")
        time.sleep(LOOK_EVERY_S)
    return took


def cortex(stack: ExitStack, folder: Path, watch: Sequence[Thing], schedule: str) -> IsTold:
    box = stack.enter_context(post_box())
    own = folder / "cortex"
    own.mkdir()
    daemon = RealDaemon(own, {"alerts": {**alerts_section(box), "storm": {"enabled": False}}})
    checks = "\n".join(f"  - {thing.check}" for thing in watch)
    daemon.document("watched", f"schedule: {schedule}\nchecks:\n{checks}")
    stack.enter_context(daemon)
    daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 60)
    return lambda thing: is_posted(box, thing.name)


def by_monit(stack: ExitStack, folder: Path, watch: Sequence[Thing], every_s: int) -> IsTold | None:
    """It starts a program that leaves a file."""

    def told(thing: Thing) -> Path:
        return folder / f"{thing.name.replace('/', '-')}.told"

    def watching(own: Path, port: int) -> Command:
        services = "\n".join(f'{thing.monit} then exec "/bin/touch {told(thing)}"' for thing in watch)
        return ["monit", "-I", "-c", monitrc(own, port, every_s, services)]

    found = stack.enter_context(running(Peer("monit", MONIT.program, watching), folder))
    return (lambda thing: told(thing).exists()) if found else None


def by_netdata(stack: ExitStack, folder: Path) -> IsTold | None:
    found = stack.enter_context(running(NETDATA, folder))
    if found is None:
        return None

    def is_raised(thing: Thing) -> bool:
        with urlopen(f"http://127.0.0.1:{found.port}/api/v1/alarms", timeout=10) as answer:
            alarms = json.load(answer)["alarms"].values()
        return any(alarm["family"] == thing.name and alarm["name"] == "disk_space_usage" for alarm in alarms)

    return is_raised
