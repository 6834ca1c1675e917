"""What Alertmanager sends for the same alerts, byte for byte as JSON values, but for its own address."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from probed.channels.webhook_payload import payload_of
from probed.core.notification import Notification, ToldAlert
from tests.real.alertmanager import RealAlertmanager
from tests.real.post_box import post_box

GOLDEN = Path(__file__).parent / "golden"
TEAM = {"alertname": "Down", "team": 'd"b\\1', "severity": "critical"}
ALERTS: tuple[Mapping[str, Any], ...] = (
    {
        "labels": {**TEAM, "instance": "a"},
        "annotations": {"summary": "a <b> & \u00e9 is down\nsecond line", "runbook": "https://example.org"},
        "startsAt": "2026-11-20T06:00:00.120Z",
        "endsAt": "2027-11-20T06:00:00Z",
        "generatorURL": "http://prometheus.example.org/graph?g0.expr=up&g0.tab=1",
    },
    {
        "labels": {**TEAM, "instance": "b"},
        "annotations": {"summary": "b is down", "runbook": "https://example.org"},
        "startsAt": "2026-11-20T05:00:00Z",
        "endsAt": "2027-11-20T06:00:00Z",
    },
    {"labels": {**TEAM, "instance": "c", "job": "db"}, "startsAt": "2026-11-20T04:00:00.000001Z",
     "endsAt": "2027-11-20T06:00:00Z"},
)  # fmt: skip


def name_of(max_alerts: int) -> Path:
    return GOLDEN / f"alertmanager_webhook_{max_alerts}.json"


def recorded(folder: Path, max_alerts: int, alerts: Sequence[Mapping[str, Any]]) -> Any:
    """What the real one posts, firing."""
    with post_box() as box:
        config = {
            "route": {"receiver": "ops", "group_by": ["team"], "group_wait": "300ms", "group_interval": "1s"},
            "receivers": [
                {"name": "ops", "webhook_configs": [{"url": f"{box.url}/hook", "max_alerts": max_alerts}]}
            ],
        }  # fmt: skip
        with RealAlertmanager(folder, config) as real:
            real.post_alerts(alerts)
            end = time.monotonic() + 120
            while not box.posted and time.monotonic() < end:
                time.sleep(0.05)
        return box.posted[0].json()


def notification_like(posted: Mapping[str, Any], alerts: Sequence[Mapping[str, Any]]) -> Notification:
    """The same alerts as Cortex knows them."""
    prints = {alert["labels"]["instance"]: alert["fingerprint"] for alert in posted["alerts"]}
    told = tuple(_told(alert, prints.get(alert["labels"]["instance"], "")) for alert in alerts)
    return Notification("ops", '{}:{team="d\\"b\\\\1"}', {"team": TEAM["team"]}, told)


def _told(alert: Mapping[str, Any], fingerprint: str) -> ToldAlert:
    ends_at = datetime.fromisoformat(alert["endsAt"])
    is_over = ends_at < datetime.now(UTC)
    return ToldAlert(
        status="resolved" if is_over else "firing",
        labels=alert["labels"],
        annotations=alert.get("annotations", {}),
        starts_at=datetime.fromisoformat(alert["startsAt"]),
        ends_at=ends_at if is_over else None,
        fingerprint=fingerprint,
        generator_url=alert.get("generatorURL", ""),
    )


def without_address(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {**payload, "externalURL": ""}


@pytest.mark.parametrize("max_alerts", [0, 2])
def test_the_payload_is_the_one_that_alertmanager_was_recorded_with(max_alerts: int, tmp_path: Path) -> None:
    path = name_of(max_alerts)
    if os.environ.get("CORTEX_WRITE_GOLDEN"):
        posted = without_address(recorded(tmp_path, max_alerts, ALERTS))
        path.write_text(json.dumps(posted, indent=2, ensure_ascii=False) + "\n")
    posted = json.loads(path.read_text())

    ours = json.loads(json.dumps(payload_of(notification_like(posted, ALERTS), max_alerts)))

    assert ours == posted
    assert list(ours["alerts"][0]["labels"]) == list(posted["alerts"][0]["labels"])


def test_the_real_one_sends_the_same_for_what_fires_and_what_is_over(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    soon = [
        {**alert, "startsAt": (now - timedelta(hours=1)).isoformat(), "endsAt": now.isoformat()} for alert in ALERTS
    ]
    going_on = {**soon[0], "endsAt": (now + timedelta(hours=1)).isoformat()}
    alerts = [going_on, *soon[1:]]

    posted = without_address(recorded(tmp_path, 0, alerts))

    assert {alert["status"] for alert in posted["alerts"]} == {"firing", "resolved"}
    assert json.loads(json.dumps(payload_of(notification_like(posted, alerts)))) == posted
