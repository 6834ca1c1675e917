"""The log of a daemon that no journal listens to: kept beside its database, and read also after its end."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from tests.e2e.waiting import until
from tests.real.daemon import BIN, RealDaemon

SLOW = 'checks: [{command: {command: ["sleep", "300"], timeout: 60s}}]\nschedule: on request\n'


def test_a_run_is_followed_until_it_is_cancelled_and_its_log_outlives_the_daemon(tmp_path: Path) -> None:
    with RealDaemon(tmp_path, config={"log": {"level": "debug"}}) as daemon:
        daemon.document("slow", SLOW)
        daemon.process.send_signal(signal.SIGHUP)  # type: ignore[union-attr]
        until(lambda: daemon.get("/api/v1/inspections/slow")[0] == 200, 180)
        run = json.loads(daemon.ctl("run", "slow", "--json").stdout)["id"]
        until(lambda: daemon.get(f"/api/v1/runs/{run}")[1]["state"] == "running", 180)
        words = [BIN / "cortexctl", "--socket", daemon.socket, "runs", "logs", run, "--follow"]
        following = [
            subprocess.Popen([*words, *form], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
            for form in ([], ["--json"])
        ]

        cancelled = daemon.ctl("runs", "cancel", run)
        for each in following:
            each.communicate(timeout=180)

        assert [cancelled.returncode, *(each.returncode for each in following)] == [0, 0, 0]
        assert cancelled.stderr.startswith("slow: cancelled by uid:")
        until(lambda: "state='cancelled'" in daemon.ctl("runs", "logs", run).stdout, 180)
        assert daemon.ctl("runs", "cancel", run).returncode == 5
        daemon.stop()
        afterwards = daemon.ctl("logs", "--json", "--grep", "stopped")
        of_run = daemon.ctl("runs", "logs", run)

    assert json.loads(afterwards.stdout.splitlines()[-1])["message"] == "stopped"
    assert "state='cancelled'" in of_run.stdout
    assert (tmp_path / "log.jsonl").stat().st_mode & 0o777 == 0o600
