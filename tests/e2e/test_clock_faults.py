"""The wall clock jumps by a day, forward and back, and the host sleeps for one: what runs goes on, and nobody is told
anything for it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.real.daemon import RealDaemon
from tests.real.fake_time import FakeTime
from tests.real.post_box import PostBox, post_box

DAY_S = 86400
RUNS = 10
ALERT = {"labels": {"alertname": "Disk", "instance": "db"}}
"""Of another program; it resolves by itself five minutes after it last came."""


class Place:
    """An alert that was told, one that is silenced, one of another program, and a question that waits."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        for name in ("time", "daemon", "old"):
            (folder / name).mkdir()
        self.time = FakeTime(folder / "time")
        self.people: PostBox = stack.enter_context(post_box())
        self.boss: PostBox = stack.enter_context(post_box())
        alerts = {
            "receivers": [
                {"name": "people", "webhook_configs": [{"url": self.people.url}]},
                {"name": "boss", "webhook_configs": [{"url": self.boss.url}]},
            ],
            "route": {"receiver": "people", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"},
            "escalation": [{"after": "10m", "receiver": "boss", "severities": ["warning", "critical"]}],
        }
        config = {"alerts": alerts, "actions": {"clean_files": {"roots": [str(folder / "old")]}}}
        self.daemon = RealDaemon(folder / "daemon", config, self.time.env)
        self.daemon.document("beat", f"schedule: every 1s\nchecks:\n  - file: {{path: {folder}}}")
        self.daemon.document("watch", f"schedule: every 5s\nchecks:\n  - file: {{path: {folder}/missing}}")
        self.daemon.document("daily", f"schedule: every 1d\nchecks:\n  - file: {{path: {folder}}}")
        stack.callback(self.daemon.stop)
        self.daemon.start()
        self._fill(folder)

    def _fill(self, folder: Path) -> None:
        self.daemon.wait_until(lambda: self.daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        self._silence("quiet")
        self._report("app", "quiet")
        assert self.daemon.post("/api/v2/alerts", [ALERT])[0] == 200
        (folder / "old" / "file").touch()
        os.utime(folder / "old" / "file", (0, 0))
        clean = {"action": "clean_files", "params": {"root": str(folder / "old")}}
        self._report("cleaner", "old", proposed_action=clean)
        self.daemon.wait_until(lambda: bool(self.daemon.items("decisions?state=waiting")), 180)
        self.daemon.wait_until(lambda: len(self.told()) >= 2 and not self.pending(), 180)

    def _silence(self, object_: str) -> None:
        now = datetime.now(UTC)
        matcher = {"name": "object", "value": object_, "isRegex": False, "isEqual": True}
        window = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=1)).isoformat()}
        body = {"matchers": [matcher], **window, "createdBy": "ann", "comment": "known"}
        assert self.daemon.post("/api/v2/silences", body)[0] == 200

    def _report(self, source: str, object_: str, **more: object) -> None:
        finding = {"check": "any", "object": object_, "severity": "warning", "summary": f"{object_} is slow", **more}
        body = {"source": source, "verdict": "warning", "summary": "as the test says", "findings": [finding]}
        status, answer = self.daemon.post("/api/v1/reports", body)
        assert status == 201, answer

    def pending(self) -> int:
        return int(self.daemon.get("/api/v1/status")[1]["counts"]["messages_pending"])

    def told(self) -> list[str]:
        """Of which alerts, in which state."""
        firsts = [(body["status"], body["alerts"][0]["labels"]) for body in self._bodies()]
        return [f"{status} {labels['alertname']} {labels.get('object', '')}" for status, labels in firsts]

    def _bodies(self) -> list[dict[str, Any]]:
        return [posted.json() for posted in self.people.posted]

    def state(self) -> tuple[Sequence[tuple[str, str]], Sequence[str], Sequence[str]]:
        """What neither a jump nor a sleep is allowed to change."""
        alerts = sorted((alert["fingerprint"], alert["state"]) for alert in self.daemon.items("alerts"))
        waiting = [decision["id"] for decision in self.daemon.items("decisions?state=waiting")]
        silences = [silence["status"]["state"] for silence in self.daemon.get("/api/v2/silences")[1]]
        return alerts, waiting, silences

    def runs(self, inspection: str) -> int:
        with closing(sqlite3.connect(self.daemon.folder / "monitor.db")) as database:
            [count] = database.execute("SELECT count(*) FROM runs WHERE inspection = ?", (inspection,)).fetchone()
        return int(count)

    def goes_on(self, words: str) -> None:
        """It noticed, and from then on everything is run that is due."""
        self.daemon.wait_until(lambda: words in self.daemon.log, 180)
        before = self.runs("beat")
        self.daemon.wait_until(lambda: self.runs("beat") >= before + RUNS, 180)
        assert self.daemon.get("/readyz")[0] == 200


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(tmp_path, stack)


def test_a_wall_clock_that_is_set_by_a_day_and_back_changes_nothing(place: Place) -> None:
    before, told, daily = place.state(), place.told(), place.runs("daily")

    for step_s, words in ((DAY_S, "set forward by 86400 s"), (-2 * DAY_S, "set back by 172800 s"), (DAY_S, "forward")):
        place.time.set_clock(step_s)
        place.goes_on(words)

        assert place.state() == before
        assert place.told() == told
        assert not place.boss.posted
    assert place.runs("daily") == daily


def test_a_day_in_suspend_is_made_up_for_by_one_run_and_nothing_is_told_twice(place: Place) -> None:
    told, daily = place.told(), place.runs("daily")

    place.time.suspend(DAY_S)
    place.goes_on("the host was suspended for 86400 s")
    place.daemon.wait_until(lambda: not place.pending(), 180)

    news = place.told()[len(told) :]
    assert place.runs("daily") == daily + 1
    assert len(news) == len(set(news)), news
