"""The model's advice on a question: it may reject, ask for more, and approve only what is left to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from probed.core.action import Risk
from probed.core.advice import Advice, Recommendation
from probed.core.decision import Decision, DecisionState
from probed.core.finding import FROM_MODEL, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Task
from probed.core.observation import Observation
from probed.core.permission import Mode, policy_source
from probed.core.report import Verdict
from probed.errors import NoAnswer
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

UNIT = "nginx.service"
FAILED = (Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL),)
YES = Advice(Recommendation.APPROVE, Risk.LOW, False, ("it failed with exit code 1",))
NO = Advice(Recommendation.REJECT, Risk.HIGH, False, ("it would cut the backup off",), ("wait for the backup",))
MORE = Advice(Recommendation.MORE, Risk.LOW, False, ("look at the port first",))


def adviser(says: Advice | Exception | None) -> ScriptedAgent:
    return ScriptedAgent(NoAnswer("is not asked to investigate"), advice=says)


async def asks(host: Host, *, advice: bool = True, mode: Mode = Mode.ACT) -> Decision:
    host.rules.mode = mode
    await begins(host, advice=advice)
    await host.settles()
    return await latest(host)


async def begins(host: Host, *, advice: bool = True) -> None:
    document = with_actions(l2=["restart_unit"], agent=AgentRule(advice=advice))
    host.document(document, [ScriptedCheck("systemd_unit", FAILED)])
    await host.run("services")


async def heals(host: Host) -> None:
    host.document(with_actions(l2=["restart_unit"]), [ScriptedCheck("systemd_unit", (Observation(UNIT, "active"),))])
    await host.run("services")
    await host.settles()


async def latest(host: Host) -> Decision:
    return (await host.monitor.decisions(1)).items[0]


async def test_advice_is_shown_to_the_person(tmp_path: Path) -> None:
    agent = adviser(MORE)
    async with scenario(tmp_path, agent=agent) as host:
        decision = await asks(host)

        assert (decision.state, decision.analysis.advice) == (DecisionState.WAITING, MORE)
        assert "more; risk low, irreversible" in host.channel.cards[-1].as_text()
        assert "because: look at the port first" in host.channel.cards[-1].as_text()
        question = agent.tasks[0].question
        assert question
        assert (question.object, question.dry_run) == (UNIT, f"would restart {UNIT}")


async def test_the_model_is_told_what_was_decided_before(tmp_path: Path) -> None:
    agent = adviser(MORE)
    async with scenario(tmp_path, agent=agent) as host:
        first = await asks(host)
        await host.engine.operator.reject(first.id, ANN, "not at night")
        await heals(host)
        host.clock.advance(7200)

        second = await asks(host)

        assert second.analysis.precedents == (f"2026-11-20 {UNIT}: rejected (rejected by {ANN.name}: not at night)",)
        assert [task.question.precedents for task in agent.tasks if task.question] == [(), second.analysis.precedents]


async def test_the_model_may_reject_and_a_person_is_told_of_the_problem(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=adviser(NO)) as host:
        decision = await asks(host)
        await host.passes(2)

        assert (decision.state, decision.decided_by) == (DecisionState.REJECTED, "model")
        assert host.action.executed == []
        assert "rejected by the model: it would cut the backup off" in host.channel.cards[-1].as_text()


@pytest.mark.parametrize(
    ("says", "why"),
    [
        (NoAnswer("the server is away"), "the server is away"),
        (OSError("no route"), "OSError: no route"),
        (None, "it gave none"),
        (Advice(Recommendation.APPROVE, Risk.LOW, True, ("trust me",)), "it calls reversible what is not"),
    ],
)
async def test_without_advice_the_person_is_asked_anyway(
    tmp_path: Path, says: Advice | Exception | None, why: str
) -> None:
    async with scenario(tmp_path, agent=adviser(says)) as host:
        host.rules.model_may_approve = ("restart_unit",)
        decision = await asks(host)

        assert (decision.state, decision.analysis.no_advice) == (DecisionState.WAITING, why)
        assert host.action.executed == []


async def test_a_document_that_does_not_want_advice_gets_none(tmp_path: Path) -> None:
    agent = adviser(YES)
    async with scenario(tmp_path, agent=agent) as host:
        assert (await asks(host, advice=False)).state is DecisionState.WAITING
        assert agent.tasks == []


async def test_the_model_approves_what_the_policy_leaves_to_it(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=adviser(YES)) as host:
        host.rules.model_may_approve = ("restart_unit",)

        decision = await asks(host)

        assert decision.decided_by == "model"
        assert len(host.action.executed) == 1
        assert not any("May I run" in title for title in host.told)


async def test_a_crash_while_the_model_is_asked_asks_it_and_the_person_once_more(tmp_path: Path) -> None:
    agent = adviser(MORE)
    async with scenario(tmp_path, agent=agent) as host:

        async def dies(task: Task) -> Answer:
            raise asyncio.CancelledError

        answers, agent.advise = agent.advise, dies  # type: ignore[method-assign]
        await begins(host)
        await host.engine.ticker.turn()
        await host.engine.ticker.idle()
        assert (await latest(host)).state is DecisionState.ANALYSED
        agent.advise = answers  # type: ignore[method-assign]

        await host.reboot()
        await host.settles()

        decision = await latest(host)
        assert (decision.state, decision.analysis.advice) == (DecisionState.WAITING, MORE)
        assert sum("May I run" in title for title in host.told) == 1


def not_listed(host: Host) -> None:
    host.rules.model_may_approve = ("clean_files",)


def two_persons(host: Host) -> None:
    host.rules.policy = {"restart_unit": policy_source("two_persons")}


def typed(host: Host) -> None:
    host.rules.policy = {"restart_unit": policy_source("typed")}


def policy_asks(host: Host) -> None:
    host.rules.policy = {"restart_unit": policy_source("ask")}


def irreversible(host: Host) -> None:
    host.action.risk = Risk.HIGH


@pytest.mark.parametrize("rule", [not_listed, two_persons, typed, policy_asks, irreversible])
async def test_where_anything_else_wants_a_person_the_models_yes_is_only_advice(tmp_path: Path, rule: object) -> None:
    grave = Advice(Recommendation.APPROVE, Risk.HIGH, False, ("it failed",))
    async with scenario(tmp_path, agent=adviser(grave if rule is irreversible else YES)) as host:
        host.rules.model_may_approve = ("restart_unit",)
        rule(host)  # type: ignore[operator]

        decision = await asks(host)

        assert (decision.state, host.action.executed) == (DecisionState.WAITING, [])
        assert decision.analysis.advice is not None


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.EARNED])
async def test_in_a_mode_that_holds_back_the_model_lets_nothing_run(tmp_path: Path, mode: Mode) -> None:
    async with scenario(tmp_path, agent=adviser(YES)) as host:
        host.rules.model_may_approve = ("restart_unit",)

        decision = await asks(host, mode=mode)

        assert (decision.state, host.action.executed) == (DecisionState.WAITING, [])


async def test_the_model_does_not_approve_what_was_only_proposed(tmp_path: Path) -> None:
    said = Finding(f"{FROM_MODEL}systemd_unit", "debug-shell.service", Severity.CRITICAL, "start it")
    agent = ScriptedAgent(lambda task: Answer(task.run_id, Verdict.CRITICAL, "words", (said,), 0.0), advice=YES)
    async with scenario(tmp_path, agent=agent) as host:
        host.rules.model_may_approve = ("restart_unit",)
        document = with_actions(l2=["restart_unit"], agent=AgentRule(AgentWhen.ALWAYS, advice=True))
        host.document(document, [ScriptedCheck("systemd_unit", (Observation(UNIT, "active"),))])

        await host.run("services")
        await host.settles()

        decision = await latest(host)
        assert (decision.state, decision.analysis.advice, host.action.executed) == (DecisionState.WAITING, YES, [])


async def test_a_second_failure_of_the_same_fix_is_a_persons_matter(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=adviser(YES)) as host:
        host.rules.model_may_approve = ("restart_unit",)
        await asks(host)
        assert len(host.action.executed) == 1
        await heals(host)
        host.clock.advance(7200)

        assert (await asks(host)).state is DecisionState.WAITING
        assert len(host.action.executed) == 1


def observes(host: Host) -> None:
    host.rules.mode = Mode.OBSERVE


@pytest.mark.parametrize("rule", [observes, not_listed, policy_asks, two_persons])
async def test_what_the_model_approved_does_not_run_where_the_rules_want_a_person_by_now(
    tmp_path: Path, rule: Callable[[Host], None]
) -> None:
    async with scenario(tmp_path, agent=adviser(YES)) as host:
        host.rules.model_may_approve = ("restart_unit",)
        await begins(host)
        while (await latest(host)).state is not DecisionState.APPROVED:
            await host.engine.ticker.turn()
            await host.engine.ticker.idle()
        await host.reboot()
        rule(host)

        await host.settles()

        assert host.action.executed == []
        assert (await latest(host)).state is DecisionState.WAITING
