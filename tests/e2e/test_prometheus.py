"""A real Prometheus scrapes a real daemon and evaluates the rules that come with Cortex, which tells what fires."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.test_backups import damage
from tests.real.daemon import RealDaemon
from tests.real.packages import program
from tests.real.servers import free_port
from tests.test_monitoring import RULES

TOKEN = "a-token-of-the-test"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[RealDaemon]:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    tcp = {"listen": f"127.0.0.1:{free_port()}", "token_file": str(token)}
    running = RealDaemon(tmp_path, {"api": {"tcp": tcp}})
    with running:
        running.wait_until(lambda: running.items("backups"))
        yield running


@pytest.fixture
def prometheus(tmp_path: Path, daemon: RealDaemon) -> Iterator[str]:
    """Its address."""
    place = tmp_path / "prometheus"
    place.mkdir()
    targets = [{"targets": [json.loads(daemon.config_path.read_text())["api"]["tcp"]["listen"]]}]
    access = {"authorization": {"credentials": TOKEN}, "static_configs": targets}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "scrape_configs": [{"job_name": "cortex", **access}],
        "alerting": {"alertmanagers": [access]},
        "rule_files": [str(RULES)],
    }
    (place / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    address = f"127.0.0.1:{free_port()}"
    argv = [
        program("prometheus", "prometheus"),
        f"--config.file={place / 'prometheus.yml'}",
        f"--storage.tsdb.path={place / 'data'}",
        f"--web.listen-address={address}",
    ]
    with (place / "log").open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log) as process:
        try:
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(20)


def asked(prometheus: str, path: str) -> Any:
    with urllib.request.urlopen(f"{prometheus}/api/v1/{path}", timeout=5) as answer:
        return json.loads(answer.read())["data"]


def test_a_backup_that_cannot_be_restored_fires_in_prometheus_and_is_told_by_cortex(
    daemon: RealDaemon, prometheus: str, tmp_path: Path
) -> None:

    def ready() -> list[str]:
        return [each["value"][1] for each in asked(prometheus, "query?query=cortex_ready")["result"]]

    daemon.wait_until(lambda: ready() == ["1"], 180)
    assert asked(prometheus, "rules")["groups"][0]["rules"][0]["health"] in ("ok", "unknown")
    [backup] = (tmp_path / "backups").glob("*.gz")
    damage(backup, 200)
    assert daemon.ctl("backup", "verify", "latest").returncode == 1

    def names() -> set[str]:
        return {alert["labels"]["alertname"] for alert in daemon.items("alerts")}

    daemon.wait_until(lambda: "CortexBackupBroken" in names(), 180)
    firing = {alert["labels"]["alertname"] for alert in asked(prometheus, "alerts")["alerts"]}
    assert firing == {"CortexBackupBroken"}
    assert all(rule["health"] == "ok" for rule in asked(prometheus, "rules")["groups"][0]["rules"])
