"""Whatever became of an investigation becomes of its replay, by the same code, with nobody to ask."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from probed.agent.backend import build_replays
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.agent.replay.evidence import RecordedToolbox
from probed.agent.veil import Veil
from probed.config.agent import AgentSettings
from probed.core.exchange import Passed
from probed.core.investigation import Evidence, Task
from probed.core.recording import Ended, Recording, Told, recording_in, recording_text
from probed.core.replay import Heard
from probed.core.report import Verdict
from probed.daemon.workers import WorkerPool
from probed.errors import NoAnswer
from tests.agent.arrange import built, make_settings, make_task, no_points
from tests.factories import make_inspection
from tests.real.messages_api import Failure, Message, MessagesApi, Reply, Request, Script, call, report, text

pytestmark = pytest.mark.usefixtures("fast_retries")


@dataclass(frozen=True, slots=True)
class NoParams:
    pass


@pytest.fixture
def fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probed.agent.gateway.attempts.FIRST_PAUSE_S", 0.01)


@pytest.fixture
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(4)
    yield pool
    pool.close()


async def recorded(
    folder: Path, script: str | Script, workers: WorkerPool, task: Task
) -> tuple[Recording, Heard, AgentSettings]:
    """An investigation as it was, its recording as it is read again, and the settings, whose server is gone."""
    with MessagesApi(script) as api:
        settings = make_settings(folder, api.base_url, backend="anthropic")
        agent = built(settings, folder, workers)
        assert agent
        try:
            answer = await agent.investigate(task)
        except NoAnswer as failure:
            ended = Ended(failure.reason, failure.cost_usd, failure.over_budget, bool(failure.transcript))
            recording = recording_of(task, failure.passed, failure.evidence, ended)
            heard = Heard(None, failure.reason, failure.cost_usd, failure.over_budget, failure.evidence)
        else:
            recording = recording_of(task, answer.passed, answer.evidence)
            heard = Heard(answer, cost_usd=answer.cost_usd)
        await agent.close()
    return recording, heard, settings


def recording_of(task: Task, passed: Passed, evidence: tuple[Evidence, ...], ended: Ended | None = None) -> Recording:
    made = Recording(task.run_id, task.inspection, (), (), passed=passed, ended=ended)
    return replace(recording_in(recording_text(made)), evidence=evidence)


async def replayed(
    recording: Recording, settings: AgentSettings, workers: WorkerPool, task: Task, *, in_order: bool = True
) -> Heard:
    replays = build_replays(
        settings,
        workers=workers,
        points=no_points,
        clock=lambda: datetime.now(UTC),
        state_dir=Path("/nowhere"),
        models=None,
    )
    return await replays.replay(task, recording, model="", in_order=in_order)


def overloaded_once(request: Request) -> Reply:
    return Failure(529, "overloaded_error", "Overloaded") if request.number == 1 else report(request)


def cut_short(request: Request) -> Reply:
    return Message([{"type": "text", "text": "I beg"}], stop_reason="max_tokens")


def worded(request: Request) -> Reply:
    return text("All is well.") if request.number == 1 else report(request)


@pytest.mark.parametrize(
    "script",
    [
        *("refuse", "refusal", "garbage", "cut", "endless", "overrun", "unknown_action", "no_verdict"),
        *("unauthorized", "rate_limited", "overloaded", "broken", cut_short),
    ],
)
async def test_what_became_of_it_becomes_of_it_again(script: str | Script, tmp_path: Path, workers: WorkerPool) -> None:
    task = make_task()
    recording, was, settings = await recorded(tmp_path, script, workers, task)

    now = await replayed(recording, settings, workers, task)

    assert (now.failure, now.cost_usd, now.over_budget) == (was.failure, was.cost_usd, was.over_budget)
    assert was.failure
    assert now.answer is was.answer is None
    assert now.notes == ()
    assert now.recorded > 0


@pytest.mark.parametrize("script", ["investigate", "report", overloaded_once, worded])
async def test_what_was_answered_is_answered_again(script: str | Script, tmp_path: Path, workers: WorkerPool) -> None:
    task = make_task()
    recording, was, settings = await recorded(tmp_path, script, workers, task)

    now = await replayed(recording, settings, workers, task)

    assert now.answer
    assert was.answer
    assert (now.cost_usd, now.notes) == (was.cost_usd, ())
    assert now.recorded > 0
    assert (now.answer.verdict, now.answer.summary) == (was.answer.verdict, was.answer.summary)
    assert now.answer.findings == was.answer.findings
    evidence = [(each.id, each.answer) for each in was.answer.evidence]
    assert [(each.id, each.answer) for each in now.answer.evidence] == evidence
    assert bool(evidence) is (script == "investigate")


async def test_one_that_was_never_answered_ends_at_once_as_it_ended_then(tmp_path: Path, workers: WorkerPool) -> None:
    task = make_task(deadline_s=1.0)
    recording, was, settings = await recorded(tmp_path, "hang", workers, task)
    began = time.monotonic()

    now = await replayed(recording, settings, workers, replace(task, deadline_s=600.0))

    assert (now.failure, now.cost_usd) == ("no answer within 1 s", was.cost_usd)
    assert time.monotonic() - began < settings.deadline_s


async def test_one_that_came_to_no_request_ends_as_it_ended_then(workers: WorkerPool, tmp_path: Path) -> None:
    task, ended = make_task(), Ended("the program is not there", 0.0)
    recording = Recording(task.run_id, task.inspection, (), (), passed=Passed((), "claude", "x"), ended=ended)

    now = await replayed(recording, make_settings(tmp_path), workers, task)

    assert (now.answer, now.failure) == (None, "the program is not there")


async def test_another_task_is_not_answered_by_what_was_said_of_this_one(tmp_path: Path, workers: WorkerPool) -> None:
    task = make_task()
    recording, _, settings = await recorded(tmp_path, "report", workers, task)
    other = make_task(inspection=make_inspection(body="Look at something else."))

    strictly = await replayed(recording, settings, workers, other, in_order=False)
    in_order = await replayed(recording, settings, workers, other)

    assert "nothing is recorded for this request" in strictly.failure
    assert strictly.notes == ("1 of the requests to a model are not recorded",)
    assert in_order.answer is not None
    assert in_order.notes == ("1 of the requests are worded otherwise than then; they got the answers of then",)


async def test_one_of_which_not_all_was_kept_says_so(
    tmp_path: Path, workers: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("probed.agent.gateway.tape.MOST_BYTES", 100)
    task = make_task()
    recording, was, settings = await recorded(tmp_path, "report", workers, task)

    now = await replayed(recording, settings, workers, task)

    assert was.answer
    assert "beyond what is kept of a run" in now.failure
    assert now.notes == ("1 of the requests to a model are not recorded",)


async def test_a_probe_that_was_not_asked_then_has_no_answer(tmp_path: Path, workers: WorkerPool) -> None:
    task = make_task()
    recording, _, settings = await recorded(tmp_path, "investigate", workers, task)

    now = await replayed(replace(recording, evidence=()), settings, workers, task)

    assert "1 of the questions to probes were not asked then, and have no answer" in now.notes


async def test_equal_questions_get_their_answers_in_their_order(tmp_path: Path, workers: WorkerPool) -> None:
    def asks_twice(request: Request) -> Reply:
        return report(request) if len(request.results) == 2 else call(request, "processes", {"limit": 3})

    task = make_task()
    recording, was, settings = await recorded(tmp_path, asks_twice, workers, task)

    now = await replayed(recording, settings, workers, task)

    assert now.answer
    assert was.answer
    assert [each.answer for each in now.answer.evidence] == [each.answer for each in was.answer.evidence]
    assert now.notes == ()


async def test_addresses_that_left_under_other_names_come_back_in_a_replay_too(
    tmp_path: Path, workers: WorkerPool
) -> None:
    def names(request: Request) -> Reply:
        hidden = request.text.split("the server ")[1].split(" is")[0]
        finding = {
            "check": "disk",
            "object": hidden,
            "severity": "warning",
            "summary": f"{hidden} fills",
            "evidence": {},
        }
        return report(request, {"verdict": "warning", "summary": f"It is {hidden}.", "findings": [finding]})

    task = make_task(inspection=make_inspection(body="See whether the server 10.1.2.3 is full."))
    recording, was, settings = await recorded(tmp_path, names, workers, task)

    now = await replayed(recording, settings, workers, task)

    assert was.answer
    assert now.answer
    assert "10.1.2.3" not in str(recording.passed)
    assert now.answer.summary == was.answer.summary == "It is 10.1.2.3."


async def test_what_a_program_said_that_asks_by_itself_is_said_again_to_the_same_task_only(
    tmp_path: Path, workers: WorkerPool
) -> None:
    task, told = make_task(), Told(Verdict.WARNING, "It fills.", (), 0.03)
    recording = Recording(task.run_id, task.inspection, (), (), passed=Passed((), "command", "x"), told=told)

    now = await replayed(recording, make_settings(tmp_path), workers, task)
    other = await replayed(recording, make_settings(tmp_path), workers, task, in_order=False)

    assert now.answer
    assert (now.answer.summary, now.cost_usd) == ("It fills.", 0.03)
    assert "it was not run" in now.notes[0]
    assert "no request passed the gateway" in other.failure


async def test_a_probe_that_was_not_asked_then_does_not_look_at_this_host(workers: WorkerPool) -> None:
    looked: list[object] = []

    def look(params: NoParams) -> Table:
        looked.append(params)
        return Table(("name",), [("here",)])

    probes = [Probe(name, "Looks.", NoParams, looking(name, look)) for name in ("then", "now")]
    then = Evidence("e1", "then", {}, '{"evidence":"e1","rows":[]}', "")
    toolbox = RecordedToolbox([then], probes, workers, time.monotonic() + 60, Veil())

    assert (await toolbox.call("then", {})).text == then.answer
    assert "nothing is recorded for this question" in (await toolbox.call("now", {})).text
    assert (toolbox.missing, looked) == (1, [])
