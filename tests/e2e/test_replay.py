"""A run in which a model was asked is repeated from its recording, by a daemon that has no network at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.agent.arrange import claude_cli
from tests.real.daemon import RealDaemon
from tests.real.messages_api import MessagesApi

FRONT = """
timeout: 60s
schedule: every 1d
checks:
  - folder: {path: %s, files: 1}
agent: {when: always, budget_usd: 0.5}
"""
OFFLINE = ("unshare", "--net", "--")


def agent_of(backend: str, folder: Path, base_url: str) -> Mapping[str, Any]:
    key = folder / "key"
    key.write_text("sk-ant-made-up-0123456789")
    key.chmod(0o600)
    program = {"claude": {"path": claude_cli().path}} if backend == "claude" else {}
    return {"backend": backend, "base_url": base_url, "api_key_file": str(key), **program}


def recorded(folder: Path, backend: str, script: str = "investigate") -> tuple[RealDaemon, dict[str, Any]]:
    """A daemon that has investigated once and ended, and that run."""
    crowd = folder / "crowd"
    crowd.mkdir()
    for number in range(3):
        (crowd / str(number)).touch()
    with MessagesApi(script) as api:
        daemon = RealDaemon(folder, {"agent": agent_of(backend, folder, api.base_url)})
        daemon.document("crowd", FRONT % crowd, "Who fills it?")
        with daemon:
            daemon.wait_until(lambda: daemon.items("reports"), 180)
            [run] = daemon.items("runs")
    return daemon, run


def offline(daemon: RealDaemon) -> RealDaemon:
    """The same, later, without a network; what it inspects has gone."""
    for path in sorted((daemon.folder / "crowd").iterdir()):
        path.unlink()
    return RealDaemon(daemon.folder, daemon.config, prefix=OFFLINE)


def things(daemon: RealDaemon) -> list[object]:
    return [daemon.items(noun) for noun in ("cases", "alerts", "messages", "changes", "decisions", "reports")]


@pytest.mark.parametrize("backend", [pytest.param("claude", marks=pytest.mark.claude), "anthropic"])
def test_a_run_replays_byte_for_byte_without_a_network_and_nothing_comes_of_it(backend: str, tmp_path: Path) -> None:
    daemon, run = recorded(tmp_path, backend)

    with offline(daemon) as alone:
        alone.wait_until(lambda: len(alone.items("runs")) > 0, 180)
        before = things(alone)
        played = alone.ctl("replay", run["id"])
        assert played.returncode == 0, played.stderr + played.stdout + alone.log[-3000:]
        raw = json.loads(alone.ctl("replay", run["id"], "--json").stdout)
        after = things(alone)

    assert played.returncode == 0, played.stderr + played.stdout
    assert "The same report, byte for byte." in played.stdout
    assert raw["is_same"]
    assert raw["answers_recorded"] == 2
    assert (raw["answers_live"], raw["notes"], raw["differences"]) == (0, [], [])
    assert raw["recorded"]["report"] == raw["replayed"]["report"]
    assert raw["recorded"]["report"]["cost_usd"] > 0
    assert before == after


def test_another_document_is_judged_by_what_was_recorded_and_another_model_is_asked_where_one_is_named(
    tmp_path: Path,
) -> None:
    _, run = recorded(tmp_path, "anthropic")
    laxer, other = tmp_path / "laxer.md", tmp_path / "other.md"
    front = (FRONT % (tmp_path / "crowd")).strip()
    laxer.write_text(f"---\nid: crowd\n{front.replace('files: 1', 'files: 9')}\n---\nWho fills it?\n")
    other.write_text(f"---\nid: crowd\n{front}\n---\nWhat else?\n")

    with MessagesApi("report") as api:
        config = {"agent": agent_of("anthropic", tmp_path, api.base_url)}
        with RealDaemon(tmp_path, config) as again:
            by_other = again.ctl("replay", run["id"], "--document", str(other))
            elsewhere = json.loads(again.ctl("replay", run["id"], "--document", str(laxer), "--json").stdout)
            nobody_asked = len(api.requests)
            live = json.loads(again.ctl("replay", run["id"], "--model", "large", "--json").stdout)
            spent = again.ctl("models").stdout

    assert by_other.returncode == 4
    assert "nothing is recorded for this request, and nobody else is asked" in by_other.stdout
    assert "with other parameters then" in " ".join(elsewhere["notes"])
    assert nobody_asked == 0
    assert (live["answers_live"], live["answers_recorded"], len(api.requests)) == (1, 0, 1)
    assert api.requests[0].body["model"].startswith("claude-sonnet")
    assert "crowd" in spent
    assert live["replayed"]["report"]["verdict"] == "warning"
