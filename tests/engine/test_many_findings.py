"""One look finds more than workers can take: each finding gets its action, and one that cannot be holds none up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from probed.core.finding import ActionCall, Finding, Severity
from probed.core.observation import Observation
from probed.core.run import RunState
from probed.daemon.workers import WorkerPool
from probed.errors import NotHere
from probed.testing import ScriptedAction, ScriptedActions, ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions


def failing(host: Host, number: int) -> str:
    """The id of an inspection that finds so many units failed, and may restart them."""
    document = with_actions(l1=["restart_unit"])
    seen = [Observation(f"u{each}.service", "failed", severity=Severity.WARNING) for each in range(number)]
    host.document(document, [ScriptedCheck("systemd_unit", tuple(seen))])
    return document.id


async def test_more_findings_than_may_wait_for_a_worker_all_get_their_action(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.engine.ingest._options._workers = workers = WorkerPool(2, max_waiting=16)

        run = await host.run(failing(host, 40))

        workers.close()
        cases = (await host.monitor.cases(50)).items
        assert run.state is RunState.OK
        assert {str(case.stage) for case in cases} == {"fixing"}
        assert len(cases) == 40


async def test_an_action_that_cannot_be_looked_for_leaves_the_run_and_the_other_findings_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Blind(ScriptedAction):
        def call_for(self, finding: Finding, fixed: Mapping[str, object]) -> ActionCall | None:
            if finding.object == "u0.service":
                raise NotHere("systemd", "")
            return super().call_for(finding, fixed)

    async with scenario(tmp_path, actions=ScriptedActions(Blind())) as host:
        run = await host.run(failing(host, 2))

        assert run.state is RunState.OK
        assert await host.stage_of("u0.service") == "told"
        assert await host.stage_of("u1.service") == "fixing"
