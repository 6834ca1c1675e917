"""Latency of POST /api/v1/reports at 100 a second, seven findings each, with four model calls hanging.

    .venv/bin/python -m bench.load [--seconds 15] [--rate 100] [--backend claude|anthropic]

Beside it, in the same run, the floor: the same inserts into a bare sqlite3 with the same pragmas, one by one.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.agent.arrange import claude_cli
from tests.real.daemon import RealDaemon
from tests.real.messages_api import MessagesApi

REPORT = {
    "source": "bench",
    "verdict": "ok",
    "summary": "fine",
    "findings": [
        {"check": "bench", "object": f"object-{number}", "severity": "info", "summary": "fine"} for number in range(7)
    ],
}
ALWAYS = "schedule: on request\ntimeout: 10m\nchecks: []\nagent: {when: always}"
MODELS = ("model-a", "model-b", "model-c", "model-d")
P95_BOUND_MS = 20.0
P99_BOUND_MS = 50.0


@dataclass
class Outcome:
    times_ms: list[float]
    lost: int

    def quantile(self, share: float) -> float:
        return sorted(self.times_ms)[min(int(share * len(self.times_ms)), len(self.times_ms) - 1)]


def post_at(daemon: RealDaemon, rate: float, seconds: float) -> Outcome:
    return ask_at(lambda: daemon.post("/api/v1/reports", REPORT)[0], rate, seconds)


def ask_at(ask: Callable[[], int], rate: float, seconds: float) -> Outcome:
    """Open loop: each request is sent at its time, whether or not the earlier ones were answered. `ask` returns the
    status of its answer."""
    outcome, lock, threads = Outcome([], 0), threading.Lock(), []

    def one() -> None:
        began = time.perf_counter()
        try:
            accepted = ask() < 300
        except OSError:
            accepted = False
        took_ms = 1000 * (time.perf_counter() - began)
        with lock:
            outcome.times_ms.append(took_ms)
            outcome.lost += not accepted

    began = time.perf_counter()
    for number in range(max(1, int(rate * seconds))):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        threads.append(threading.Thread(target=one))
        threads[-1].start()
    for thread in threads:
        thread.join()
    return outcome


def floor_ms(folder: Path, transactions: int = 500) -> float:
    """Median time of one transaction that stores the same rows with nothing around it."""
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE report (id INTEGER PRIMARY KEY, body TEXT)")
    database.execute("CREATE TABLE finding (id INTEGER PRIMARY KEY, report INTEGER, body TEXT)")
    text, times = json.dumps(REPORT), []
    for number in range(transactions):
        began = time.perf_counter()
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO report (body) VALUES (?)", (text,))
        database.executemany("INSERT INTO finding (report, body) VALUES (?, ?)", [(number, text[:100])] * 7)
        database.execute("COMMIT")
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


@contextmanager
def hanging_models(daemon: RealDaemon, backend: str) -> Iterator[Callable[[], int]]:
    """Run the daemon with a model that never answers; yields what asks it four times, and says how many calls hang."""
    with MessagesApi("hang") as api:
        key = daemon.folder / "key"
        key.write_text("sk-ant-bench")
        key.chmod(0o600)
        agent = {
            "backend": backend,
            "claude": {"path": claude_cli().path},
            "base_url": api.base_url,
            "api_key_file": str(key),
            "concurrency": len(MODELS),
        }
        daemon.config = {"agent": {**agent, "deadline_s": 600}}
        for name in MODELS:
            daemon.document(name, ALWAYS)

        def hang() -> int:
            for name in MODELS:
                daemon.post(f"/api/v1/inspections/{name}/run")
            daemon.wait_until(lambda: len(api.requests) >= len(MODELS), 60)
            return len(api.requests)

        with daemon:
            yield hang
            api.stopping.set()  # no daemon waits for its runs when it is stopped


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=float, default=100)
    parser.add_argument("--backend", choices=["claude", "anthropic"], default="claude")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cortex-bench-") as folder:
        daemon = RealDaemon(Path(folder))
        with hanging_models(daemon, arguments.backend) as hang:
            hanging = hang()
            outcome = post_at(daemon, arguments.rate, arguments.seconds)
        floor = floor_ms(Path(folder))
    p50, p95, p99 = (outcome.quantile(share) for share in (0.50, 0.95, 0.99))
    print(
        f"{hanging} model calls hanging; {len(outcome.times_ms)} reports at {arguments.rate:g}/s, {outcome.lost} lost"
    )
    print(
        f"P50 {p50:.1f} ms, P95 {p95:.1f} ms, P99 {p99:.1f} ms; bare sqlite3 {floor:.2f} ms, P50 = {p50 / floor:.0f} x"
    )
    return 1 if p95 > P95_BOUND_MS or p99 > P99_BOUND_MS or outcome.lost else 0


if __name__ == "__main__":
    sys.exit(main())
