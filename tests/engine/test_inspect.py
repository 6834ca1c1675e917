from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.finding import ActionCall, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Task
from probed.core.observation import Absent, Observation
from probed.core.report import Report, Verdict
from probed.core.run import Run, RunState
from probed.core.threshold import Threshold
from probed.engine.ingest import Ingest
from probed.errors import CannotPersist, NoAnswer
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import Host, scenario, with_actions
from tests.factories import measured

UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL)
HEALTHY = Observation(UNIT, "active")
ALWAYS = AgentRule(AgentWhen.ALWAYS)
ON_FINDING = AgentRule(AgentWhen.ON_FINDING)


def saying(verdict: Verdict, *findings: Finding) -> ScriptedAgent:
    return ScriptedAgent(lambda task: Answer(task.run_id, verdict, "the model's words", findings, cost_usd=0.02))


async def run(host: Host, *checks: ScriptedCheck | None, agent: AgentRule = AgentRule()) -> tuple[Run, Report]:  # noqa: B008
    host.document(with_actions(l2=["restart_unit"], agent=agent), [check for check in checks if check])
    done = await host.run("services")
    assert done.report_id
    return done, await host.monitor.report(done.report_id)


async def test_a_healthy_host_is_ok_and_costs_nothing(tmp_path: Path) -> None:
    agent = saying(Verdict.OK)
    async with scenario(tmp_path, agent=agent) as host:
        done, report = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), agent=ON_FINDING)

        assert (done.state, report.verdict, report.summary) == (RunState.OK, Verdict.OK, "all checks passed")
        assert agent.tasks == []


async def test_the_model_is_asked_about_a_finding_and_its_words_are_the_summary(tmp_path: Path) -> None:
    agent = saying(Verdict.CRITICAL)
    async with scenario(tmp_path, agent=agent) as host:
        done, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), agent=ON_FINDING)

        assert [task.run_id for task in agent.tasks] == [done.id]
        assert report.summary == "the model's words"
        assert report.cost_usd == done.cost_usd == 0.02


async def test_the_model_cannot_soften_what_a_check_found(tmp_path: Path) -> None:
    softened = Finding("systemd_unit", UNIT, Severity.INFO, "nothing to see")
    async with scenario(tmp_path, agent=saying(Verdict.OK, softened)) as host:
        _, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), agent=ON_FINDING)

        assert report.verdict is Verdict.CRITICAL
        assert [finding.summary for finding in report.findings] == [FAILED.summary]


async def test_the_model_may_add_a_finding_and_propose_an_action(tmp_path: Path) -> None:
    proposal = ActionCall("restart_unit", {"unit": UNIT})
    added = Finding("memory", "worker", Severity.WARNING, "worker leaks")
    proposing = Finding("systemd_unit", UNIT, Severity.CRITICAL, "failed", proposed_action=proposal)
    async with scenario(tmp_path, agent=saying(Verdict.CRITICAL, proposing, added)) as host:
        _, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), agent=ON_FINDING)

        assert {finding.object for finding in report.findings} == {UNIT, "worker"}
        assert report.findings[0].proposed_action == proposal


async def test_a_model_that_gives_no_answer_is_unknown_never_ok(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(NoAnswer("it refused", 0.1))) as host:
        done, report = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), agent=ALWAYS)

        assert (done.state, report.verdict) == (RunState.UNKNOWN, Verdict.UNKNOWN)
        assert done.reason == "model: it refused"
        assert done.cost_usd == 0.1


async def test_a_model_that_is_away_keeps_the_rules_going(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(NoAnswer("no route"))) as host:
        check = ScriptedCheck("systemd_unit", (FAILED,))
        await run(host, check, agent=ALWAYS)
        check.answer = (HEALTHY,)

        await run(host, check, agent=ALWAYS)

        assert await host.stage_of(UNIT) == "resolved"


async def test_a_broken_budget_is_a_state_of_its_own(tmp_path: Path) -> None:
    agent = ScriptedAgent(NoAnswer("over budget", 0.1, over_budget=True))
    async with scenario(tmp_path, agent=agent) as host:
        done, _ = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), agent=ALWAYS)

        assert done.state is RunState.BUDGET


