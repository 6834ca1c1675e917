"""A fault that a model has investigated once: the next time its probes are looked at instead."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.finding import FROM_MODEL, ActionCall, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Evidence, Task
from probed.core.observation import Observation
from probed.core.recognition import recognised_in
from probed.core.report import Report, Verdict
from probed.core.solved_case import SolvedCase
from probed.engine.judging import finding_of
from probed.engine.recall import Recall
from probed.engine.solved_cases import SAVED, SolvedCaseBook
from probed.errors import NoAnswer
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

UNIT = "nginx.service"
CAUSE = "its port is taken: exit-code, address already in use"
HEALTHY = Observation(UNIT, "active")
TAKEN = {"columns": ["unit", "result", "exit_code", "main_pid"], "rows": [[UNIT, "exit-code", 1, 4711]]}
KILLED = {"columns": ["unit", "result", "exit_code", "main_pid"], "rows": [[UNIT, "oom-kill", 137, 4711]]}
OTHER_CODE = {"columns": ["unit", "result", "exit_code", "main_pid"], "rows": [[UNIT, "exit-code", 2, 4711]]}


def failed(object_: str = UNIT, **facts: object) -> Observation:
    evidence = facts or {"active_state": "failed", "sub_state": "failed"}
    return Observation(object_, f"{object_} failed", severity=Severity.CRITICAL, evidence=evidence)


def seen(answer: object, **arguments: object) -> Evidence:
    text = json.dumps(answer)
    return Evidence("e1", "unit_status", arguments or {"name": UNIT}, text, hashlib.sha256(text.encode()).hexdigest())


def investigated(task: Task) -> Answer:
    [problem] = [finding for finding in task.findings if not finding.is_from_model]
    restart = ActionCall("restart_unit", {"unit": problem.object})
    finding = Finding(problem.check, problem.object, problem.severity, CAUSE, {}, restart)
    return Answer(task.run_id, Verdict.CRITICAL, CAUSE, (finding,), cost_usd=0.05, evidence=(seen(TAKEN),))


def knowing(shown: object = TAKEN, **changes: object) -> ScriptedAgent:
    """An agent that investigates as above, and whose probes show this when they are looked at."""
    agent = ScriptedAgent(investigated, shows=lambda probe, arguments: json.dumps(shown))
    return replace(agent, **changes)  # type: ignore[arg-type]


async def look(host: Host, *observations: Observation, l1: Sequence[str] = ("restart_unit",)) -> Report:
    check = ScriptedCheck("systemd_unit", observations)
    host.document(with_actions(l1=l1, agent=AgentRule(AgentWhen.ON_FINDING)), [check])

    def mend() -> None:
        if host.action.helps:
            check.answer = tuple(Observation(each.object, "active") for each in observations)

    host.action.cooldown_s, host.action.on_execute = 0, mend
    done = await host.run("services")
    assert done.report_id
    report = await host.monitor.report(done.report_id)
    await host.settles()
    host.clock.advance(60)
    return report


async def memories(host: Host) -> Sequence[SolvedCase]:
    return await host.monitor.solved_before({"systemd_unit"})


async def solve(host: Host) -> SolvedCase:
    """The first time: investigated, and solved by what the model proposed."""
    await look(host, failed())
    await look(host, HEALTHY)
    forget_analyses(host)
    [memory] = await memories(host)
    return memory


def forget_analyses(host: Host) -> None:
    """An analysis of equal evidence counts for a while; recall begins where it does not."""
    host.clock.advance(host.rules.analysis_lasts_s + 1)


async def saved(host: Host) -> object:
    return await host.monitor.setting(SAVED)


async def test_a_cause_is_confirmed_by_the_proposed_action_and_holds_its_probes(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=knowing()) as host:
        memory = await solve(host)

        assert (memory.cause, memory.helped, memory.cost_usd) == (CAUSE, 1, 0.05)
        [mark] = memory.marks
        assert (mark.probe, mark.arguments) == ("unit_status", {"name": "{object}"})
        assert mark.rows == (("exit_code=1", "result=exit-code", "unit={object}"),)


async def test_a_cause_whose_action_was_never_run_is_not_trusted(tmp_path: Path) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        await look(host, failed(), l1=())
        await look(host, HEALTHY, l1=())
        report = await look(host, failed(), l1=())

        assert recognised_in(report.findings[0].evidence) is None
        assert agent.looks == []


async def test_the_same_fault_again_is_looked_at_by_its_probes_and_no_model_is_asked_also_after_a_restart(
    tmp_path: Path,
) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        memory = await solve(host)
        assert len(agent.tasks) == 1
        await host.reboot()

        report = await look(host, failed())

        assert len(agent.tasks) == 1
        assert agent.looks == [("unit_status", {"name": UNIT})]
        assert report.cost_usd == 0
        assert report.summary == f"{UNIT} failed: {CAUSE} (recognised: memory {memory.id}, seen 1 times, helped 1 of 1)"
        known = recognised_in(report.findings[0].evidence)
        assert known is not None
        assert (known.cause, known.verified) == (CAUSE, "shows the same: unit_status")
        assert await saved(host) == 1
        kept = (await host.monitor.evidence(report.run_id)).text
        assert [json.loads(line)["probe"] for line in kept.splitlines()] == ["unit_status"]
        [after] = await memories(host)
        assert (after.seen, after.helped) == (2, 2)
        assert after.met_at == report.created_at


async def test_what_was_confirmed_stays_so_while_the_problem_lasts(tmp_path: Path) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        await solve(host)
        for _ in range(3):
            report = await look(host, failed(), l1=())

        known = recognised_in(report.findings[0].evidence)
        assert known is not None
        assert known.verified
        assert (len(agent.tasks), len(agent.looks), await saved(host)) == (1, 1, 1)


async def test_a_look_alike_is_refuted_by_its_probes_investigated_at_once_and_costs_the_memory_its_trust(
    tmp_path: Path,
) -> None:
    agent = knowing(KILLED)
    async with scenario(tmp_path, agent=agent) as host:
        memory = await solve(host)
        report = await look(host, failed(), l1=())

        assert len(agent.tasks) == 2, "a full investigation in the same run"
        assert report.cost_usd == 0.05
        assert (await host.monitor.solved_case(memory.id)).refuted == 1
        assert recognised_in(report.findings[0].evidence) is None
        assert await saved(host) is None
        notes = [each.text for each in (await host.monitor.intents(20, kind="note")).items]
        assert f"memory {memory.id} does not hold: its probes show something else" in notes


@pytest.mark.parametrize(
    ("same", "tasks", "cost_usd", "refuted"),
    [
        (Verdict.OK, 2, 0.001, 0),
        (Verdict.WARNING, 3, 0.051, 1),
        (Verdict.UNKNOWN, 3, 0.051, 0),
        (NoAnswer("the model is away", cost_usd=0.002, is_away=True), 3, 0.052, 0),
    ],
)
async def test_where_probes_alone_do_not_tell_one_small_question_is_asked(
    tmp_path: Path, same: Verdict | NoAnswer, tasks: int, cost_usd: float, refuted: int
) -> None:
    agent = knowing(OTHER_CODE, same=same)
    async with scenario(tmp_path, agent=agent) as host:
        memory = await solve(host)
        report = await look(host, failed(), l1=())

        assert len(agent.tasks) == tasks
        small = agent.tasks[1]
        [doubt] = small.doubts
        assert doubt.cause == CAUSE
        assert doubt.then == ("exit_code=1 result=exit-code unit={object}",)
        assert doubt.now == (f"unit={UNIT} result=exit-code exit_code=2 main_pid=4711",)
        assert small.inspection.agent.tier == "small"
        assert small.budget_usd == pytest.approx(0.02)
        assert not small.observations
        assert report.cost_usd == pytest.approx(cost_usd)
        assert (await host.monitor.solved_case(memory.id)).refuted == refuted


async def test_that_not_all_of_several_are_known_says_of_none_that_it_is_another(tmp_path: Path) -> None:
    def shown(probe: str, arguments: Mapping[str, object]) -> str:
        return json.dumps(OTHER_CODE).replace(UNIT, str(arguments["name"]))

    agent = knowing(shows=shown, same=Verdict.WARNING)
    async with scenario(tmp_path, agent=agent) as host:
        memory = await solve(host)
        both = [finding_of("systemd_unit", failed(name), Severity.CRITICAL) for name in (UNIT, "php.service")]
        known = Recall(host.monitor, host.rules, host.clock)
        async with host.monitor.transaction() as tx:
            for finding in both:
                features = known.features(finding, {}, both)
                await tx.solved_cases.save(
                    replace(memory, id=f"0{finding.object}", object=finding.object, features=features)
                )
        agent.answer = lambda task: Answer(task.run_id, Verdict.CRITICAL, "two things", (), 0.05)
        report = await look(host, failed(), failed("php.service"), l1=())

        assert [len(task.doubts) for task in agent.tasks] == [0, 2, 0]
        assert report.cost_usd == pytest.approx(0.051)
        assert [each.refuted for each in await memories(host)] == [0, 0, 0]


async def test_what_the_small_question_cost_counts_where_its_answer_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("the book is shut")

    for same, step in ((Verdict.WARNING, "refute"), (Verdict.OK, "count_saved")):
        agent = knowing(OTHER_CODE, same=same)
        async with scenario(tmp_path / step, agent=agent) as host:
            await solve(host)
            with monkeypatch.context() as patch:
                patch.setattr(SolvedCaseBook, step, broken)
                report = await look(host, failed(), l1=())

            assert (len(agent.tasks), report.summary) == (3, CAUSE)
            assert report.cost_usd == pytest.approx(0.051)


async def test_a_confirmed_memory_whose_action_then_does_not_help_is_not_used_again(tmp_path: Path) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        await solve(host)
        host.action.helps = False
        await look(host, failed())
        await look(host, HEALTHY)
        assert len(agent.tasks) == 1
        forget_analyses(host)

        await look(host, failed(), l1=())

        assert len(agent.tasks) == 2


async def test_one_unknown_problem_among_known_ones_is_investigated_with_all_of_them(tmp_path: Path) -> None:
    agent = knowing()
    agent.answer = lambda task: Answer(task.run_id, Verdict.CRITICAL, "two things", (), 0.05)
    async with scenario(tmp_path, agent=replace(agent, answer=investigated)) as host:
        await solve(host)
        host.agent.answer = agent.answer  # type: ignore[union-attr]
        await look(host, failed(), failed("php.service", result="oom-kill", exit_code=137), l1=())

        assert len(host.agent.tasks) == 2  # type: ignore[union-attr]


async def test_what_only_a_model_found_keeps_a_model_asked(tmp_path: Path) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        await solve(host)
        more = Finding("port", "80", Severity.WARNING, "apache holds it")
        agent.answer = lambda task: replace(investigated(task), findings=(more,))
        await look(host, failed(result="oom-kill", exit_code=137), l1=())
        assert any(case.check == FROM_MODEL + "port" for case in (await host.monitor.cases(9)).items)

        await look(host, failed(), l1=())

        assert len(agent.tasks) == 3


async def test_a_memory_that_a_person_corrected_speaks_with_that_person_s_words_and_a_deleted_one_not_at_all(
    tmp_path: Path,
) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        memory = await solve(host)
        operator = host.engine.operator
        await operator.correct_memory(memory.id, ANN, cause="apache was started by hand", advice="stop apache2.service")

        report = await look(host, failed(), l1=())
        known = recognised_in(report.findings[0].evidence)
        assert known is not None
        assert (known.cause, known.what_helped) == ("apache was started by hand", "stop apache2.service")

        await look(host, HEALTHY)
        await operator.delete_memory(memory.id, ANN)
        assert recognised_in((await look(host, failed(), l1=())).findings[0].evidence) is None
        said = [each.text for each in (await host.monitor.intents(30, kind="audit")).items]
        assert f"corrected memory {memory.id}" in said
        assert f"deleted memory {memory.id}" in said


async def test_a_person_s_own_memory_is_trusted_from_the_beginning(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await look(host, failed(), l1=())
        [case] = (await host.monitor.cases(5)).items
        memory = await host.engine.operator.remember(case.id, "apache was started", "stop apache2.service", ANN)
        await look(host, HEALTHY)

        report = await look(host, failed("nginx.service"), l1=())

        known = recognised_in(report.findings[0].evidence)
        assert known is not None
        assert (known.memory, known.cause) == (memory.id, "apache was started")
        assert report.findings[0].proposed_action is None, "words are no action"


async def test_of_what_was_asked_only_what_the_finding_cites_has_to_show_the_same(tmp_path: Path) -> None:
    def citing(task: Task) -> Answer:
        answer = investigated(task)
        cited = replace(answer.findings[0], cites=("e2",))
        other = replace(seen(TAKEN, name=UNIT, limit=3), id="e2")
        return replace(answer, findings=(cited,), evidence=(*answer.evidence, other))

    async with scenario(tmp_path, agent=knowing(answer=citing)) as host:
        [mark] = (await solve(host)).marks

        assert mark.arguments == {"name": "{object}", "limit": 3}


async def test_a_cause_is_confirmed_also_where_the_case_has_changed_by_the_time_of_the_yes(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=knowing()) as host:
        facts: dict[str, object] = {"active_state": "failed", "sub_state": "failed", "restarts": 3, "tasks": 1}
        document = with_actions(l2=["restart_unit"], agent=AgentRule(AgentWhen.ON_FINDING))
        check = ScriptedCheck("systemd_unit", (failed(UNIT, **facts),))
        host.document(document, [check])
        await host.run("services")
        await host.settles()
        check.answer = (failed(UNIT, **{**facts, "restarts": 300}),)
        host.clock.advance(120)
        await host.run("services")
        host.action.on_execute = lambda: setattr(check, "answer", (HEALTHY,))
        [decision] = (await host.monitor.decisions(5)).items
        await host.engine.operator.approve(decision.id, ANN)
        await host.settles()

        [memory] = [each for each in await memories(host) if each.helped]
        assert (memory.cause, memory.helped) == (CAUSE, 1)


async def test_two_causes_that_look_alike_are_told_apart_by_their_probes(tmp_path: Path) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        taken = await solve(host)
        [mark] = taken.marks
        rows = (("exit_code=137", "result=oom-kill", "unit={object}"),)
        other = replace(
            taken, id="0other", cause="memory ran out", remedy=None, advice="raise MemoryMax", vouched_by="a"
        )
        async with host.monitor.transaction() as tx:
            await tx.solved_cases.save(replace(other, marks=(replace(mark, rows=rows),)))

        report = await look(host, failed(), l1=())
        assert CAUSE in report.summary
        known = recognised_in(report.findings[0].evidence)
        assert known is not None
        assert (known.memory, known.verified) == (taken.id, "shows the same: unit_status")

        forget_analyses(host)
        agent.shows = lambda probe, arguments: json.dumps(KILLED)
        assert "memory ran out" in (await look(host, failed(), l1=())).summary
        assert len(agent.tasks) == 1
        assert [memory.refuted for memory in await memories(host)] == [0, 0]

        forget_analyses(host)
        agent.shows = lambda probe, arguments: "{}"
        await look(host, failed(), l1=())
        assert len(agent.tasks) == 2, "neither shows the same"


@pytest.mark.parametrize(("tier", "asked"), [("large", "small"), ("small", "small"), ("local", "local")])
async def test_the_small_question_goes_no_further_than_the_document_allows(
    tmp_path: Path, tier: str, asked: str
) -> None:
    agent = knowing(OTHER_CODE)
    async with scenario(tmp_path, agent=agent) as host:
        await solve(host)
        document = with_actions(agent=AgentRule(AgentWhen.ON_FINDING, tier=tier))
        host.document(document, [ScriptedCheck("systemd_unit", (failed(),))])
        await host.run("services")

        assert agent.tasks[1].doubts
        assert agent.tasks[1].inspection.agent.tier == asked


async def test_where_recall_is_off_each_is_investigated_and_what_is_remembered_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        await solve(host)
        host.engine.take_over(replace(host.rules, recalls=False))

        report = await look(host, failed(), l1=())

        assert (len(agent.tasks), agent.looks) == (2, [])
        known = recognised_in(report.findings[0].evidence)
        assert known is not None
        assert (known.cause, known.verified) == (CAUSE, "")


async def test_beside_a_check_that_gives_no_answer_the_model_is_asked(tmp_path: Path) -> None:
    agent = knowing()
    async with scenario(tmp_path, agent=agent) as host:
        await solve(host)
        silent = ScriptedCheck("port")
        silent.fail("it hangs")
        document = with_actions(agent=AgentRule(AgentWhen.ON_FINDING))
        host.document(document, [ScriptedCheck("systemd_unit", (failed(),)), silent])
        await host.run("services")

        assert (len(agent.tasks), agent.looks) == (2, [])
