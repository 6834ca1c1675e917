"""A run as whoever collects traces sees it: its checks, the model that was asked, the action that it led to."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.agent.arrange import claude_cli
from tests.real.daemon import RealDaemon, UnixConnection
from tests.real.filesystems import fill, tmpfs
from tests.real.messages_api import MessagesApi, Reply, Request, call, text
from tests.real.otlp_collector import Collector, otlp_collector

LONG_AGO = 30 * 86400
KEY = "sk-ant-made-up-0123456789abcdef"
TOKEN = "collectors-own-token-0123"
PLANTED = "hunter2-in-a-path"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def secret(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.write_text(content)
    path.chmod(0o600)
    return str(path)


def traced(folder: Path, collector: Collector, timeout: str = "10s", **config: object) -> RealDaemon:
    headers = secret(folder, "headers", f"Authorization: Bearer {TOKEN}\n")
    place = folder / "daemon"
    place.mkdir()
    tracing = {"endpoint": collector.endpoint, "headers_file": headers, "timeout": timeout}
    return RealDaemon(place, {"tracing": tracing, "inspections": {"boot_grace": "0s"}, **config})


def fill_with_old_files(folder: Path) -> None:
    fill(folder, 95)
    for path in folder.iterdir():
        os.utime(path, (time.time() - LONG_AGO,) * 2)


@pytest.mark.claude
def test_a_run_is_one_trace_with_its_checks_the_model_call_and_the_action(tmp_path: Path) -> None:
    program = claude_cli().path
    with (
        tmpfs(tmp_path / f"password={PLANTED}", size="8m") as full,
        otlp_collector() as collector,
        MessagesApi("investigate") as api,
    ):
        fill_with_old_files(full)
        agent = {
            "backend": "claude",
            "claude": {"path": program},
            "base_url": api.base_url,
            "api_key_file": secret(tmp_path, "key", KEY),
        }
        actions = {"clean_files": {"roots": [str(full)]}}
        daemon = traced(tmp_path, collector, mode="act", agent=agent, actions=actions)
        daemon.document(
            "disks",
            f"timeout: 60s\nchecks:\n  - disk: {{mounts: ['{full}'], warning: 80%, critical: 90%}}\n  - memory\n"
            "actions: {L1: [clean_files]}\nagent: {when: always}",
        )
        with daemon:
            daemon.wait_until(lambda: [change["outcome"] for change in daemon.items("changes")] == ["verified"], 180)
            [run] = daemon.items("runs")

    root, model, action = map(collector.named, ("run disks", "invoke_agent investigation", "action clean_files"))
    assert {span.trace for span in collector.spans()} == {root.trace}
    assert root.parent == ""
    assert collector.below(root) == [
        "action clean_files",
        "check disk",
        "check memory",
        "invoke_agent investigation",
    ]
    assert collector.below(model) == ["execute_tool processes"]
    assert collector.below(action) == ["check disk"]  # that looked whether it helped
    assert root.facts["cortex.run.id"] == run["id"]
    assert (root.facts["cortex.run.trigger"], root.facts["cortex.report.verdict"]) == ("startup", "critical")
    assert model.facts["gen_ai.operation.name"] == "invoke_agent"
    assert model.facts["gen_ai.request.model"] == model.facts["gen_ai.response.model"] == "claude-haiku-5-5"
    assert (model.facts["gen_ai.usage.input_tokens"], model.facts["gen_ai.usage.output_tokens"]) == (200, 20)
    assert model.facts["cortex.cost_usd"] == pytest.approx(run["cost_usd"])
    assert model.facts["cortex.agent.backend"] == "claude"
    assert action.facts["cortex.action.permission"] == "automatic"
    assert action.facts["cortex.action.outcome"] == "verified"
    assert action.facts["cortex.action.verification"] == "held"
    assert len(str(action.facts["cortex.action.object.hash"])) == 16
    assert action.events == ("executed",)
    assert root.about["service.name"] == "cortex"
    assert {posted.headers["authorization"] for posted in collector.box.posted} == {f"Bearer {TOKEN}"}
    for hidden in (KEY, TOKEN, PLANTED, str(full), "grows without bound"):
        assert hidden.encode() not in collector.raw


def test_an_approved_action_is_a_trace_of_its_own_linked_to_the_run_also_across_a_restart(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "full", size="8m") as full, otlp_collector() as collector:
        fill_with_old_files(full)
        daemon = traced(tmp_path, collector, actions={"clean_files": {"roots": [str(full)]}})
        daemon.document("disks", f"checks:\n  - disk: {{mounts: {full}, warning: 80%}}\nactions: {{L2: [clean_files]}}")
        with daemon:
            daemon.wait_until(lambda: daemon.items("decisions?state=waiting"), 180)
            daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)  # else it begins anew
        with daemon:
            [waiting] = daemon.items("decisions?state=waiting")
            assert daemon.ctl("decisions", "approve", waiting["id"], "--yes").returncode == 0
            daemon.wait_until(lambda: daemon.items("decisions")[0]["state"] == "verified", 180)

    run, question, action = map(collector.named, ("run disks", "question clean_files", "action clean_files"))
    assert (question.trace, question.parent) == (run.trace, run.id)
    assert (action.parent, action.links) == ("", ((run.trace, run.id),))
    assert action.trace != run.trace
    assert action.facts["cortex.action.permission"] == "approved"
    assert action.facts["cortex.decision.id"] == question.facts["cortex.decision.id"] == waiting["id"]
    assert float(action.facts["cortex.decision.waited_s"]) > 0
    assert action.events == ("decision.proposed", "decision.approved", "executed")


def test_a_report_of_another_program_goes_on_with_that_programs_trace(tmp_path: Path) -> None:
    with otlp_collector() as collector, traced(tmp_path, collector) as daemon:
        for header in (f"00-{TRACE}-{SPAN}-01", "nonsense"):
            connection = UnixConnection(daemon.socket, 10.0)
            body = json.dumps({"source": f"deploy {header[:2]}", "verdict": "ok", "summary": "", "findings": []})
            headers = {"content-type": "application/json", "traceparent": header}
            connection.request("POST", "/api/v1/reports", body, headers)
            assert connection.getresponse().status == 201
            connection.close()

    continued, new = map(collector.named, ("run deploy 00", "run deploy no"))
    assert (continued.trace, continued.parent) == (TRACE, SPAN)
    assert new.trace != TRACE
    assert new.parent == ""
    assert continued.facts["cortex.run.trigger"] == "external"


def test_a_collector_that_is_away_disturbs_nothing_and_what_is_lost_is_counted(tmp_path: Path) -> None:
    with otlp_collector() as collector:
        pass  # nobody listens there any more
    daemon = traced(tmp_path, collector, timeout="1s")
    daemon.document("memory", "checks:\n  - memory")

    with daemon:
        daemon.wait_until(lambda: daemon.get("/api/v1/status")[1]["first_sweep_done"], 180)
        assert 'cortex_trace_spans_total{result="exported"} 0' in daemon.get("/metrics")[1]
        assert daemon.stop() == 0

    assert "takes no traces" in daemon.log
    assert TOKEN not in daemon.log


def test_a_question_is_one_trace_with_the_model_call_and_what_it_looked_at(tmp_path: Path) -> None:
    def looks_and_answers(request: Request) -> Reply:
        return text("All is well [e1].") if request.results else call(request, "recent_runs")

    with otlp_collector() as collector, MessagesApi(looks_and_answers) as api:
        key = secret(tmp_path, "key", KEY)
        agent = {"backend": "anthropic", "base_url": api.base_url, "api_key_file": key}
        with traced(tmp_path, collector, agent=agent) as daemon:
            asked = daemon.ctl("ask", "--json", "is all well?")
            question = json.loads(asked.stdout)

    root, model = map(collector.named, ("ask", "invoke_agent question"))
    assert root.facts["cortex.question.id"] == question["id"]
    assert collector.below(root) == ["invoke_agent question"]
    assert collector.below(model) == ["execute_tool recent_runs"]
    assert model.facts["cortex.cost_usd"] == pytest.approx(question["cost_usd"])
    assert b"ll well" not in collector.raw
