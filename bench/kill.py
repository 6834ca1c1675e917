"""`kill -9` at moments uniform over time, during runs, actions, decisions and notifications, under a load of reports.

    .venv/bin/python -m bench.kill [--kills 200] [--seed 1]

What happened is counted where the daemon cannot reach: in the log of a Bot API server, in the file to which the units'
restarts append, and in the answers that its clients got. Run as root (it needs a mount namespace that says systemd
is there; `systemctl` itself is a stand-in that records).
"""

from __future__ import annotations

import argparse
import http.client
import os
import random
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.actions.fake_systemctl import FAILED, FakeSystemctl, install
from tests.real.bot_process import bot_process
from tests.real.daemon import RealDaemon

SERVICES = """
schedule: every 1s
checks:
  - systemd_unit: {units: auto}
actions: {L1: [restart_unit]}
"""
BOOTED = "mkdir -p /run/systemd && mount -t tmpfs booted /run/systemd && mkdir /run/systemd/system"
NAMESPACE = ("unshare", "--mount", "sh", "-c", f'{BOOTED} && exec "$@"', "sh")
LONGEST_LIFE_S = 4.0
SETTLE_S = 90.0
UNANSWERED = (OSError, http.client.HTTPException)
"""The daemon was killed before its answer was whole."""
FAULT_EVERY_S = 20
"""A unit fails, and a second later a report proposes to restart another one. Restarts are verified one after the other,
and each takes five seconds: more would only wait for their turn."""
LOAD_INTERVAL_S = 0.05
"""Between two reports of the load: 20 a second, as long as the daemon answers at once."""


@dataclass
class Tally:
    """What the outside saw."""

    kills: int = 0
    accepted: set[str] = field(default_factory=set)
    """Reports for which the client got its answer."""
    lost_reports: set[str] = field(default_factory=set)
    silences: set[str] = field(default_factory=set)
    """Silences for which the client got its answer."""
    lost_silences: set[str] = field(default_factory=set)
    faults: int = 0
    repeated_actions: dict[str, int] = field(default_factory=dict)
    """Units that were restarted more than once for one fault."""
    approved: set[str] = field(default_factory=set)
    messages: int = 0
    unmarked_repeats: list[str] = field(default_factory=list)
    marked_repeats: int = 0
    untold: set[str] = field(default_factory=set)
    """Objects whose alert never arrived."""
    undecided: int = 0
    """Cases still in the middle of an action at the end."""
    broken_chain: bool = False
    slowest_start_s: float = 0.0

    @property
    def is_clean(self) -> bool:
        lost = self.lost_reports | self.lost_silences
        wrong = (lost, self.repeated_actions, self.unmarked_repeats, self.untold, self.undecided)
        return not any(wrong) and not self.broken_chain and self.marked_repeats <= self.kills

    def __str__(self) -> str:
        return (
            f"{self.kills} kills; {len(self.accepted)} reports accepted, {len(self.lost_reports)} lost; "
            f"{len(self.silences)} silences, {len(self.lost_silences)} lost; "
            f"{self.faults} faults and {len(self.approved)} approvals, {len(self.repeated_actions)} actions run twice; "
            f"{self.messages} messages, {self.marked_repeats} repeated and marked, "
            f"{len(self.unmarked_repeats)} repeated without a mark, {len(self.untold)} alerts untold; "
            f"{self.undecided} cases stuck; chain {'broken' if self.broken_chain else 'whole'}; "
            f"slowest start {self.slowest_start_s:.1f} s"
        )


