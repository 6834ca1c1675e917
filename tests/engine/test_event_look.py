"""What the host tells leads to a look of the checks that it concerns, and of no others."""

from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.host_event import ANY, Concern, EventSource, HostEvent
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.investigation import Answer, Task
from probed.core.observation import Absent, Observation
from probed.core.report import Verdict
from probed.core.run import RunState, Trigger
from probed.core.threshold import Threshold
from probed.engine.notice import SETTLE_S
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

WEB, DB = "web.service", "db.service"
ALL = (Concern(EventSource.SYSTEMD),)


def failed(unit: str) -> Observation:
    return Observation(unit, f"{unit} failed", severity=Severity.CRITICAL)


def healthy(unit: str) -> Observation:
    return Observation(unit, f"{unit} is active")


def units(*names: str, concerns: tuple[Concern, ...] = ALL) -> ScriptedCheck:
    return ScriptedCheck("systemd_unit", tuple(healthy(name) for name in names), concerns=concerns)


async def tell(host: Host, object_: str, source: EventSource = EventSource.SYSTEMD) -> None:
    """The event, and all that it leads to once it has settled."""
    host.engine.noticer.notice(HostEvent(source, object_))
    host.clock.advance(1)
    host.engine.noticer.begin_due()
    await host.engine.noticer.settled()


async def runs_by_event(host: Host) -> list[str]:
    return [run.reason for run in (await host.monitor.runs(50)).items if run.trigger is Trigger.EVENT]


