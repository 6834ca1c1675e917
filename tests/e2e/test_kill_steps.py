"""`kill -9` from outside at each step of an action and of a decision.

A step is recognised in the monitor's file, which a second process may read, and in the log to which a restart appends
before it does anything. Whatever the moment: no action runs twice, and the case goes on to its end.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.kill import NAMESPACE, every
from tests.actions.fake_systemctl import FAILED, FakeSystemctl, install
from tests.conftest import require
from tests.e2e.waiting import until
from tests.real.bot_process import BotProcess, bot_process
from tests.real.daemon import RealDaemon

ATTEMPTS = 12
"""How many faults may pass until a step that lasts but a moment is caught."""
WITHIN_S = 120.0

STARTED = "the action is started"
LOOKED = "the host was looked at for the last time"
"""Whether the action has done anything by then, nobody can know: it is verified, not repeated."""

IN_THE_MONITOR = {
    "the question is being prepared": "SELECT 1 FROM effects WHERE kind = 'prepare' AND state <> 'done'",
    "the question waits": "SELECT 1 FROM decisions WHERE state = 'waiting'",
    "a message is on its way": "SELECT 1 FROM effects WHERE kind = 'send' AND state = 'started'",
    "the decision is approved": "SELECT 1 FROM decisions WHERE state = 'approved'",
    "the action is due": "SELECT 1 FROM effects WHERE kind = 'execute' AND state = 'pending'",
    STARTED: "SELECT 1 FROM effects WHERE kind = 'execute' AND state = 'started'",
    LOOKED: "SELECT 1 FROM effects WHERE kind = 'execute' AND state = 'started' AND payload LIKE '%\"before\"%'",
    "the change is recorded": "SELECT 1 FROM changes",
}


@dataclass
class Fault:
    """One failed unit, and the daemon that is told of it and killed."""

    folder: Path
    bot: BotProcess
    document: str
    units: FakeSystemctl = field(init=False)
    daemon: RealDaemon = field(init=False)

    unit = "app.service"

    def __post_init__(self) -> None:
        self.units = install(self.folder / "systemctl")
        config = {
            "mode": "act",
            "inspections": {"boot_grace": "0s"},
            "alerts": {"route": {"group_by": ["..."], "group_wait": "0s", "group_interval": "1s"}},
            "telegram": self.bot.settings(self.folder),
        }
        env = {"PATH": f"{self.units.bin}:{os.environ['PATH']}"}
        (self.folder / "daemon").mkdir()
        self.daemon = RealDaemon(self.folder / "daemon", config, env, NAMESPACE)
        self.daemon.document("services", self.document)

    def kill_when(self, holds: Callable[[], bool]) -> bool:
        """Let the unit fail; kill the daemon the moment that `holds`. False where that was never seen."""
        self.daemon.start()
        self.daemon.wait_until(lambda: self.daemon.get("/api/v1/status")[1]["first_sweep_done"])
        self.units.add(self.unit, **FAILED)
        seen = threading.Event()
        watcher = threading.Thread(target=self._kill_once, args=(holds, seen))
        watcher.start()
        while watcher.is_alive():
            self._approve()
            time.sleep(0.02)
        watcher.join()
        return seen.is_set()

    def goes_on(self) -> None:
        """After a new start the case comes to its end: resolved, or told."""
        self.daemon.start()

        def is_over() -> bool:
            self._approve()
            cases = every(self.daemon, "cases?limit=50")
            counts = self.daemon.get("/api/v1/status")[1]["counts"]
            return bool(cases) and not counts["messages_pending"] and all(_is_at_rest(case) for case in cases)

        until(is_over, 180)

    def restarts(self) -> int:
        return self.units.restarts().count(self.unit)

    def asks(self, query: str) -> bool:
        """Whether the monitor's file has a row for it."""
        try:
            with sqlite3.connect(f"file:{self.daemon.folder / 'monitor.db'}?mode=ro", uri=True, timeout=0.1) as file:
                return file.execute(query).fetchone() is not None
        except sqlite3.OperationalError:
            return False

    def _kill_once(self, holds: Callable[[], bool], seen: threading.Event) -> None:
        end = time.monotonic() + WITHIN_S
        is_over = False
        while time.monotonic() < end and not is_over:
            is_over = self._is_over()  # before the last look: the step may come with the end
            if holds():
                seen.set()
                break
            time.sleep(0.0005)
        self.daemon.kill()

    def _is_over(self) -> bool:
        return self.asks("SELECT 1 FROM cases WHERE stage = 'resolved'")

    def _approve(self) -> None:
        try:
            _, answer = self.daemon.get("/api/v1/decisions?state=waiting")
            for decision in answer["items"]:
                self.daemon.post(f"/api/v1/decisions/{decision['id']}/approve")
        except OSError:
            return


def _is_at_rest(case: dict[str, object]) -> bool:
    return case["stage"] in ("resolved", "told")


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[BotProcess]:
    with bot_process(tmp_path / "sent.jsonl", chat_interval_s=0.05) as process:
        yield process


def _document(level: str) -> str:
    return f"schedule: every 1s\nchecks:\n  - systemd_unit: {{units: auto}}\nactions: {{{level}: [restart_unit]}}"


L2_STEPS = [*IN_THE_MONITOR, "the restart has begun"]
L1_STEPS = ["the action is due", STARTED, LOOKED, "the restart has begun", "the change is recorded"]


@pytest.mark.parametrize(
    ("level", "step"), [*(("L2", step) for step in L2_STEPS), *(("L1", step) for step in L1_STEPS)]
)
def test_killed_at_a_step_no_action_runs_twice_and_the_case_ends(
    tmp_path: Path, bot: BotProcess, level: str, step: str
) -> None:
    require("root, for a mount namespace", present=os.geteuid() == 0)
    fault = _killed_at(tmp_path, bot, level, step)
    try:
        fault.goes_on()

        assert fault.restarts() in ((0, 1) if step in (STARTED, LOOKED) else (1,))
        _assert_repeats_are_marked(bot)
    finally:
        fault.daemon.stop()


def _killed_at(folder: Path, bot: BotProcess, level: str, step: str) -> Fault:
    for attempt in range(ATTEMPTS):
        (place := folder / str(attempt)).mkdir()
        fault = Fault(place, bot, _document(level))
        query = IN_THE_MONITOR.get(step)
        if fault.kill_when(lambda: fault.asks(query) if query else fault.restarts() > 0):  # noqa: B023 - called at once
            return fault
    raise AssertionError(f"in {ATTEMPTS} attempts nobody saw: {step}")


def _assert_repeats_are_marked(bot: BotProcess) -> None:
    times: Counter[str] = Counter()
    for text in bot.texts():
        mark = re.search(r"#(\w+)( \(repeated\))?", text)
        assert mark, text
        times[mark[1]] += 1
        assert times[mark[1]] == 1 or mark[2], f"repeated without a mark: {text}"
