"""What was said with a model is kept with the run, or the decision, that it was asked about."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.evidence import evidence_in
from probed.core.finding import Severity
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Evidence, Task
from probed.core.observation import Observation
from probed.core.report import Verdict
from probed.core.run import RunState
from probed.core.transcript import TranscriptKind
from probed.errors import NoAnswer, NotFound
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import scenario, with_actions
from tests.factories import make_inspection

ALWAYS = AgentRule(when=AgentWhen.ALWAYS)


def answers(task: Task) -> Answer:
    return Answer(task.run_id, Verdict.OK, "all is well", (), 0.02, transcript='{"type": "result"}\n')


def in_vain() -> NoAnswer:
    failure = NoAnswer("it refused", 0.1)
    failure.transcript = '{"type": "request", "prompt": "token=hunter2hunter2"}\n'
    return failure


async def test_an_investigation_is_kept_with_its_run(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(answers)) as host:
        host.document(make_inspection(id="model", agent=ALWAYS, checks=()))
        run = await host.run("model")

        kept = await host.monitor.transcript(run.id)

    assert (kept.kind, kept.text) == (TranscriptKind.INVESTIGATION, '{"type": "result"}\n')


async def test_so_is_one_that_gave_no_answer_without_its_secrets(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(in_vain())) as host:
        host.document(make_inspection(id="model", agent=ALWAYS, checks=()))
        run = await host.run("model")

        kept = await host.monitor.transcript(run.id)

    assert '"type": "request"' in kept.text
    assert "hunter2" not in kept.text


@pytest.mark.parametrize("in_vain", [False, True])
async def test_what_the_probes_answered_is_kept_with_it(tmp_path: Path, in_vain: bool) -> None:
    def asks(task: Task) -> Answer:
        evidence = (Evidence("e1", "disk_usage", {"path": "/"}, '{"evidence":"e1","rows":[]}', "c0ffee"),)
        failure = NoAnswer("no report")
        failure.evidence = evidence
        if in_vain:
            raise failure
        return replace(answers(task), evidence=evidence)

    async with scenario(tmp_path, agent=ScriptedAgent(asks)) as host:
        host.document(make_inspection(id="model", agent=ALWAYS, checks=()))
        run = await host.run("model")

        [kept] = evidence_in((await host.monitor.evidence(run.id)).text)

    assert (kept.id, kept.probe, kept.arguments) == ("e1", "disk_usage", {"path": "/"})


async def test_advice_is_kept_with_its_decision(tmp_path: Path) -> None:
    agent = ScriptedAgent(answers, advice=in_vain())
    failed = Observation("nginx.service", "nginx.service failed", severity=Severity.CRITICAL)
    async with scenario(tmp_path, agent=agent) as host:
        document = with_actions(l2=["restart_unit"], agent=AgentRule(advice=True))
        host.document(document, [ScriptedCheck("systemd_unit", (failed,))])
        await host.run("services")
        await host.settles()
        [decision] = (await host.monitor.decisions(5)).items

        kept = await host.monitor.transcript(decision.id)

    assert (kept.subject, kept.kind) == (decision.id, TranscriptKind.ADVICE)


async def test_a_run_counts_whose_transcript_cannot_be_kept(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(answers)) as host:
        host.document(make_inspection(id="model", agent=ALWAYS, checks=()))
        os.symlink("elsewhere", tmp_path / "transcripts")

        run = await host.run("model")

        assert run.state is RunState.OK
        with pytest.raises(NotFound):
            await host.monitor.transcript(run.id)
