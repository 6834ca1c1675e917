from pathlib import Path

from probed.core.finding import ActionCall, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Task
from probed.core.observation import Absent, Observation
from probed.core.report import Report, Verdict
from probed.core.run import Run, RunState
from probed.core.threshold import Threshold
from probed.errors import NoAnswer
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions

UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)
HEALTHY = Observation(UNIT, "active")
ALWAYS = AgentRule(AgentWhen.ALWAYS)
ON_FINDING = AgentRule(AgentWhen.ON_FINDING)


def saying(verdict: Verdict, *findings: Finding) -> ScriptedAgent:
    return ScriptedAgent(lambda task: Answer(task.run_id, verdict, "the model's words", findings, cost_usd=0.02))


async def run(host: Host, check: ScriptedCheck | None = None, agent: AgentRule = AgentRule()) -> tuple[Run, Report]:  # noqa: B008
    host.document(with_actions(l2=["restart_unit"], agent=agent), [check] if check else [])
    done = await host.run("services")
    assert done.report_id
    return done, await host.monitor.report(done.report_id)


async def test_a_healthy_host_is_ok_and_costs_nothing(tmp_path: Path) -> None:
    agent = saying(Verdict.OK)
    async with scenario(tmp_path, agent=agent) as host:
        done, report = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), ON_FINDING)

        assert (done.state, report.verdict, report.summary) == (RunState.OK, Verdict.OK, "all checks passed")
        assert agent.tasks == []


async def test_the_model_is_asked_about_a_finding_and_its_words_are_the_summary(tmp_path: Path) -> None:
    agent = saying(Verdict.CRITICAL)
    async with scenario(tmp_path, agent=agent) as host:
        done, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), ON_FINDING)

        assert [task.run_id for task in agent.tasks] == [done.id]
        assert report.summary == "the model's words"
        assert report.cost_usd == done.cost_usd == 0.02


async def test_the_model_cannot_soften_what_a_check_found(tmp_path: Path) -> None:
    softened = Finding("systemd_unit", UNIT, Severity.INFO, "nothing to see")
    async with scenario(tmp_path, agent=saying(Verdict.OK, softened)) as host:
        _, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), ON_FINDING)

        assert report.verdict is Verdict.CRITICAL
        assert [finding.summary for finding in report.findings] == [FAILED.summary]


async def test_the_model_may_add_a_finding_and_propose_an_action(tmp_path: Path) -> None:
    proposal = ActionCall("restart_unit", {"unit": UNIT})
    added = Finding("memory", "worker", Severity.WARNING, "worker leaks")
    proposing = Finding("systemd_unit", UNIT, Severity.CRITICAL, "failed", proposed_action=proposal)
    async with scenario(tmp_path, agent=saying(Verdict.CRITICAL, proposing, added)) as host:
        _, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), ON_FINDING)

        assert {finding.object for finding in report.findings} == {UNIT, "worker"}
        assert report.findings[0].proposed_action == proposal


async def test_a_model_that_gives_no_answer_is_unknown_never_ok(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(NoAnswer("it refused", 0.1))) as host:
        done, report = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), ALWAYS)

        assert (done.state, report.verdict) == (RunState.UNKNOWN, Verdict.UNKNOWN)
        assert done.reason == "model: it refused"
        assert done.cost_usd == 0.1


async def test_a_model_that_is_away_keeps_the_rules_going(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(NoAnswer("no route"))) as host:
        check = ScriptedCheck("systemd_unit", (FAILED,))
        await run(host, check, ALWAYS)
        check.answer = (HEALTHY,)

        await run(host, check, ALWAYS)

        assert await host.stage_of(UNIT) == "resolved"


async def test_a_broken_budget_is_a_state_of_its_own(tmp_path: Path) -> None:
    agent = ScriptedAgent(NoAnswer("over budget", 0.1, over_budget=True))
    async with scenario(tmp_path, agent=agent) as host:
        done, _ = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), ALWAYS)

        assert done.state is RunState.BUDGET


async def test_a_document_without_checks_and_without_a_model_is_unknown(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        done, report = await run(host, None, ALWAYS)

        assert report.verdict is Verdict.UNKNOWN
        assert "no model is configured" in done.reason


async def test_a_model_that_does_not_know_makes_the_run_unknown(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=saying(Verdict.UNKNOWN)) as host:
        _, report = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), ALWAYS)

        assert report.verdict is Verdict.UNKNOWN


async def test_what_the_host_does_not_have_is_a_note_and_no_finding(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        absent = (Absent("systemd"), Absent("the journal", "add cortex to group systemd-journal"))
        done, report = await run(host, ScriptedCheck("systemd_unit", absent))

        assert (done.state, report.verdict) == (RunState.OK, Verdict.OK)
        assert report.notes == (
            "no systemd on this host",
            "no access to the journal: add cortex to group systemd-journal",
        )


async def test_a_number_is_judged_with_hysteresis_and_kept_as_a_sample(tmp_path: Path) -> None:
    threshold = Threshold(warning=80, critical=90, clear=75)

    def filled(percent: float) -> Observation:
        return Observation("/srv", f"/srv is {percent:g}% full", value=percent, unit="%", threshold=threshold)

    async with scenario(tmp_path) as host:
        check = ScriptedCheck("disk")
        verdicts = []
        for percent in (79, 81, 77, 74):
            check.answer = (filled(percent),)
            verdicts.append((await run(host, check))[1].verdict)
            host.clock.advance(60)

        assert verdicts == [Verdict.OK, Verdict.WARNING, Verdict.WARNING, Verdict.OK]
        series = await host.monitor.series("disk", "/srv", host.clock.now().replace(year=2000))
        assert [value for _, value in series] == [79, 81, 77, 74]


async def test_a_state_that_must_last_is_no_finding_before(tmp_path: Path) -> None:
    lasting = Threshold(warning=80, for_s=120)
    busy = Observation("cpu", "cpu is busy", value=99.0, unit="%", threshold=lasting)
    async with scenario(tmp_path) as host:
        check = ScriptedCheck("cpu", (busy,))
        verdicts = []
        for _ in range(3):
            verdicts.append((await run(host, check))[1].verdict)
            host.clock.advance(60)

        assert verdicts == [Verdict.OK, Verdict.OK, Verdict.WARNING]


async def test_a_service_that_is_still_starting_after_boot_is_no_fault(tmp_path: Path) -> None:
    starting = Observation(UNIT, "not active", severity=Severity.CRITICAL, boot_grace=True)
    async with scenario(tmp_path) as host:
        host.rules.boot_grace_s = 86400.0 + 100.0
        await host.reboot()

        _, early = await run(host, ScriptedCheck("systemd_unit", (starting,)))
        host.clock.advance(101)
        _, late = await run(host, ScriptedCheck("systemd_unit", (starting,)))

        assert (early.verdict, late.verdict) == (Verdict.OK, Verdict.CRITICAL)


async def test_the_task_names_only_actions_that_the_document_allows(tmp_path: Path) -> None:
    tasks: list[Task] = []

    def answer(task: Task) -> Answer:
        tasks.append(task)
        return Answer(task.run_id, Verdict.OK, "fine", (), 0.0)

    async with scenario(tmp_path, agent=ScriptedAgent(answer)) as host:
        await run(host, ScriptedCheck("systemd_unit", (FAILED,)), ON_FINDING)

        assert tasks[0].actions == ["restart_unit"]
