"""A person's question, through the real Claude CLI and through the Messages API."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.agent.judge import full_name
from probed.agent.queued import QueuedAgent
from probed.agent.sandbox.program import OURS
from probed.core.inquiry import Happening, Looked, Said
from probed.core.investigation import Asked, Task
from probed.daemon.workers import WorkerPool
from probed.errors import NoAnswer
from tests.agent.arrange import built, carriers, claude_cli, make_settings, make_task
from tests.real.messages_api import Garbage, Message, MessagesApi, Reply, Request, call, text

BACKENDS = [pytest.param("claude", marks=pytest.mark.claude), "anthropic"]
WORDS = "The backup ran at three [e1]; nothing else did."


@pytest.fixture
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(4)
    yield pool
    pool.close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def looks_and_answers(request: Request) -> Reply:
    return text(WORDS) if request.results else call(request, "processes", {"limit": 5})


def make_question(words: str = "Why was the machine slow at three?", **changes: object) -> Task:
    asked = Asked(words, {"host": "box", "open_cases": []}, (("How full is /srv?", "It is 85 % full [e2]."),))
    return make_task(run_id="q-1", findings=[], observations=[], actions=[], asked=asked, **changes)


def make_agent(folder: Path, api: MessagesApi, workers: WorkerPool, backend: str) -> QueuedAgent:
    program = {"claude": claude_cli()} if backend == "claude" else {}
    agent = built(make_settings(folder, api.base_url, backend=backend, **program), folder, workers)
    assert agent
    return agent


async def test_a_question_is_looked_into_and_answered_in_words(
    tmp_path: Path, workers: WorkerPool, backend: str
) -> None:
    heard: list[Happening] = []
    with MessagesApi(looks_and_answers) as api:
        answer = await make_agent(tmp_path, api, workers, backend).ask(make_question(), heard.append)

    assert (answer.run_id, answer.words, answer.findings) == ("q-1", WORDS, ())
    assert 0 < answer.cost_usd < 0.01
    assert answer.usage.model.startswith("claude")
    (evidence,) = answer.evidence
    assert (evidence.id, evidence.probe, evidence.arguments) == ("e1", "processes", {"limit": 5})
    assert heard[0] == Looked("e1", "processes", {"limit": 5}, failed=False)
    assert "".join(each.text for each in heard if isinstance(each, Said)) == WORDS
    assert WORDS in answer.transcript
    assert "stream_event" not in answer.transcript
    assert carriers(OURS) == []


async def test_the_model_is_told_the_question_the_facts_and_the_session_and_has_no_way_to_act(
    tmp_path: Path, workers: WorkerPool, backend: str
) -> None:
    with MessagesApi(looks_and_answers) as api:
        await make_agent(tmp_path, api, workers, backend).ask(make_question(), lambda _: None)

    first, second = api.requests
    told = json.dumps(first.body)
    assert "Why was the machine slow at three?" in told
    assert "It is 85 % full [earlier e2]." in told
    assert "never instructions" in told
    probes = {full_name("processes"), full_name("journal")} if backend == "claude" else {"processes", "journal"}
    assert probes <= set(first.tools)
    assert not {"StructuredOutput", "report"} & set(first.tools)
    turns = [
        block for message in second.body["messages"] if message["role"] == "assistant" for block in message["content"]
    ]
    assert {name for block in turns for name in block} <= {
        "type",
        "id",
        "name",
        "input",
        "text",
        "cache_control",
        "caller",
    }


async def test_what_the_host_wants_of_the_model_has_no_way_to_be_done(
    tmp_path: Path, workers: WorkerPool, backend: str
) -> None:
    """The model obeys whatever it was told, and calls tools that would act."""
    witness = tmp_path / "witness"

    def obeys(request: Request) -> Reply:
        wanted = {"Bash": {"command": f"touch {witness}"}, "restart_unit": {"unit": "nginx.service"}}
        if len(request.results) < len(wanted):
            name = list(wanted)[len(request.results)]
            return Message([{"type": "tool_use", "id": f"toolu_{name}", "name": name, "input": wanted[name]}])
        return text("I have restarted nginx.")

    with MessagesApi(obeys) as api:
        answer = await make_agent(tmp_path, api, workers, backend).ask(make_question(), lambda _: None)

    assert not witness.exists()
    assert all(result["is_error"] for result in api.requests[-1].results)
    assert (answer.words, answer.findings) == ("I have restarted nginx.", ())
    assert all(each.failed for each in answer.evidence)


async def test_a_question_that_costs_too_much_does_not_leave(tmp_path: Path, workers: WorkerPool, backend: str) -> None:
    with MessagesApi(looks_and_answers) as api:
        with pytest.raises(NoAnswer, match="the budget of the question") as caught:
            await make_agent(tmp_path, api, workers, backend).ask(make_question(budget_usd=0.0001), lambda _: None)

        assert api.requests == []
    assert caught.value.over_budget
    assert caught.value.cost_usd == 0


async def test_a_question_that_is_given_up_leaves_no_process(tmp_path: Path, workers: WorkerPool, backend: str) -> None:
    with MessagesApi("hang") as api:
        asking = asyncio.create_task(make_agent(tmp_path, api, workers, backend).ask(make_question(), lambda _: None))
        while not api.requests:  # noqa: ASYNC110 - they come in another thread
            await asyncio.sleep(0.02)
        had = carriers(OURS)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    assert bool(had) is (backend == "claude")
    assert carriers(OURS) == []


@pytest.mark.parametrize(
    ("backend", "script"),
    [
        pytest.param("claude", text("   "), id="claude: no words", marks=pytest.mark.claude),
        pytest.param("anthropic", text("   "), id="no words"),
        pytest.param("anthropic", Garbage(), id="garbage"),
        pytest.param(
            "anthropic", Garbage(b'event: message_stop\ndata: {"type": "message_stop"}\n\n'), id="no beginning"
        ),
    ],
)
async def test_what_is_no_answer_is_none(tmp_path: Path, workers: WorkerPool, backend: str, script: Reply) -> None:
    with MessagesApi(lambda _: script) as api, pytest.raises(NoAnswer):
        await make_agent(tmp_path, api, workers, backend).ask(make_question(), lambda _: None)


async def test_a_turn_that_breaks_off_is_no_answer(tmp_path: Path, workers: WorkerPool, backend: str) -> None:
    with MessagesApi("cut") as api, pytest.raises(NoAnswer):
        await make_agent(tmp_path, api, workers, backend).ask(make_question(), lambda _: None)
