import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.event import StreamEvent
from probed.core.inspection import AgentRule, AgentWhen
from probed.core.run import Run, RunState, Trigger
from probed.errors import Conflict, InvalidReport, NoAnswer, NotFound
from probed.ports import ReportDraft
from probed.testing import ScriptedAgent, ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions
from tests.factories import make_finding, make_inspection, make_run


async def test_a_second_request_joins_the_run_that_is_under_way(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])

        first = await host.engine.operator.run("services", ANN)
        second = await host.engine.operator.run("services", ANN)
        await host.engine.runs.finished("services")
        third = await host.engine.operator.run("services", ANN)

        assert first.id == second.id
        assert first.by == ANN.name
        assert third.id != first.id
        await host.engine.runs.finished("services")


async def test_an_unknown_inspection_is_not_found(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        with pytest.raises(NotFound, match="no inspection nothing; there are: none"):
            await host.engine.operator.run("nothing", ANN)


async def test_the_record_names_what_was_run_and_paused(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])

        await host.engine.operator.run("services", ANN)
        await host.engine.operator.pause("services", ANN)

        texts = [intent.text for intent in (await host.monitor.intents(10)).items]
        assert texts == ["paused services", "had services run"]
        await host.engine.runs.finished("services")


async def test_a_run_that_the_daemon_did_not_survive_is_unknown(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        lost = make_run(state=RunState.RUNNING)
        async with host.monitor.transaction() as tx:
            await tx.runs.save(lost)

        await host.reboot()

        run = await host.monitor.run(lost.id)
        assert (run.state, run.reason) == (RunState.UNKNOWN, "the daemon ended during the run")


async def test_stopping_cancels_what_does_not_end_and_begins_nothing(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])
        run = await host.engine.operator.run("services", ANN)

        await host.engine.runs.stop(deadline_s=0)

        assert (await host.monitor.run(run.id)).state is RunState.CANCELLED
        with pytest.raises(Conflict, match="stopping"):
            await host.engine.operator.run("services", ANN)


@asynccontextmanager
async def asking(folder: Path) -> AsyncIterator[tuple[Host, Run]]:
    """A run that waits for its model."""
    agent = ScriptedAgent(NoAnswer("nobody asks any more"))
    agent.may_answer.clear()
    async with scenario(folder, agent=agent) as host:
        asks = replace(with_actions(), agent=AgentRule(AgentWhen.ALWAYS))
        host.document(asks, [ScriptedCheck("systemd_unit")])
        run = await host.engine.operator.run("services", ANN)
        while not agent.tasks:  # noqa: ASYNC110  # it sets no event
            await asyncio.sleep(0.01)
        yield host, run


async def test_a_run_that_waits_for_the_model_can_be_cancelled_and_says_by_whom(tmp_path: Path) -> None:
    async with asking(tmp_path) as (host, run):
        heard: list[StreamEvent] = []
        host.monitor.subscribe(heard.append)

        ended = await host.engine.operator.cancel_run(run.id[:-2], ANN)

        assert (ended.state, ended.reason) == (RunState.CANCELLED, f"cancelled by {ANN.name}")
        assert await host.monitor.run(run.id) == ended
        assert [event.data["state"] for event in heard if event.type == "run.ended"] == ["cancelled"]
        line = (await host.monitor.intents(1)).items[0]
        assert (line.actor, line.text, line.detail["run"]) == (ANN.name, "cancelled a run of services", run.id)
        assert (await host.monitor.reports(5)).items == []
        again = await host.engine.operator.run("services", ANN)
        assert again.id != run.id
        await host.engine.operator.cancel_run(again.id, ANN)


async def test_one_that_has_not_begun_can_be_cancelled_too(tmp_path: Path) -> None:
    async with asking(tmp_path) as (host, first):
        for number in range(3):
            host.document(replace(host.catalogue.get("services").inspection, id=f"more-{number}"), [])
            await host.engine.operator.run(f"more-{number}", ANN)
        host.document(make_inspection(id="late"), [])
        waiting = await host.engine.operator.run("late", ANN)

        ended = await host.engine.operator.cancel_run(waiting.id, ANN)

        assert (waiting.state, ended.state, ended.started_at) == (RunState.PENDING, RunState.CANCELLED, None)
        assert (await host.monitor.run(first.id)).state is RunState.RUNNING
        await host.engine.runs.stop(deadline_s=0)


