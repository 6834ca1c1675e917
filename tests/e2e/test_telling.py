"""What stands between an alert and its message, in a real daemon that tells a chat and programs."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.real.bot_process import BotProcess, bot_process
from tests.real.daemon import RealDaemon
from tests.real.post_box import PostBox, post_box

ROUTE = {"receiver": "people", "group_by": ["source", "alertname"], "group_wait": "1s", "group_interval": "1s"}


class Place:
    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.bot: BotProcess = stack.enter_context(bot_process(folder / "sent.jsonl", chat_interval_s=0.1))
        self.program: PostBox = stack.enter_context(post_box())
        self.boss: PostBox = stack.enter_context(post_box())
        receivers = [
            {"name": "people", "channels": ["telegram"], "webhook_configs": [{"url": self.program.url}]},
            {"name": "boss", "webhook_configs": [{"url": self.boss.url}]},
        ]
        alerts: dict[str, Any] = {
            "receivers": receivers,
            "route": ROUTE,
            "correlation": {"wait": "5s", "systemd": False, "docker": False},
            "escalation": [{"after": "4s", "receiver": "boss"}],
            "storm": {"messages": 10, "period": "15s"},
        }
        needs = {**{f"shop-{number}": "db" for number in range(10)}, "db": "/srv"}
        place = folder / "daemon"
        place.mkdir()
        settings = {"telegram": self.bot.settings(folder), "alerts": alerts, "dependencies": needs}
        self.daemon = RealDaemon(place, settings)
        stack.callback(self.daemon.stop)
        self.daemon.start()
        self.daemon.wait_until(lambda: self.daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)

    def report(self, source: str, *findings: dict[str, str]) -> None:
        body = {"source": source, "verdict": "ok", "summary": "as the test says", "findings": findings}
        status, answer = self.daemon.post("/api/v1/reports", body)
        assert status == 201, answer


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        yield Place(tmp_path, stack)


def fault(object_: str, severity: str = "warning", check: str = "any") -> dict[str, str]:
    return {"check": check, "object": object_, "severity": severity, "summary": f"{object_} is down"}


def told(box: PostBox) -> Sequence[tuple[str, str]]:
    alerts = [alert for request in box.posted for alert in request.json()["alerts"]]
    return [(alert["status"], alert["labels"]["object"]) for alert in alerts]


def test_ten_objects_on_a_dead_dependency_across_sources_are_one_message_with_the_root(place: Place) -> None:
    place.report("shops", *(fault(f"shop-{number}") for number in range(10)))
    place.report("databases", fault("db"))
    place.report("disks", fault("/srv"))
    place.bot.wait_for("11 alerts depend on it: db, shop-0, shop-1, 8 more")
    place.daemon.kill()
    place.daemon.start()

    place.report("disks")
    place.report("databases")
    place.report("shops", fault("shop-7"))
    place.bot.wait_for("warning: shop-7 is down")
    place.daemon.wait_until(lambda: len(told(place.program)) > 2, 180)

    first, *others = told(place.program)
    assert first == ("firing", "/srv")
    assert sorted(others) == [("firing", "shop-7"), ("resolved", "/srv")]


def nothing_is_under_way(place: Place) -> bool:
    """Whether the daemon has recorded that each message arrived."""
    return bool(place.daemon.get("/api/v1/status")[1]["counts"]["messages_pending"] == 0)


def test_the_next_contact_is_told_once_although_the_daemon_is_killed_and_hears_of_the_end(place: Place) -> None:
    place.report("shops", fault("shop-1", "critical"))
    place.bot.wait_for("critical: shop-1 is down")
    place.daemon.kill(signal.SIGKILL)
    place.daemon.start()
    place.daemon.wait_until(lambda: place.boss.posted, 180)
    place.daemon.wait_until(lambda: nothing_is_under_way(place), 180)  # else it may be told once more
    place.daemon.kill(signal.SIGKILL)
    place.daemon.start()

    place.report("shops")
    place.daemon.wait_until(lambda: len(told(place.boss)) > 1, 180)

    assert told(place.boss) == [("firing", "shop-1"), ("resolved", "shop-1")]


def test_a_storm_is_counted_in_one_message_and_programs_are_told_everything(place: Place) -> None:
    place.report("storm", *(fault(f"/{number}", check=f"check-{number}") for number in range(422)))

    place.bot.wait_for("412 more, told together", 180)
    place.daemon.wait_until(lambda: len(told(place.program)) == 422, 180)

    assert len(place.bot.texts()) == 11
