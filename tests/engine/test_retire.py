from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inquiry import Tell
from probed.core.inspection import AgentRule, AgentWhen, BrokenDocument
from probed.core.investigation import Answer, Evidence, Task
from probed.core.observation import Observation
from probed.core.report import Verdict
from probed.core.run import RunState, Trigger
from probed.core.threshold import Threshold
from probed.engine.ingest import Ingest
from probed.ports import Asking
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import make_case, make_finding

UNIT = "nginx.service"
AT_ONCE = 4
"""Runs, as the engine is built by default."""
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)


async def watched(host: Host, *, l2: bool = False) -> None:
    """An inspection whose finding was told."""
    host.document(with_actions(l2=["restart_unit"] if l2 else []), [ScriptedCheck("systemd_unit", (FAILED,))])
    await host.run("services")
    await host.passes(5)


async def open_cases(host: Host) -> list[str]:
    return [case.source for case in (await host.monitor.cases(50, open_only=True)).items]


async def test_the_cases_of_a_removed_document_are_closed_and_that_is_told(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await watched(host)
        host.catalogue.entries = {}

        await host.engine.retirement.retire("services")
        await host.passes(60)

        [case] = (await host.monitor.cases(10)).items
        assert (str(case.stage), case.outlook) == ("resolved", "its document was removed")
        assert host.told[-1].startswith("resolved")
        assert (await host.monitor.intents(1)).items[0].text == "its document was removed: 1 open cases are closed"


async def test_a_question_of_a_removed_document_is_withdrawn(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await watched(host, l2=True)
        host.catalogue.entries = {}

        await host.engine.retirement.retire("services")

        [decision] = (await host.monitor.decisions(10)).items
        assert (str(decision.state), decision.note) == ("withdrawn", "its document was removed")


async def test_nothing_is_shown_of_a_removed_document(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await watched(host)

        await host.engine.retirement.retire("services")

        assert (host.engine.remembered.latest, host.engine.remembered.notes) == ({}, {})


async def test_what_must_last_begins_anew_when_the_document_comes_back(tmp_path: Path) -> None:
    lasting = Observation("cpu", "cpu is busy", value=99.0, threshold=Threshold(warning=80, for_s=60))
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("cpu", (lasting,))])
        await host.run("services")
        await host.engine.retirement.retire("services")
        host.clock.advance(60)

        await host.run("services")

        assert await open_cases(host) == []


class SlowAgent:
    name = "slow"

    def __init__(self) -> None:
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def investigate(self, task: Task) -> Answer:
        self.asked.set()
        await self.may_answer.wait()
        return Answer(task.run_id, Verdict.CRITICAL, "the model's words", (), 0.0)

    async def advise(self, task: Task) -> Answer:
        return await self.investigate(task)

    async def compare(self, task: Task) -> Answer:
        return await self.investigate(task)

    async def look(self, questions: Sequence[Asking], deadline_s: float) -> Sequence[Evidence]:
        return ()

    async def ask(self, task: Task, tell: Tell) -> Answer:
        return await self.investigate(task)


async def test_a_run_whose_document_is_removed_meanwhile_reports_nothing(tmp_path: Path) -> None:
    agent = SlowAgent()
    async with scenario(tmp_path, agent=agent) as host:
        document = with_actions(l1=["restart_unit"], agent=AgentRule(AgentWhen.ALWAYS))
        host.document(document, [ScriptedCheck("systemd_unit", (FAILED,))])
        run = await host.engine.runs.begin("services", Trigger.OPERATOR)
        await agent.asked.wait()
        host.catalogue.entries = {}
        agent.may_answer.set()
        await host.engine.runs.finished("services")
        await host.passes(30)

        ended = await host.monitor.run(run.id)
        assert (ended.state, ended.reason, ended.report_id) == (RunState.CANCELLED, "its document was removed", None)
        assert (host.told, host.action.executed, await open_cases(host)) == ([], [], [])


async def test_a_run_that_waits_until_its_document_is_removed_does_not_begin(tmp_path: Path) -> None:
    agent = SlowAgent()
    async with scenario(tmp_path, agent=agent) as host:
        for number in range(AT_ONCE):
            host.document(replace(with_actions(agent=AgentRule(AgentWhen.ALWAYS)), id=f"doc-{number}"))
            await host.engine.runs.begin(f"doc-{number}", Trigger.OPERATOR)
        host.document(with_actions(), [ScriptedCheck("systemd_unit", (FAILED,))])
        run = await host.engine.runs.begin("services", Trigger.OPERATOR)
        assert run.state is RunState.PENDING
        host.catalogue.entries = {}
        agent.may_answer.set()
        await host.engine.runs.finished("services")

        ended = await host.monitor.run(run.id)
        assert (ended.state, ended.started_at) == (RunState.CANCELLED, None)


async def test_what_a_run_opens_in_the_moment_of_the_removal_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit", (FAILED,))])
        real = Ingest.take_in

        async def late(self: Ingest, *arguments: object) -> None:
            host.catalogue.entries = {}
            await host.engine.retirement.retire("services")
            await real(self, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(Ingest, "take_in", late)
        await host.run("services")

        assert await host.stage_of(UNIT) == "resolved"


async def test_what_was_removed_while_nobody_looked_is_closed_at_the_start(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await watched(host)
        host.catalogue.entries = {}
        await host.reboot()

        await host.engine.retirement.retire_removed()

        assert await open_cases(host) == []


async def test_a_document_that_is_there_keeps_its_cases_at_the_start(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await watched(host)
        await host.reboot()

        await host.engine.retirement.retire_removed()

        assert await open_cases(host) == ["services"]


async def test_other_programs_speak_for_themselves(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await host.report("backup", make_finding())
        async with host.monitor.transaction() as tx:
            await tx.cases.save(make_case(source="nobody knows"))

        await host.engine.retirement.retire_removed()

        assert set(await open_cases(host)) == {"backup", "nobody knows"}


async def test_as_long_as_a_document_is_broken_none_counts_as_removed(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await watched(host)
        host.catalogue.entries = {}
        host.catalogue.broken = [BrokenDocument("/etc/cortex/inspections/s.md", 3, "unknown check")]
        await host.reboot()

        await host.engine.retirement.retire_removed()

        assert await open_cases(host) == ["services"]
