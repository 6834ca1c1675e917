"""A folder fills, is investigated, emptied with a person's yes, and fills again after the daemon was killed."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from tests.agent.arrange import make_key
from tests.real.daemon import RealDaemon
from tests.real.messages_api import MessagesApi, Reply, Request, call, report

CAUSE = "core.dump takes the room: a program dumps its memory there"


def test_a_fault_comes_again_after_a_kill_and_is_recognised_confirmed_and_corrected(tmp_path: Path) -> None:
    dumps = tmp_path / "dumps"
    dumps.mkdir()

    def investigate(request: Request) -> Reply:
        if not request.results:
            return call(request, "disk_usage", {"path": str(dumps)})
        object_ = f"{dumps} size"
        action = {"action": "run_script", "params": {"name": "empty"}}
        finding = {"check": "folder", "object": object_, "severity": "warning", "summary": CAUSE, "evidence": {}}
        content = {"verdict": "warning", "summary": CAUSE, "findings": [{**finding, "proposed_action": action}]}
        return report(request, content)

    with MessagesApi(investigate) as api:
        agent = {"backend": "anthropic", "base_url": api.base_url, "api_key_file": str(make_key(tmp_path))}
        config = {
            "agent": {**agent, "analysis_lasts": "1s"},
            "actions": {"scripts": {"empty": {"argv": ["/usr/bin/rm", "-rf", str(dumps / "core.dump")]}}},
        }
        daemon = RealDaemon(tmp_path, config)
        daemon.document(
            "dumps",
            f"checks:\n  - folder: {{path: {dumps}, size: 1MiB}}\n"
            "schedule: every 1h\nactions: {L2: [{run_script: {name: empty}}]}\n"
            "agent: {when: on_finding, budget_usd: 0.5}",
        )
        with daemon:
            _fill(daemon, dumps)
            asked = len(api.requests)
            assert asked == 2
            _approve(daemon)
            [memory] = daemon.items("memories")
            assert (memory["cause"], memory["helped"], memory["seen"]) == (CAUSE, 1, 1)
            assert memory["probes"][0]["arguments"] == {"path": "{object}"}
            daemon.kill(signal.SIGKILL)
        with daemon:
            time.sleep(1.1)
            _fill(daemon, dumps)
            said = daemon.ctl("reports", "list", "--source", "dumps", "--limit", "1", "--json").stdout
            assert CAUSE in said
            assert len(api.requests) == asked, "its own probe was asked, and no model"
            [decision] = [each for each in daemon.items("decisions") if each["state"] == "waiting"]
            shown = daemon.ctl("decisions", "show", decision["id"]).stdout
            assert "shows the same: disk_usage" in shown
            assert "1 memory of solved cases, 1 investigation saved" in daemon.ctl("status").stdout
            corrected = daemon.ctl("memories", "correct", memory["id"], "--cause", "ulimit -c is not 0")
            assert (corrected.returncode, daemon.items("memories")[0]["cause"]) == (0, "ulimit -c is not 0")
            assert daemon.ctl("memories", "delete", memory["id"]).returncode == 0
            assert daemon.items("memories") == []


def _fill(daemon: RealDaemon, folder: Path) -> None:
    (folder / "core.dump").write_bytes(b"x" * 4 * 2**20)
    daemon.ctl("run", "dumps", "--wait")
    daemon.wait_until(lambda: any(each["state"] == "waiting" for each in daemon.items("decisions")), 180)


def _approve(daemon: RealDaemon) -> None:
    [decision] = [each for each in daemon.items("decisions") if each["state"] == "waiting"]
    approved = daemon.ctl("decisions", "approve", decision["id"], "--confirm", decision["object"])
    assert approved.returncode == 0, approved.stderr
    daemon.wait_until(lambda: daemon.items("decisions")[0]["state"] == "verified", 180)