class Campaign:
    def __init__(self, folder: Path, kills: int, seed: int, fault_every_s: int = FAULT_EVERY_S) -> None:
        self.folder, self.kills, self.fault_every_s = folder, kills, fault_every_s
        self.chance = random.Random(seed)
        self.tally = Tally()
        self.units: FakeSystemctl = install(_made(folder / "systemctl"))
        self._told: set[str] = set()
        self._stop = threading.Event()

    def run(self) -> Tally:
        with bot_process(self.folder / "sent.jsonl", chat_interval_s=0.05) as self.bot:
            self.daemon = RealDaemon(_made(self.folder / "daemon"), self._config(), self._env(), NAMESPACE)
            self.daemon.document("services", SERVICES)
            workers = [threading.Thread(target=work) for work in (self._make_trouble, self._load)]
            try:
                self._start()
                for worker in workers:
                    worker.start()
                try:
                    self._kill_again_and_again()
                finally:
                    self._stop.set()
                    for worker in workers:
                        worker.join()
                self._settle()
                self._count()
            finally:
                self.daemon.stop()
        return self.tally

    def _config(self) -> dict[str, object]:
        route = {"group_by": ["..."], "group_wait": "0s", "group_interval": "10s"}
        return {
            "mode": "act",
            "inspections": {"boot_grace": "0s"},
            "alerts": {"route": route, "storm": {"enabled": False}},  # each alert is to arrive by itself
            "telegram": self.bot.settings(self.folder),
        }

    def _env(self) -> dict[str, str]:
        return {"PATH": f"{self.units.bin}:{os.environ['PATH']}"}

    def _start(self) -> None:
        began = time.monotonic()
        self.daemon.start()
        self.tally.slowest_start_s = max(self.tally.slowest_start_s, time.monotonic() - began)

    def _kill_again_and_again(self) -> None:
        for _ in range(self.kills):
            time.sleep(self.chance.uniform(0.0, LONGEST_LIFE_S))
            self.daemon.kill()
            self.tally.kills += 1
            self._start()

    def _make_trouble(self) -> None:
        """Fail units, submit reports, approve what waits, for as long as the campaign lasts."""
        number = 0
        while not self._stop.wait(1.0):
            number += 1
            if number % self.fault_every_s == 0:
                self.units.add(f"svc-{number}.service", **FAILED)
                self.tally.faults += 1
            self._submit(number)
            self._silence(number)
            self._approve()

    def _load(self) -> None:
        """Submit reports that say that all is well."""
        body = {"source": "load", "verdict": "ok", "summary": "fine", "findings": []}
        while not self._stop.wait(LOAD_INTERVAL_S):
            self._post_report(body)

    def _post_report(self, body: Mapping[str, object]) -> bool:
        """Whether the daemon said that it has it."""
        try:
            status, answer = self.daemon.post("/api/v1/reports", body)
        except UNANSWERED:
            return False
        if status == 201:
            self.tally.accepted.add(answer["id"])
        return status == 201

    def _submit(self, number: int) -> None:
        unit = f"app-{number}.service"
        finding: dict[str, object] = {
            "check": "app", "object": unit, "severity": "warning", "summary": f"{unit} is slow"
        }  # fmt: skip
        if proposes := number % self.fault_every_s == 1:
            self.units.add(unit, **FAILED)
            finding["proposed_action"] = {"action": "restart_unit", "params": {"unit": unit}}
        body = {"source": f"app-{number}", "verdict": "warning", "summary": "slow", "findings": [finding]}
        if self._post_report(body) and not proposes:
            self._told.add(unit)

    def _silence(self, number: int) -> None:
        """Something that never fires."""
        matcher = {"name": "object", "value": f"quiet-{number}", "isRegex": False, "isEqual": True}
        now = datetime.now(UTC)
        window = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(days=1)).isoformat()}
        body = {"matchers": [matcher], **window, "createdBy": "bench", "comment": "on purpose"}
        try:
            status, answer = self.daemon.post("/api/v2/silences", body)
        except UNANSWERED:
            return
        if status == 200:
            self.tally.silences.add(answer["silenceID"])

    def _approve(self) -> None:
        try:
            _, answer = self.daemon.get("/api/v1/decisions?state=waiting")
            for decision in answer.get("items", []):
                status, _ = self.daemon.post(f"/api/v1/decisions/{decision['id']}/approve")
                if status == 200:
                    self.tally.approved.add(decision["id"])
        except UNANSWERED:
            return

    def _settle(self) -> None:
        """Wait until the last message has arrived and no action is under way."""

        def at_rest() -> bool:
            self._approve()
            counts = self.daemon.get("/api/v1/status")[1]["counts"]
            return not counts["messages_pending"] and not self._unsettled()

        self.daemon.wait_until(at_rest, SETTLE_S + 3 * len(self._told))

    def _unsettled(self) -> int:
        cases = every(self.daemon, "cases?open=true&limit=500")
        return sum(case["stage"] in ("fixing", "executing") for case in cases)

    def _count(self) -> None:
        tally = self.tally
        kept = {report["id"] for report in every(self.daemon, "reports?limit=500")}
        tally.lost_reports = tally.accepted - kept
        tally.lost_silences = {each for each in tally.silences if self.daemon.get(f"/api/v2/silence/{each}")[0] != 200}
        tally.repeated_actions = {unit: times for unit, times in Counter(self.units.restarts()).items() if times > 1}
        tally.undecided = self._unsettled()
        tally.broken_chain = not self.daemon.get("/api/v1/intents/verify")[1]["intact"]
        self._count_messages()

    def _count_messages(self) -> None:
        texts = self.bot.texts()
        self.tally.messages = len(texts)
        marks: Counter[str] = Counter()
        for text in texts:
            mark = re.search(r"#(\w+)( \(repeated\))?", text)
            assert mark, f"a message without an id: {text[:200]}"
            marks[mark[1]] += 1
            self.tally.marked_repeats += bool(mark[2])
            if marks[mark[1]] > 1 and not mark[2]:
                self.tally.unmarked_repeats.append(mark[1])
        told = set(re.findall(r"app-\d+\.service", "\n".join(texts)))
        self.tally.untold = self._told - told


def every(daemon: RealDaemon, path: str) -> list[dict[str, object]]:
    """All pages of a list."""
    found: list[dict[str, object]] = []
    following = ""
    while True:
        _, answer = daemon.get(f"/api/v1/{path}{following}")
        found += answer["items"]
        if not answer["next"]:
            return found
        following = f"&before={answer['next']}"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cortex-kill-") as folder:
        tally = Campaign(Path(folder), arguments.kills, arguments.seed).run()
    print(tally)
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
