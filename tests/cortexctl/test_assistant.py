"""`cortexctl mcp` as an assistant starts it, driven by the official library's client, over the API of a stub daemon."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from cortexctl.assistant import Assistant
from cortexctl.client import Client
from cortexctl.daemon import Daemon
from cortexctl.exits import Exit
from probed.wire import paths
from probed.wire.probe import ProbeAnswerShape, ProbeList, ProbeShape
from probed.wire.report import ReportShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon

ROOT = Path(__file__).parents[2]
PROBE = ProbeShape("journal", "Lines of the journal.", {"type": "object", "properties": {"unit": {"type": "string"}}})
PROPOSAL = {
    "object": "nginx.service",
    "problem": "it hangs",
    "severity": "critical",
    "evidence": {"e1": "no answer"},
    "action": "restart_unit",
    "params": {"unit": "nginx.service"},
}


@pytest.fixture
def host(daemon: StubDaemon) -> StubDaemon:
    daemon.answer(f"GET {paths.PROBES}", ProbeList([PROBE]))
    daemon.answer(f"POST {paths.PROBES}/journal", ProbeAnswerShape('{"rows": [["x"]]}', failed=False))
    daemon.answer(f"GET {paths.STATUS}", samples.TROUBLED)
    daemon.answer(f"POST {paths.REPORTS}", samples.REPORT)
    return daemon


@contextlib.asynccontextmanager
async def assistant(daemon: StubDaemon, *options: str) -> AsyncIterator[ClientSession]:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "cortexctl", "--socket", str(daemon.path), "mcp", *options],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    async with stdio_client(server) as (incoming, outgoing), ClientSession(incoming, outgoing) as client:
        async with asyncio.timeout(30):
            await client.initialize()
        yield client


async def test_it_sees_the_probes_and_the_status_and_can_propose_nothing(host: StubDaemon) -> None:
    async with assistant(host) as client:
        tools = (await client.list_tools()).tools
        answer = await client.call_tool("journal", {"unit": "ssh"})
        status = await client.call_tool("cortex_status", {})
        proposed = await client.call_tool("cortex_propose_action", dict(PROPOSAL))

    assert [tool.name for tool in tools] == ["journal", "cortex_status"]
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
    assert answer.content[0].model_dump()["text"] == '{"rows": [["x"]]}'
    assert json.loads(status.content[0].model_dump()["text"])["host"] == samples.TROUBLED.host
    assert proposed.is_error
    [asked] = host.bodies(f"{paths.PROBES}/journal")
    assert asked["arguments"] == {"unit": "ssh"}
    assert asked["session"]
    assert host.bodies(paths.REPORTS) == []


async def test_with_leave_it_proposes_and_a_person_is_asked(host: StubDaemon) -> None:
    other = {**PROPOSAL, "object": "ssh.service", "severity": "warning", "params": {"unit": "ssh.service"}}
    async with assistant(host, "--operator") as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        for proposal in (PROPOSAL, other, PROPOSAL):
            assert not (await client.call_tool("cortex_propose_action", dict(proposal))).is_error
        unknown = await client.call_tool("cortex_propose_action", {**PROPOSAL, "action": "format_disk"})
        half = await client.call_tool("cortex_propose_action", {"object": "x"})
        actions = json.loads((await client.call_tool("cortex_actions", {})).content[0].model_dump()["text"])

    assert tools == ["journal", "cortex_status", "cortex_actions", "cortex_propose_action"]
    reports = host.bodies(paths.REPORTS)
    assert [len(report["findings"]) for report in reports] == [1, 2, 2]  # none of them ends those before
    assert {report["source"] for report in reports} == {reports[0]["source"]}
    assert reports[0]["findings"][0]["proposed_action"] == {
        "action": "restart_unit",
        "params": {"unit": "nginx.service"},
    }
    assert all(finding["ttl_s"] > 0 for finding in reports[1]["findings"])
    assert unknown.is_error
    assert half.is_error
    assert "restart_unit" in {each["name"] for each in actions["actions"]}


async def test_proposals_made_at_once_do_not_end_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowDaemon:
        def __init__(self) -> None:
            self.reports: list[bytes] = []
            self.both_there = threading.Barrier(2)

        def submit(self, report: bytes) -> ReportShape:
            with contextlib.suppress(threading.BrokenBarrierError):
                self.both_there.wait(0.2)  # until the other one is here, too: it never is
            self.reports.append(report)
            return samples.REPORT

    monkeypatch.setattr("cortexctl.assistant.output_of", lambda *_, **__: '{"actions": [{"name": "restart_unit"}]}')
    daemon = SlowDaemon()
    tools = Assistant(cast("Daemon", daemon), proposes=True)
    proposals = [{**PROPOSAL, "object": unit} for unit in ("nginx.service", "ssh.service")]

    await asyncio.gather(
        *(tools.ask("tools/call", {"name": "cortex_propose_action", "arguments": each}) for each in proposals)
    )

    assert [len(json.loads(report)["findings"]) for report in daemon.reports] == [1, 2]


async def test_a_later_proposal_does_not_make_those_before_last_longer(
    daemon: StubDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("cortexctl.assistant.time.monotonic", lambda: now)
    monkeypatch.setattr("cortexctl.assistant.output_of", lambda *_, **__: '{"actions": [{"name": "restart_unit"}]}')
    daemon.answer(f"POST {paths.REPORTS}", samples.REPORT)
    tools = Assistant(Daemon(Client(str(daemon.path))), proposes=True)
    for unit, at in (("a", 1000.0), ("b", 1600.0), ("c", 4700.0)):
        now = at
        arguments = {**PROPOSAL, "object": unit}
        await tools.ask("tools/call", {"name": "cortex_propose_action", "arguments": arguments})

    told = [{each["object"]: each["ttl_s"] for each in report["findings"]} for report in daemon.bodies(paths.REPORTS)]
    assert told == [{"a": 3600.0}, {"a": 3000.0, "b": 3600.0}, {"b": 500.0, "c": 3600.0}]


def test_where_no_daemon_answers_that_is_said_before_anything_is_served(ctl: Ctl, tmp_path: Path) -> None:
    result = ctl("--socket", str(tmp_path / "none"), "mcp")
    assert result.exit == Exit.UNREACHABLE