async def test_a_document_without_checks_and_without_a_model_is_unknown(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        done, report = await run(host, None, agent=ALWAYS)

        assert report.verdict is Verdict.UNKNOWN
        assert "no model is configured" in done.reason


async def test_a_model_that_does_not_know_makes_the_run_unknown(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=saying(Verdict.UNKNOWN)) as host:
        _, report = await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), agent=ALWAYS)

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
        series = await measured(host.monitor, "disk", "/srv", host.clock.now() - timedelta(days=1))
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


async def test_what_must_last_does_so_across_a_look_that_gave_no_answer(tmp_path: Path) -> None:
    busy = Observation("cpu", "cpu is busy", value=99.0, unit="%", threshold=Threshold(warning=80, for_s=120))
    async with scenario(tmp_path) as host:
        check = ScriptedCheck("cpu", (busy,))
        await run(host, check)
        check.fail("no answer")
        await run(host, check)
        host.clock.advance(120)
        check.answer = (busy,)

        assert (await run(host, check))[1].verdict is Verdict.WARNING


async def test_a_service_that_is_still_starting_after_boot_is_no_fault(tmp_path: Path) -> None:
    starting = Observation(UNIT, "not active", severity=Severity.CRITICAL, boot_grace=True)
    async with scenario(tmp_path) as host:
        host.rules.boot_grace_s = host.clock.monotonic() + 100.0
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
        await run(host, ScriptedCheck("systemd_unit", (FAILED,)), agent=ON_FINDING)

        assert list(tasks[0].actions) == ["restart_unit"]


@pytest.mark.parametrize("error", [PermissionError("EACCES"), SystemExit(3)])
async def test_a_check_that_breaks_gives_no_answer_and_the_second_time_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def look() -> None:
        raise error

    async with scenario(tmp_path) as host:
        check = ScriptedCheck("systemd_unit", (HEALTHY,))
        await run(host, check)
        monkeypatch.setattr(check, "look", look)

        _, first = await run(host, check)
        done, _ = await run(host, check)
        await host.passes(5)

        assert (done.state, first.verdict) == (RunState.UNKNOWN, Verdict.UNKNOWN)
        assert first.unanswered == (f"systemd_unit: {type(error).__name__}: {error}",)
        assert [title for title in host.told if "gives no answer" in title]


