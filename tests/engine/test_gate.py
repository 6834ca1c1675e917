"""When a run asks the model, and what it says where it does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from probed.core.finding import ActionCall, Finding, Grounding, Severity
from probed.core.injection import CHECK
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer
from probed.core.observation import Absent, Observation
from probed.core.permission import Mode
from probed.core.report import Report, Verdict
from probed.core.run import Run
from probed.errors import CheckFailed, NoAnswer
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.corpus.reading import injections
from tests.engine.scenario import Host, scenario, with_actions

UNIT = "nginx.service"
FAILED = Observation(UNIT, f"{UNIT} failed", severity=Severity.CRITICAL, evidence={"result": "exit-code"})
HEALTHY = Observation(UNIT, "active")
FULL = Observation("/srv", "/srv is 91% full", severity=Severity.WARNING, evidence={"free_bytes": 10**9})
BECAUSE = Finding("config", UNIT, Severity.WARNING, "line 7 of nginx.conf is wrong")
DAY_S = 86400


def told(check: ScriptedCheck, *observations: Observation | Absent) -> None:
    check.answer = observations


def saying(*findings: Finding) -> ScriptedAgent:
    return ScriptedAgent(
        lambda task: Answer(task.run_id, Verdict.WARNING, "the model's words", findings, cost_usd=0.02)
    )


def watched(host: Host, *checks: ScriptedCheck, when: AgentWhen = AgentWhen.ON_FINDING) -> None:
    host.document(with_actions(l2=["restart_unit"], agent=AgentRule(when)), checks)


async def looked(host: Host) -> tuple[Run, Report]:
    run = await host.run("services")
    assert run.report_id
    return await host.monitor.run(run.id), await host.monitor.report(run.report_id)


async def test_equal_evidence_is_analysed_once_and_its_answer_stays(tmp_path: Path) -> None:
    agent, check = saying(BECAUSE), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        first, _ = await looked(host)
        host.clock.advance(300)
        second, report = await looked(host)

        assert len(agent.tasks) == 1
        assert (first.gate, first.gate_reason) == ("first", f"systemd_unit {UNIT}")
        assert (second.gate, second.gate_reason) == ("unchanged", f"unchanged since run {first.id}")
        assert (report.carried_from, report.cost_usd) == (first.id, 0)
        assert report.summary == "the model's words"
        assert {finding.check for finding in report.findings} == {"systemd_unit", "agent.config"}
        assert ("agent.config", UNIT) in await host.monitor.open_of("services")
        assert host.engine.gate.counts == {"first": 1, "unchanged": 1}
        (spending,) = await host.monitor.spending(host.clock.now().replace(day=1))
        assert (spending.inspection_id, spending.saved) == ("services", 1)


async def test_a_restart_of_the_daemon_is_no_reason_to_ask_again(tmp_path: Path) -> None:
    agent, check = saying(BECAUSE), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        await looked(host)
        await host.reboot()
        _, report = await looked(host)

        assert len(agent.tasks) == 1
        assert report.carried_from


async def test_news_are_asked(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        await looked(host)
        told(check, FAILED, FULL)
        run, report = await looked(host)

        assert len(agent.tasks) == 2
        assert run.gate_reason == "new: systemd_unit /srv"
        assert report.carried_from == ""


async def test_what_comes_and_goes_is_analysed_once(tmp_path: Path) -> None:
    agent, check = saying(BECAUSE), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        for _ in range(5):
            told(check, FAILED)
            _, found = await looked(host)
            await host.passes(120, 60)
            told(check, HEALTHY)
            run, gone = await looked(host)
            await host.passes(120, 60)
            assert (run.gate, gone.findings) == ("", ())
            assert ("agent.config", UNIT) in {finding.identity for finding in found.findings}

        assert len(agent.tasks) == 1


async def test_what_was_said_of_that_which_is_over_goes_with_it(tmp_path: Path) -> None:
    proposing = Finding("systemd_unit", UNIT, Severity.CRITICAL, "x", proposed_action=ActionCall("restart_unit"))
    of_disk = Finding("growth", "/srv/log", Severity.WARNING, "the log grows")
    agent, check = saying(BECAUSE, proposing, of_disk), ScriptedCheck("systemd_unit", (FAILED, FULL))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        await looked(host)
        told(check, FULL, HEALTHY)
        _, report = await looked(host)

        assert len(agent.tasks) == 1
        assert {finding.identity for finding in report.findings} == {
            ("systemd_unit", "/srv"),
            ("agent.growth", "/srv/log"),
        }
        assert report.summary == "/srv is 91% full and 1 more"


async def test_an_analysis_ages(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        await looked(host)
        host.clock.advance(DAY_S + 60)
        run, _ = await looked(host)

        assert (len(agent.tasks), run.gate) == (2, "old")


async def test_always_means_always(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check, when=AgentWhen.ALWAYS)
        runs = [(await looked(host))[0] for _ in range(3)]

        assert len(agent.tasks) == 3
        assert {run.gate for run in runs} == {"always"}


async def test_a_model_that_gives_no_answer_is_left_alone_for_a_while_and_the_run_is_unknown(tmp_path: Path) -> None:
    agent, check = ScriptedAgent(NoAnswer("garbage", 0.1)), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        causes = [(await looked(host))[0].gate for _ in range(3)]
        run, report = await looked(host)
        host.clock.advance(301)
        again, _ = await looked(host)

        assert causes == ["first", "unanswered", "paused"]
        assert "no answer 2 times in a row" in run.reason
        assert not report.is_answer
        assert (again.gate, len(agent.tasks)) == ("unanswered", 3)


async def test_while_no_model_is_asked_what_one_has_read_to_lead_it_goes_on_being_told(tmp_path: Path) -> None:
    refused = NoAnswer("refused", 0.1)
    refused.transcript = "{}"
    text = next(text for _, text in injections())
    check = ScriptedCheck("logs", (Observation("app.log", text, severity=Severity.WARNING),))
    async with scenario(tmp_path, agent=ScriptedAgent(refused)) as host:
        watched(host, check)
        looks = [await looked(host) for _ in range(3)]

        told = [[each.severity for each in report.findings if each.check == CHECK] for _, report in looks]
        assert [run.gate for run, _ in looks] == ["first", "unanswered", "paused"]
        assert told == [[Severity.WARNING]] * 3


async def test_a_check_that_gives_no_answer_twice_leaves_a_question(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", CheckFailed("the bus hangs"))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        first, _ = await looked(host)
        second, report = await looked(host)
        third, _ = await looked(host)

        assert (first.gate, second.gate, third.gate) == ("", "first", "unchanged")
        assert len(agent.tasks) == 1
        assert not report.is_answer


async def test_what_is_absent_explains_itself(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (Absent("systemd", "install it"),))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        for _ in range(3):
            run, _ = await looked(host)

        assert (run.gate, agent.tasks) == ("", [])


async def test_what_a_removed_inspection_was_told_is_forgotten(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        await looked(host)
        await host.engine.retirement.retire("services")

        known, _ = await host.monitor.analyses("services")
        assert known == []


async def test_many_findings_are_bounded(tmp_path: Path) -> None:
    agent = saying()
    check = ScriptedCheck("systemd_unit", tuple(replace(FULL, object=f"/srv/{number}") for number in range(700)))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        await looked(host)
        await looked(host)

        (known,), _ = await host.monitor.analyses("services")
        assert (len(agent.tasks), len(known.marks)) == (1, 501)


async def test_numbers_that_stand_in_no_evidence_are_marked_counted_and_kept(tmp_path: Path) -> None:
    said = Finding("growth", "/srv/log", Severity.WARNING, "1 GB of 97 GB are left", cites=("o1",))
    agent, check = saying(said), ScriptedCheck("systemd_unit", (FULL,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        _, asked = await looked(host)
        _, carried = await looked(host)

        for report in (asked, carried):
            (finding,) = (each for each in report.findings if each.is_from_model)
            assert finding.summary == "1 GB of 97 GB are left (not in the evidence: 97 GB)"
            assert finding.grounding == Grounding(2, 1, ("97 GB",), ("o1",), ())
            assert report.grounding == finding.grounding
        assert host.engine.gate.claims == {"yes": 1, "no": 1}


async def test_a_finding_that_cites_nothing_is_marked_and_not_refused(tmp_path: Path) -> None:
    agent, check = saying(BECAUSE), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        watched(host, check)
        _, report = await looked(host)

        assert report.findings[-1].summary.endswith("(not in the evidence: 7; cites no evidence)")


def mended_by_itself(host: Host, check: ScriptedCheck) -> None:
    host.document(with_actions(l1=["restart_unit"], agent=AgentRule(AgentWhen.UNSOLVED)), [check])


async def test_a_fix_that_code_knows_is_tried_before_the_model_is_asked(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        mended_by_itself(host, check)
        run, report = await looked(host)
        await host.settles()

        assert run.gate == "fix"
        assert run.gate_reason.startswith("a known fix is tried first: restart_unit")
        assert report.is_answer
        assert (agent.tasks, len(host.action.executed)) == ([], 1)


async def test_a_fix_that_did_not_help_leaves_a_question(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        host.action.helps = False
        mended_by_itself(host, check)
        await looked(host)
        await host.settles()
        run, _ = await looked(host)

        assert (run.gate, len(agent.tasks)) == ("first", 1)


async def test_what_only_would_have_been_done_leaves_a_question(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent, mode=Mode.OBSERVE) as host:
        mended_by_itself(host, check)
        run, _ = await looked(host)

        assert (run.gate, len(agent.tasks)) == ("first", 1)


async def test_one_problem_without_a_fix_is_a_question_about_all(tmp_path: Path) -> None:
    agent = saying()
    check, silent = ScriptedCheck("systemd_unit", (FAILED,)), ScriptedCheck("http", CheckFailed("no answer"))
    async with scenario(tmp_path, agent=agent) as host:
        host.document(with_actions(l1=["restart_unit"], agent=AgentRule(AgentWhen.UNSOLVED)), [check, silent])
        run, _ = await looked(host)

        assert (run.gate, len(agent.tasks)) == ("first", 1)


async def test_a_document_that_says_on_finding_is_asked_beside_the_fix(tmp_path: Path) -> None:
    agent, check = saying(), ScriptedCheck("systemd_unit", (FAILED,))
    async with scenario(tmp_path, agent=agent) as host:
        host.document(with_actions(l1=["restart_unit"], agent=AgentRule(AgentWhen.ON_FINDING)), [check])
        run, _ = await looked(host)

        assert (run.gate, len(agent.tasks)) == ("first", 1)