async def test_what_has_ended_is_not_cancelled(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])
        run = await host.run("services")

        with pytest.raises(Conflict, match=f"run {run.id} of services has ended already: ok"):
            await host.engine.operator.cancel_run(run.id, ANN)
        with pytest.raises(NotFound):
            await host.engine.operator.cancel_run("nothing", ANN)
        assert (await host.monitor.run(run.id)).state is RunState.OK


async def test_a_run_whose_own_end_is_faster_stays_as_it_ended(tmp_path: Path) -> None:
    def cancel_at_the_end(event: StreamEvent) -> None:  # it is committed, and the run does not know that yet
        for task in asyncio.all_tasks():
            if event.type == "run.ended" and task.get_name().startswith("run "):
                cancelled.append(task.cancel())

    async with scenario(tmp_path) as host:
        cancelled: list[bool] = []
        host.monitor.subscribe(cancel_at_the_end)
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])

        assert (await host.run("services")).state is RunState.OK
        assert cancelled == [True]


async def test_a_run_that_is_just_beginning_when_the_daemon_stops_ends_before_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])
        beginning = asyncio.create_task(host.engine.runs.begin("services", Trigger.OPERATOR))
        while not host.engine.runs._beginning.locked():  # noqa: ASYNC110
            await asyncio.sleep(0)

        await host.engine.runs.stop(deadline_s=0)

        run = await beginning
        assert not host.engine.runs._under_way
        assert (await host.monitor.run(run.id)).state is RunState.CANCELLED


async def test_a_pause_survives_a_restart(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [])
        await host.engine.operator.pause("services", ANN)

        await host.reboot()
        assert await host.engine.runs.paused() == {"services"}
        await host.engine.operator.resume("services", ANN)

        assert await host.engine.runs.paused() == set()


async def test_missed_runs_are_made_up_for_by_one_that_says_so(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])

        await host.engine.runs.run_due("services", missed=3)

        [run] = (await host.monitor.runs(10)).items
        assert (run.trigger, run.reason, run.state) == (Trigger.SCHEDULE, "missed=3", RunState.OK)


async def test_at_most_so_many_runs_are_under_way_at_once(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        for number in range(9):
            document = with_actions()
            host.document(type(document)(f"doc-{number}", "t", ()), [])
            await host.engine.runs.begin(f"doc-{number}", Trigger.STARTUP)
        await asyncio.sleep(0)

        running = [run for run in (await host.monitor.runs(20)).items if run.state is RunState.RUNNING]

        assert len(running) <= 4
        await host.engine.runs.finished(*(f"doc-{number}" for number in range(9)))


async def test_a_submitted_report_cannot_speak_for_an_inspection(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [])

        with pytest.raises(InvalidReport, match="source: 'services' is an inspection"):
            await host.engine.operator.submit(ReportDraft("services", "ok", "fine", ()), ANN)


async def test_a_verdict_that_no_finding_carries_is_a_finding(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        draft = ReportDraft("backup", "critical", "the tape is broken", ())

        report = await host.engine.operator.submit(draft, ANN)

        assert [(finding.object, finding.summary) for finding in report.findings] == [("backup", "the tape is broken")]


async def test_a_verdict_is_never_milder_than_its_findings(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        report = await host.engine.operator.submit(ReportDraft("backup", "ok", "fine", (make_finding(),)), ANN)

        assert report.verdict == "warning"


async def test_an_error_in_the_model_driver_is_no_answer_of_its_run_alone(tmp_path: Path) -> None:
    def broken(task: object) -> None:
        raise ZeroDivisionError

    async with scenario(tmp_path, agent=ScriptedAgent(broken)) as host:  # type: ignore[arg-type]
        from probed.core.inspection import AgentRule, AgentWhen

        host.document(with_actions(agent=AgentRule(AgentWhen.ALWAYS)), [])
        run = await host.run("services")

        assert run.state is RunState.UNKNOWN