async def test_a_check_that_breaks_hides_nothing_that_the_others_found(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        broken = ScriptedCheck("disk", None)  # type: ignore[arg-type]

        _, report = await run(host, broken, ScriptedCheck("systemd_unit", (FAILED,)))

        assert (report.verdict, len(report.unanswered)) == (Verdict.CRITICAL, 1)


def failing(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The next `times` reports are not taken in."""
    real, left = Ingest.take_in, iter(range(times))

    async def take_in(self: Ingest, *arguments: object) -> None:
        if next(left, None) is not None:
            raise CannotPersist
        await real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Ingest, "take_in", take_in)


async def test_a_run_that_fails_has_a_report_that_says_so_and_the_second_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        check = ScriptedCheck("systemd_unit", (FAILED,))
        await run(host, check)
        check.answer = (HEALTHY,)
        failing(monkeypatch, times=1)
        done, report = await run(host, check)
        failing(monkeypatch, times=1)
        await run(host, check)
        await host.passes(5)

        assert (done.state, report.verdict) == (RunState.FAILED, Verdict.UNKNOWN)
        assert report.unanswered == (str(CannotPersist()),)
        assert await host.stage_of(UNIT) == "asking", "what was found before is not solved by a failure"
        assert [title for title in host.told if "gives no answer" in title]


async def test_a_failure_that_cannot_be_reported_ends_the_run_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit", (FAILED,))])
        failing(monkeypatch, times=2)

        done = await host.run("services")

        assert (done.state, done.report_id, done.reason) == (RunState.FAILED, None, str(CannotPersist()))


async def test_two_checks_of_one_object_are_one_finding_the_worst_with_the_words_of_both(tmp_path: Path) -> None:
    late = Observation("sh", "the queue is long", severity=Severity.WARNING)
    old = Observation("sh", "the backup is old", severity=Severity.CRITICAL)
    async with scenario(tmp_path) as host:
        _, report = await run(host, ScriptedCheck("command", (late,)), ScriptedCheck("command", (old,)))
        await host.settles()

        [finding] = report.findings
        assert (finding.severity, finding.summary) == (Severity.CRITICAL, "the backup is old; the queue is long")
        assert len((await host.monitor.cases(10)).items) == 1


async def test_what_must_last_does_so_although_a_second_call_of_its_check_finds_the_object_healthy(
    tmp_path: Path,
) -> None:
    lasting = Observation(
        "sh", "the queue is long", severity=Severity.WARNING, value=9, threshold=Threshold(5, for_s=60)
    )
    healthy = Observation("sh", "the backup is fresh")
    async with scenario(tmp_path) as host:
        verdicts = []
        for _ in range(2):
            _, report = await run(host, ScriptedCheck("command", (lasting,)), ScriptedCheck("command", (healthy,)))
            verdicts.append(report.verdict)
            host.clock.advance(60)

        assert verdicts == [Verdict.OK, Verdict.WARNING]


async def test_names_that_are_no_text_are_stored_with_what_was_found(tmp_path: Path) -> None:
    mount = "/mnt/usb\udcff"
    seen = Observation(
        mount, f"{mount} is full", severity=Severity.CRITICAL, evidence={"mount_point": mount, "x": "\0"}
    )
    async with scenario(tmp_path) as host:
        _, report = await run(host, ScriptedCheck("disk", (seen, FAILED, Absent(mount, "mount it"))))

        assert {finding.object for finding in report.findings} == {r"/mnt/usb\udcff", UNIT}
        assert report.findings[0].evidence == {"mount_point": r"/mnt/usb\udcff", "x": r"\x00"}
        assert report.notes == (r"no access to /mnt/usb\udcff: mount it",)


async def test_a_failure_that_names_no_text_is_stored(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=ScriptedAgent(NoAnswer("no route to \udcff"))) as host:
        check = ScriptedCheck("disk")
        check.fail("/mnt/usb\udcff does not answer")

        done, _ = await run(host, check, agent=ALWAYS)

        assert done.reason == r"disk: /mnt/usb\udcff does not answer; model: no route to \udcff"


async def test_what_cannot_be_seen_any_more_is_not_solved(tmp_path: Path) -> None:
    hidden = Absent("the Docker engine", "add the daemon's user to the group docker")
    async with scenario(tmp_path) as host:
        check = ScriptedCheck("docker_container", (FAILED,))
        await run(host, check)
        check.answer = (hidden,)

        _, report = await run(host, check)

        assert await host.stage_of(UNIT) == "asking"
        assert report.verdict is Verdict.OK


async def test_a_note_beside_what_was_seen_keeps_nothing_open(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = ScriptedCheck("systemd_unit", (FAILED,))
        await run(host, check)
        check.answer = (Observation("units", "no unit has failed"), Absent("the journal", "join its group"))

        await run(host, check)

        assert await host.stage_of(UNIT) == "resolved"


async def test_what_only_the_model_found_has_a_name_of_its_own(tmp_path: Path) -> None:
    added = Finding("systemd_unit", "worker", Severity.WARNING, "worker leaks")
    async with scenario(tmp_path, agent=saying(Verdict.CRITICAL, added)) as host:
        _, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), agent=ON_FINDING)

        assert [finding.identity for finding in report.findings] == [
            ("systemd_unit", UNIT),
            ("agent.systemd_unit", "worker"),
        ]


LEAK = Finding("memory", "worker", Severity.WARNING, "worker leaks")


async def leaking(host: Host) -> ScriptedCheck:
    """The model has found a leak, beside a unit that a check found failed; now the unit is well again."""
    check = ScriptedCheck("systemd_unit", (FAILED,))
    await run(host, check, agent=ALWAYS)
    check.answer = (HEALTHY,)
    assert await host.stage_of("worker") != "resolved"
    return check


async def are_resolved(host: Host) -> tuple[bool, bool]:
    """Of the model and of the check."""
    return await host.stage_of("worker") == "resolved", await host.stage_of(UNIT) == "resolved"


@pytest.mark.parametrize(
    "answer", [NoAnswer("no route"), lambda task: Answer(task.run_id, Verdict.UNKNOWN, "?", (), 0)]
)
async def test_what_the_model_found_stays_while_it_does_not_answer(tmp_path: Path, answer: NoAnswer) -> None:
    agent = saying(Verdict.CRITICAL, LEAK)
    async with scenario(tmp_path, agent=agent) as host:
        check = await leaking(host)
        agent.answer = answer

        await run(host, check, agent=ALWAYS)

        assert await are_resolved(host) == (False, True)


async def test_what_the_model_found_stays_when_no_model_is_configured_any_more(tmp_path: Path) -> None:
    async with scenario(tmp_path, agent=saying(Verdict.CRITICAL, LEAK)) as host:
        check = await leaking(host)
        host.agent = None
        await host.reboot()

        await run(host, check, agent=ALWAYS)

        assert await are_resolved(host) == (False, True)


async def test_what_the_model_found_is_over_when_it_answers_without_it(tmp_path: Path) -> None:
    agent = saying(Verdict.CRITICAL, LEAK)
    async with scenario(tmp_path, agent=agent) as host:
        check = await leaking(host)
        agent.answer = saying(Verdict.OK).answer

        await run(host, check, agent=ALWAYS)

        assert await are_resolved(host) == (True, True)


async def test_what_the_model_found_is_over_when_the_document_does_not_want_it_and_every_check_answers(
    tmp_path: Path,
) -> None:
    async with scenario(tmp_path, agent=saying(Verdict.CRITICAL, LEAK)) as host:
        check = await leaking(host)
        silent = ScriptedCheck("disk")
        silent.fail("no answer")

        await run(host, check, silent, agent=ON_FINDING)
        first = await are_resolved(host)
        await run(host, check, agent=ON_FINDING)

        assert (first, await are_resolved(host)) == ((False, True), (True, True))


async def test_a_model_driver_that_breaks_hides_nothing_that_the_checks_found(tmp_path: Path) -> None:
    def broken(task: Task) -> Answer:
        raise ZeroDivisionError

    async with scenario(tmp_path, agent=ScriptedAgent(broken)) as host:
        done, report = await run(host, ScriptedCheck("systemd_unit", (FAILED,)), agent=ON_FINDING)

        assert (done.state, report.verdict) == (RunState.UNKNOWN, Verdict.CRITICAL)
        assert report.unanswered == ("model: ZeroDivisionError: ",)


async def test_what_a_document_no_longer_looks_at_is_shown_no_more(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)), ScriptedCheck("disk"))
        await run(host, ScriptedCheck("systemd_unit", (HEALTHY,)))

        assert set(host.engine.remembered.latest) == {("services", "systemd_unit")}


async def test_what_a_person_should_know_of_an_answer_is_a_note_of_the_report(tmp_path: Path) -> None:
    def answer(task: Task) -> Answer:
        return Answer(task.run_id, Verdict.OK, "fine", (), 0.1, notes=("its cost is a guess",))

    async with scenario(tmp_path, agent=ScriptedAgent(answer)) as host:
        await run(host, ScriptedCheck("systemd_unit", (FAILED,)), agent=ON_FINDING)

        assert "its cost is a guess" in (await host.monitor.reports(1)).items[0].notes


@pytest.mark.parametrize("is_told", [False, True])
async def test_a_model_that_is_missed_once_for_all_is_not_missed_by_each_inspection_again(
    tmp_path: Path, *, is_told: bool
) -> None:
    failure = NoAnswer("no model can be asked")
    failure.is_told = is_told
    async with scenario(tmp_path, agent=ScriptedAgent(failure)) as host:
        for _ in range(3):
            ended, _ = await run(host, ScriptedCheck("memory"), agent=AgentRule(AgentWhen.ALWAYS))
            await host.passes(60, step_s=30)

        assert (ended.state, ended.reason) == (RunState.UNKNOWN, "model: no model can be asked")
        assert any("gives no answer" in title for title in host.told) is not is_told