async def test_a_service_that_dies_is_found_without_waiting_for_the_schedule(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check, other = units(WEB), ScriptedCheck("disk", (Observation("/srv", "fine"),))
        host.document(with_actions(), [check, other])
        check.answer = (failed(WEB),)

        await tell(host, WEB)

        [run] = (await host.monitor.runs(10)).items
        assert (run.trigger, run.state, run.reason) == (Trigger.EVENT, RunState.OK, "systemd tells of web.service")
        assert run.report_id
        report = await host.monitor.report(run.report_id)
        assert [finding.object for finding in report.findings] == [WEB]
        assert (report.verdict, report.is_partial) == (Verdict.CRITICAL, True)
        assert await host.stage_of(WEB) == "told"
        assert (check.looks, other.looks) == (1, 0)


async def test_an_event_concerns_only_the_documents_that_hold_a_check_of_that_object(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        web = units(WEB, concerns=(Concern(EventSource.SYSTEMD, (WEB,)),))
        rest = units(DB, concerns=(Concern(EventSource.SYSTEMD, (ANY,), exclude=("web*",)),))
        file = ScriptedCheck("file", concerns=(Concern(EventSource.FILES, (WEB,)),))
        for name, check in (("web", web), ("rest", rest), ("file", file)):
            host.document(with_actions(named=name), [check])

        await tell(host, WEB)
        assert (web.looks, rest.looks, file.looks) == (1, 0, 0)
        await tell(host, DB)
        assert (web.looks, rest.looks, file.looks) == (1, 1, 0)


async def test_what_brings_no_news_is_not_recorded(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        host.document(with_actions(), [check])

        await tell(host, WEB)
        check.answer = (failed(WEB),)
        await tell(host, DB)
        await tell(host, "another.service")

        assert check.looks == 3
        assert await runs_by_event(host) == ["systemd tells of db.service"]


async def test_what_is_healthy_again_has_resolved_at_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        host.document(with_actions(), [check])
        check.answer = (failed(WEB),)
        await host.run("services")

        check.answer = (Observation("units", "no unit has failed"),)
        await tell(host, WEB)

        assert await host.stage_of(WEB) == "resolved"


async def test_it_says_nothing_of_the_checks_that_did_not_look(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        full = ScriptedCheck("disk", (Observation("/srv", "/srv is full", severity=Severity.CRITICAL),))
        missing = ScriptedCheck("docker_container", (Absent("Docker engine"),))
        host.document(with_actions(), [check, full, missing])
        await host.run("services")

        check.answer = (failed(WEB),)
        await tell(host, WEB)

        assert await host.stage_of("/srv") == "told"
        [latest] = await host.monitor.latest_reports()
        assert not latest.is_partial
        assert latest.notes == ("no Docker engine on this host",)


async def test_it_ends_no_silence_of_the_inspection(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check, broken = units(WEB), ScriptedCheck("disk")
        broken.fail("the disk gives no answer")
        host.document(with_actions(), [check, broken])
        await host.run("services")
        check.answer = (failed(WEB),)
        await tell(host, WEB)
        await host.run("services")

        assert await host.stage_of("services") == "told"
        check.answer = (healthy(WEB),)
        await tell(host, WEB)
        assert await host.stage_of("services") == "told"


async def test_where_a_check_is_named_twice_only_what_was_seen_is_spoken_for(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        web = units(WEB, concerns=(Concern(EventSource.SYSTEMD, (WEB,)),))
        db = units(DB, concerns=(Concern(EventSource.SYSTEMD, (DB,)),))
        web.answer, db.answer = (failed(WEB),), (failed(DB),)
        host.document(with_actions(), [web, db])
        await host.run("services")

        web.answer, db.answer = (healthy(WEB),), (healthy(DB),)
        await tell(host, WEB)

        assert (await host.stage_of(WEB), await host.stage_of(DB)) == ("resolved", "told")
        assert {seen.object for seen in host.engine.remembered.latest[("services", "systemd_unit")]} == {WEB, DB}


async def test_a_run_that_looked_before_the_event_does_not_bring_back_what_was(tmp_path: Path) -> None:
    check = units(WEB)

    async def died_meanwhile(task: Task) -> Answer:
        host.clock.advance(1)
        check.answer = (failed(WEB),)
        await tell(host, WEB)
        return Answer(task.run_id, Verdict.OK, "all is well", (), 0.0)

    agent = ScriptedAgent(lambda task: Answer(task.run_id, Verdict.OK, "", (), 0.0))
    agent.investigate = died_meanwhile  # type: ignore[method-assign]
    async with scenario(tmp_path, agent=agent) as host:
        host.document(with_actions(agent=AgentRule(AgentWhen.ALWAYS)), [check])

        run = await host.run("services")

        assert await host.stage_of(WEB) == "told"
        assert run.report_id
        assert (await host.monitor.report(run.report_id)).verdict is Verdict.CRITICAL


async def test_no_model_is_asked(tmp_path: Path) -> None:
    agent = ScriptedAgent(lambda task: Answer(task.run_id, Verdict.CRITICAL, "words", (), 0.0))
    async with scenario(tmp_path, agent=agent) as host:
        check = units(WEB)
        check.answer = (failed(WEB),)
        host.document(with_actions(agent=AgentRule(AgentWhen.ON_FINDING)), [check])

        await tell(host, WEB)

        assert await runs_by_event(host)
        assert agent.tasks == []


async def test_a_check_that_gives_no_answer_after_an_event_is_left_to_the_schedule(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        check.answer = (failed(WEB),)
        host.document(with_actions(), [check])
        await host.run("services")

        check.fail("systemctl gave no answer")
        await tell(host, WEB)

        assert await host.stage_of(WEB) == "told"
        assert await runs_by_event(host) == []


async def test_what_a_check_remembers_is_stored_with_what_it_found(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = replace(units(WEB), remembers=True, memory={"cursor": 1})
        host.document(with_actions(), [check])
        await tell(host, WEB)
        check.answer, check.memory = (failed(WEB),), {"cursor": 2}
        await tell(host, DB)
        await tell(host, "another.service")

        assert check.known == [{}, {}, {"cursor": 2}]


async def test_a_paused_inspection_stays_paused(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        host.document(with_actions(), [check])
        await host.engine.operator.pause("services", ANN)

        await tell(host, WEB)

        assert check.looks == 0


async def test_a_storm_of_events_is_one_look(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        check.answer = (failed(WEB),)
        host.document(with_actions(), [check])
        for number in range(5000):
            host.engine.noticer.notice(HostEvent(EventSource.SYSTEMD, f"worker-{number}.service"))

        await tell(host, WEB)

        assert check.looks == 1
        assert await runs_by_event(host) == ["systemd tells of worker-0.service and 63 more"]


async def test_a_crash_loop_becomes_no_loop_of_looks(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        host.document(with_actions(), [check])
        for _ in range(600):  # ten times a second for a minute
            host.engine.noticer.notice(HostEvent(EventSource.SYSTEMD, WEB))
            host.clock.advance(0.1)
            host.engine.noticer.begin_due()
            await host.engine.noticer.settled()

        assert 3 <= check.looks <= 8


async def test_an_event_waits_a_moment_for_what_belongs_to_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        host.document(with_actions(), [check])
        host.engine.noticer.notice(HostEvent(EventSource.SYSTEMD, WEB))

        wait_s = host.engine.noticer.begin_due()

        assert wait_s == pytest.approx(SETTLE_S)
        assert check.looks == 0


@pytest.mark.parametrize("reason", ["lasts", "grace"])
async def test_what_is_not_told_yet_is_looked_at_again_before_the_schedule_comes_round(
    tmp_path: Path, reason: str
) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        host.document(with_actions(), [check])
        if reason == "lasts":
            check.answer = (replace(failed(WEB), threshold=Threshold(for_s=20.0)),)
        else:
            check.answer = (replace(failed(WEB), boot_grace=True),)
            host.engine.judge.boot_grace_s = 1e9
        await tell(host, WEB)
        assert await runs_by_event(host) == []

        for second in range(60):
            if second == 20:
                host.engine.judge.boot_grace_s = 0.0
            host.clock.advance(1)
            host.engine.noticer.begin_due()
            await host.engine.noticer.settled()

        assert len(await runs_by_event(host)) == 1
        assert check.looks <= 6, "it is looked at later each time, and no more once it is told"


async def test_in_the_grace_after_boot_a_service_that_dies_is_no_fault(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        check = units(WEB)
        check.answer = (replace(failed(WEB), boot_grace=True),)
        host.document(with_actions(), [check])
        host.engine.judge.boot_grace_s = 2000.0

        await tell(host, WEB)
        assert await runs_by_event(host) == []
        host.clock.advance(2000)
        await tell(host, WEB)

        assert len(await runs_by_event(host)) == 1
