"""A fault that comes again: a folder that grows, found by the real check, investigated by a real backend at a scripted
model, and solved by an action. What goes over the wire is counted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from probed.checks.registry import CheckRegistry
from probed.config.agent import AgentSettings
from probed.core.inspection import AgentRule, AgentWhen, CheckCall
from probed.core.report import Report
from probed.daemon.workers import WorkerPool
from tests.agent.arrange import built
from tests.engine.scenario import Host, scenario, with_actions
from tests.real.messages_api import MessagesApi, Reply, Request, call, report

CAUSE = "core.dump takes the room: a program dumps its memory there"
MIB = 2**20


def script(folder: Path, *, same: str = "yes") -> Any:
    """Two looks at the folder, then the report; `same`: what it says to whether it is the same again."""

    def reply(request: Request) -> Reply:
        if "The same again?" in request.text:
            return report(request, {"same": same, "because": "as the test says"})
        if len(request.results) < 1:
            return call(request, "disk_usage", {"path": str(folder)})
        if len(request.results) < 2:
            return call(request, "processes", {"limit": 30})
        return report(request, _found(f"{folder} size"))

    return reply


def _found(object_: str) -> dict[str, Any]:
    finding = {
        "check": "folder",
        "object": object_,
        "severity": "warning",
        "summary": CAUSE,
        "evidence": {"file": "core.dump"},
        "proposed_action": {"action": "restart_unit", "params": {"unit": "app.service"}},
    }
    return {"verdict": "warning", "summary": CAUSE, "findings": [finding]}


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


@dataclass
class KnownFault:
    host: Host
    api: MessagesApi
    folder: Path

    async def breaks(self, name: str = "core.dump", mib: int = 4) -> Report:
        """The folder has too much in it; what the inspection reports. The action that helps is carried out after."""
        (self.folder / name).write_bytes(b"x" * mib * MIB)
        self.host.clock.advance(self.host.rules.analysis_lasts_s + 1)
        done = await self.host.run("services")
        assert done.report_id
        report = await self.host.monitor.report(done.report_id)
        await self.host.settles()
        return report

    @property
    def wire_bytes(self) -> int:
        """Of all requests' bodies so far."""
        return sum(len(json.dumps(request.body)) for request in self.api.requests)


@asynccontextmanager
async def known_fault(
    state: Path, settings: AgentSettings, api: MessagesApi, folder: Path
) -> AsyncIterator[KnownFault]:
    """`settings` lead to `api`, which plays the `script`."""
    workers = WorkerPool(4)
    agent = built(settings, state, workers)
    assert agent
    check = CheckRegistry().bind(CheckCall("folder", {"path": str(folder), "size": "1MiB"}))
    try:
        async with scenario(state, agent=agent) as host:
            document = with_actions(
                l1=["restart_unit"], agent=AgentRule(AgentWhen.ON_FINDING, budget_usd=0.5), timeout_s=60.0
            )
            host.document(document, [check])
            host.action.cooldown_s = 0
            host.action.call_for = lambda finding, fixed: finding.proposed_action  # type: ignore[method-assign]
            host.action.on_execute = lambda: _empty(folder)
            yield KnownFault(host, api, folder)
    finally:
        await agent.close()
        workers.close()
