"""What breaks around a model takes nothing from what the checks found, and neither its cost nor the reason is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from probed.core.exchange import Asked, Exchange, Passed
from probed.core.finding import Finding, Severity
from probed.core.inquiry import InquiryDraft, InquiryState, Tell
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Task
from probed.core.model_call import CallOutcome, ModelCall
from probed.core.observation import Observation
from probed.core.report import Report, Verdict
from probed.core.run import Run
from probed.engine.gate import EvidenceGate
from probed.errors import NoAnswer
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL, evidence={"result": "exit-code"})
BECAUSE = Finding("config", UNIT, Severity.WARNING, "its configuration is wrong")
PASSED = Passed((Exchange("k", Asked("small", "m", "s", 1, 5)),), "scripted", "nonce")
OPINION = "probed.engine.opinion"


def said(task: Task) -> Answer:
    return Answer(task.run_id, Verdict.WARNING, "the model's words", (BECAUSE,), 0.02, "{}\n", passed=PASSED)


def failing(*_: object) -> object:
    raise RuntimeError("out of order")


async def failing_later(*_: object) -> object:
    raise RuntimeError("out of order")


def make_check() -> ScriptedCheck:
    return ScriptedCheck("systemd_unit", (FAILED,))


async def looked(host: Host) -> tuple[Run, Report]:
    """And what the checks found is told, whatever broke."""
    host.document(with_actions(agent=AgentRule(AgentWhen.ON_FINDING)), [make_check()])
    run = await host.run("services")
    assert run.report_id
    report = await host.monitor.report(run.report_id)
    assert ("systemd_unit", UNIT) in {finding.identity for finding in report.findings}
    return run, report


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("probed.core.grounding.grounded", failing),
        (f"{OPINION}.read_attempts", failing),
        (f"{OPINION}.keep_transcript", failing_later),
        (f"{OPINION}.keep_evidence", failing_later),
    ],
)
async def test_an_answer_that_cannot_be_used_has_its_cost_and_its_reason_and_can_be_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, broken: Callable[..., object]
) -> None:
    monkeypatch.setattr(name, broken)
    async with scenario(tmp_path, agent=ScriptedAgent(said)) as host:
        run, report = await looked(host)

        assert report.cost_usd == run.cost_usd == 0.02
        assert report.unanswered == ("model: its answer cannot be used: RuntimeError: out of order",)
        assert (await host.monitor.recording(run.id)).text


@pytest.mark.parametrize("name", ["read_attempts", "keep_transcript", "keep_evidence"])
async def test_why_there_was_no_answer_is_told_though_what_was_said_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(f"{OPINION}.{name}", failing if name == "read_attempts" else failing_later)
    failure = NoAnswer("the model went away", 0.01)
    failure.transcript = "{}\n"
    async with scenario(tmp_path, agent=ScriptedAgent(failure)) as host:
        _, report = await looked(host)

        assert (report.unanswered, report.cost_usd) == (("model: the model went away",), 0.01)


async def test_an_answer_counts_though_later_runs_cannot_know_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EvidenceGate, "keep", failing_later)
    async with scenario(tmp_path, agent=ScriptedAgent(said)) as host:
        _, report = await looked(host)

        assert (report.summary, report.cost_usd, report.unanswered) == ("the model's words", 0.02, ())


@pytest.mark.parametrize(("owner", "name"), [(EvidenceGate, "left_open"), (EvidenceGate, "passage")])
async def test_a_gate_that_breaks_leaves_the_model_s_part_unanswered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: type, name: str
) -> None:
    monkeypatch.setattr(owner, name, failing_later)
    agent = ScriptedAgent(said)
    async with scenario(tmp_path, agent=agent) as host:
        _, report = await looked(host)

        assert (report.unanswered, agent.tasks) == (("model: RuntimeError: out of order",), [])


async def pay(host: Host, subject: str, cost_usd: float) -> None:
    async with host.monitor.transaction() as tx:
        call = ModelCall(
            subject, "services", host.clock.now(), "small", "s", "m", CallOutcome.ANSWERED, cost_usd=cost_usd
        )
        await tx.model_calls.add(call)


async def test_what_was_spent_before_its_driver_broke_is_read_in_the_ledger(tmp_path: Path) -> None:
    class Breaking(ScriptedAgent):
        async def investigate(self, task: Task) -> Answer:
            await pay(host, task.run_id, 0.03)
            raise RuntimeError("out of order")

    async with scenario(tmp_path, agent=Breaking(said)) as host:
        _, report = await looked(host)

        assert (report.unanswered, report.cost_usd) == (("model: RuntimeError: out of order",), 0.03)


async def test_what_a_question_cost_is_told_where_its_answer_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probed.engine.ask.caution", failing)

    class Paid(ScriptedAgent):
        async def ask(self, task: Task, tell: Tell) -> Answer:
            await pay(host, task.run_id, 0.02)
            return await super().ask(task, tell)

    async with scenario(tmp_path, agent=Paid(said)) as host:
        asked = await host.engine.asker.begin(InquiryDraft("Why was it slow?"), ANN)
        ended = await host.engine.asker.answer(asked, lambda _: None)

        assert (ended.state, ended.cost_usd) == (InquiryState.FAILED, 0.02)


async def test_what_advice_cost_is_told_where_it_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probed.engine.advise.keep_transcript", failing_later)

    class Paid(ScriptedAgent):
        async def advise(self, task: Task) -> Answer:
            await pay(host, task.run_id, 0.02)
            return await super().advise(task)

    async with scenario(tmp_path, agent=Paid(said)) as host:
        host.document(with_actions(l2=["restart_unit"], agent=AgentRule(advice=True)), [make_check()])
        await host.run("services")
        await host.settles()

        [decision] = (await host.monitor.decisions(5)).items
        assert decision.analysis.no_advice == "RuntimeError: out of order"
        assert decision.analysis.cost_usd == 0.02
