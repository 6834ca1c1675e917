"""Half an hour at a high rate: do the daemon's memory, descriptors and threads grow, and is its database let go again?

    .venv/bin/python -m bench.soak [--minutes 30] [--rate 200]

Reports come in, alerts fire and resolve and are told to a webhook, inspections run each second, a client follows the
events and others ask. After the first third of the time, each figure is set against the number of events that the
daemon has published; the verdict is about the slope (bench/slope.py). In the end the database is pruned as its
retention says: what is too old has to be gone, and the room with it. Ends with 1 where anything leaks or nobody can
say.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import itertools
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.slope import Slope, Verdict, slope
from probed.daemon.clock import SystemClock
from probed.monitor.retention import Lifetimes
from probed.monitor.room import used_bytes
from probed.monitor.sqlite import open_monitor
from tests.real.daemon import RealDaemon, UnixConnection
from tests.real.post_box import PostBox, post_box

MILLION = 1e6
BOUNDS = {"memory": 10.0, "descriptors": 4.0, "threads": 4.0}
"""Accepted for a million events. MiB: 10 bytes an event is less than the smallest thing that could be kept of each."""
STEPS = {"memory": 2.0, "descriptors": 2.0, "threads": 2.0}
"""What an allocator, a pool or a connection may take once."""
UNITS = {"memory": "MiB", "descriptors": "", "threads": "", "database": "MiB"}
WARM_UP = 1 / 3
SAMPLES = 180
OBJECTS = 40
POSTERS = 8
DOCUMENTS = {
    "files": "schedule: every 1s\nchecks:\n  - file: {path: /etc/hostname}\n  - file: {path: /nonexistent}",
    "numbers": "schedule: every 1s\nchecks: [load, memory, cpu, disk, pressure]",
    "programs": "schedule: every 2s\nchecks:\n  - command: {command: [echo, fine], name: echo}",
}
NOUNS = ("status", "runs?limit=50", "reports?limit=50", "alerts", "cases?open=true", "channels")
ASKED = ("/metrics", "/readyz", *(f"/api/v1/{noun}" for noun in NOUNS))


@dataclass(frozen=True, slots=True)
class Sample:
    at_s: float
    events: int
    memory: float
    """MiB that no file stands behind."""
    descriptors: int
    threads: int
    database: float
    """MiB, with its log."""


@dataclass
class Outcome:
    samples: list[Sample] = field(default_factory=list)
    accepted: int = 0
    refused: int = 0
    told: int = 0
    kept: float = 1.0
    """Share of what was recorded meanwhile that is left once everything but the newest half of the time is let go."""
    rows_left: int = 0
    """Rows that are too old and still there."""

    @property
    def settled(self) -> Sequence[Sample]:
        return self.samples[int(len(self.samples) * WARM_UP) :]

    def slope_of(self, name: str) -> Slope:
        """For a million events."""
        return slope([(sample.events / MILLION, float(getattr(sample, name))) for sample in self.settled])

    def verdicts(self) -> dict[str, Verdict]:
        return {name: self.slope_of(name).verdict(bound, STEPS[name]) for name, bound in BOUNDS.items()}

    @property
    def is_clean(self) -> bool:
        steady = all(verdict is Verdict.STEADY for verdict in self.verdicts().values())
        return steady and not self.refused and not self.rows_left and self.kept < 0.75

    def __str__(self) -> str:
        last = self.samples[-1]
        lines = [
            f"{last.at_s:.0f} s, {last.events} events ({last.events / last.at_s:.0f}/s), {self.accepted} reports "
            f"accepted, {self.refused} refused, {self.told} messages",
            f"{'':12}{'first':>10}{'last':>10}{'per million events (95 %)':>40}  verdict",
        ]
        lines += [self._line(name) for name in UNITS]
        lines.append(f"pruned to the newest half: {self.kept:.0%} of the growth left, {self.rows_left} old rows left")
        return "\n".join(lines)

    def _line(self, name: str) -> str:
        found, first, last = self.slope_of(name), getattr(self.settled[0], name), getattr(self.settled[-1], name)
        grows = f"{found.value:.1f} ({found.least:.1f} … {found.most:.1f}) {UNITS[name]}"
        verdict = f"{self.verdicts()[name]} (bound {BOUNDS[name]:g})" if name in BOUNDS else "let go by retention"
        return f"{name:12}{first:>10.1f}{last:>10.1f}{grows:>40}  {verdict}"


class Soak:
    def __init__(self, folder: Path, seconds: float, rate: float) -> None:
        self._folder, self._seconds, self._rate = folder, seconds, rate
        self._stop, self._lock = threading.Event(), threading.Lock()
        self.outcome = Outcome()

    def run(self) -> Outcome:
        with ExitStack() as stack:
            box = stack.enter_context(post_box())
            self._daemon = self._made(box)
            stack.enter_context(self._daemon)
            self._daemon.wait_until(lambda: self._daemon.get("/api/v1/status")[1]["first_sweep_done"], 60)
            empty = used_bytes(self._folder / "monitor.db")
            with self._load():
                self._watch(box)
        self._prune(empty)
        return self.outcome

    def _made(self, box: PostBox) -> RealDaemon:
        route = {"receiver": "ops", "group_by": ["object"], "group_wait": "1s", "group_interval": "1s"}
        receivers = [{"name": "ops", "webhook_configs": [{"url": box.url}]}]
        config = {
            "alerts": {"route": route, "receivers": receivers, "flapping": {"enabled": False}},
            "inspections": {"boot_grace": "0s"},
            "log": {"level": "warning"},
        }
        daemon = RealDaemon(self._folder, config)
        for name, text in DOCUMENTS.items():
            daemon.document(name, text)
        return daemon

    # --- what goes on -------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _load(self) -> Iterator[None]:
        workers = [threading.Thread(target=self._post, args=(number,)) for number in range(POSTERS)]
        workers += [threading.Thread(target=work) for work in (self._ask, self._follow)]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            self._stop.set()
            for worker in workers:
                worker.join()

    def _post(self, number: int) -> None:
        """Reports of one source; every so often one of its objects breaks, or is well again."""
        chance, broken = random.Random(number), set[int]()
        while not self._stop.wait(POSTERS / self._rate):
            if chance.random() < 0.05:
                broken ^= {chance.randrange(OBJECTS)}
            findings = [
                {"check": "soak", "object": f"app-{each}", "severity": "warning", "summary": "it is slow"}
                for each in sorted(broken)
            ]
            body = {"source": f"soak-{number}", "verdict": "ok", "summary": "as it is", "findings": findings}
            self._count(self._quietly(self._daemon.post, "/api/v1/reports", body) == 201)

    def _count(self, accepted: bool) -> None:
        with self._lock:
            self.outcome.accepted += accepted
            self.outcome.refused += not accepted

    def _ask(self) -> None:
        for path in itertools.cycle(ASKED):
            if self._stop.wait(0.2):
                return
            self._quietly(self._daemon.get, path)

    def _follow(self) -> None:
        """Events, by a client that leaves and comes again."""
        while not self._stop.is_set():
            connection = UnixConnection(self._daemon.socket, 5.0)
            with closing(connection):
                self._quietly(self._read, connection)

    def _read(self, connection: UnixConnection) -> None:
        connection.request("GET", "/api/v1/events", headers={"Accept": "text/event-stream"})
        answer, end = connection.getresponse(), time.monotonic() + 10.0
        while not self._stop.is_set() and time.monotonic() < end and answer.readline():
            pass

    @staticmethod
    def _quietly(work: Callable[..., tuple[int, object] | None], *arguments: object) -> int:
        """The status of the answer; 0 where there was none."""
        try:
            answer = work(*arguments)
        except (OSError, http.client.HTTPException):
            return 0
        return answer[0] if answer else 0

    # --- what is measured ---------------------------------------------------------------------------------------------

    def _watch(self, box: PostBox) -> None:
        began = time.monotonic()
        for number in range(1, SAMPLES + 1):
            time.sleep(max(0.0, began + self._seconds * number / SAMPLES - time.monotonic()))
            self.outcome.samples.append(self._sample(time.monotonic() - began))
            if number % (SAMPLES // 10) == 0:
                print(self.outcome.samples[-1], file=sys.stderr, flush=True)
        self.outcome.told = len(box.posted)

    def _sample(self, at_s: float) -> Sample:
        place = Path(f"/proc/{self._daemon.pid}")
        status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines() if ":" in line)
        files = self._folder.glob("monitor.db*")
        return Sample(
            at_s=at_s,
            events=self._events(),
            memory=int(status["RssAnon"].split()[0]) / 1024,
            descriptors=len(list((place / "fd").iterdir())),
            threads=int(status["Threads"]),
            database=sum(path.stat().st_size for path in files) / 2**20,
        )

    def _events(self) -> int:
        with closing(sqlite3.connect(self._folder / "monitor.db", timeout=30)) as database:
            (newest,) = database.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
        return int(newest)

    def _prune(self, empty: int) -> None:
        """`empty`: bytes that it took in the beginning."""
        path, keep_s = self._folder / "monitor.db", self._seconds / 2
        before = used_bytes(path)
        now = datetime.now(UTC)
        asyncio.run(_prune(path, now, Lifetimes(keep_s, keep_s, keep_s, keep_s, keep_s)))
        self.outcome.kept = (used_bytes(path) - empty) / (before - empty)
        cutoff = int((now.timestamp() - keep_s) * 1e6)
        with closing(sqlite3.connect(path)) as database:
            (left,) = database.execute("SELECT count(*) FROM events WHERE at < ?", (cutoff,)).fetchone()
        self.outcome.rows_left = int(left)


async def _prune(path: Path, now: datetime, lifetimes: Lifetimes) -> None:
    monitor = await open_monitor(path, SystemClock())
    try:
        await monitor.prune(now, lifetimes)
    finally:
        await monitor.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=float, default=200, help="reports a second, at the most")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cortex-soak-") as folder:
        outcome = Soak(Path(folder), 60 * arguments.minutes, arguments.rate).run()
    print(outcome)
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
