"""What leaves for a model, and what comes back: through the whole way, with the real library and the real program."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from probed.agent.backend import build_agent
from probed.agent.form import text_of
from probed.agent.probes.registry import all_probes
from probed.agent.queued import QueuedAgent
from probed.agent.veil import OURS, Veil, hiding_of
from probed.config.agent import RedactionSettings
from probed.core import investigation as core
from probed.core.action import Risk
from probed.core.finding import ActionCall
from probed.core.inquiry import Happening, Looked, Said
from probed.core.investigation import Question, Task
from probed.core.trend import Point
from probed.daemon.workers import WorkerPool
from probed.errors import NoAnswer
from tests.agent.arrange import MemoryBooks, claude_cli, finding_of, make_settings, make_task, no_points, report_of
from tests.factories import make_finding, make_inspection, make_observation
from tests.real.messages_api import MessagesApi, Reply, Request, call, report, text

HOST, MAIL = "10.20.30.40", "ann@example.org"
BACKENDS = ("anthropic", pytest.param("claude", marks=pytest.mark.claude))


@pytest.fixture
def workers() -> Iterator[WorkerPool]:
    pool = WorkerPool(4)
    yield pool
    pool.close()


@dataclasses.dataclass
class Asked:
    """What metric_history was asked for."""

    objects: list[str] = dataclasses.field(default_factory=list)

    async def points(
        self, check: str, object_: str, since: datetime, until: datetime, width_s: float
    ) -> Sequence[Point]:
        self.objects.append(object_)
        return ()


def make_agent(folder: Path, api: MessagesApi, workers: WorkerPool, backend: str, asked: Asked) -> QueuedAgent:
    settings = make_settings(folder, api.base_url, backend=backend)
    if backend == "claude":
        settings = dataclasses.replace(settings, claude=claude_cli())
    agent = build_agent(
        settings,
        workers=workers,
        points=asked.points,
        books=MemoryBooks(),
        clock=lambda: datetime.now(UTC),
        state_dir=folder,
    )
    assert agent
    return agent


def name_in(request: Request, kind: str) -> str:
    """The first one of this kind that the model was told."""
    said = json.dumps(request.body["messages"])
    return next(word for word in said.replace("\\", " ").replace('"', " ").split() if word.startswith(f"{kind}-"))


def told_task() -> Task:
    finding = make_finding(object=HOST, summary=f"{HOST} does not answer {MAIL}", evidence={"peer": HOST})
    inspection = make_inspection(body=f"Ask {MAIL} where in doubt; {HOST} counts most.")
    return make_task(findings=[finding], inspection=inspection)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_the_model_never_sees_an_address_and_the_report_names_the_right_host(
    tmp_path: Path, workers: WorkerPool, backend: str
) -> None:
    def script(request: Request) -> Reply:
        host, mail = name_in(request, "ip"), name_in(request, "mail")
        if not request.results:
            return call(request, "metric_history", {"check": "ping", "object": host})
        proposal = {"action": "restart_unit", "params": {"unit": f"vpn@{host}.service"}}
        finding = finding_of(object=host, summary=f"{host} is away", evidence={"asked": mail}, proposed_action=proposal)
        return report(request, report_of(finding, summary=f"Write to {mail} of {host}."))

    asked = Asked()
    with MessagesApi(script) as api:
        answer = await make_agent(tmp_path, api, workers, backend, asked).investigate(told_task())

    sent = json.dumps([request.body for request in api.requests])
    assert HOST not in sent
    assert MAIL not in sent
    assert asked.objects == [HOST]
    assert answer.summary == f"Write to {MAIL} of {HOST}."
    (finding,) = answer.findings
    assert (finding.object, finding.summary, finding.evidence) == (HOST, f"{HOST} is away", {"asked": MAIL})
    assert finding.proposed_action == ActionCall("restart_unit", {"unit": f"vpn@{HOST}.service"})
    (evidence,) = answer.evidence
    assert evidence.arguments["object"] == HOST
    assert HOST not in answer.transcript
    assert MAIL not in answer.transcript


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_failure_names_the_right_host(tmp_path: Path, workers: WorkerPool, backend: str) -> None:
    def script(request: Request) -> Reply:
        return text(f"I cannot reach {name_in(request, 'ip')}")

    with MessagesApi(script) as api, pytest.raises(NoAnswer, match=f"reach {HOST}") as caught:
        await make_agent(tmp_path, api, workers, backend, Asked()).investigate(told_task())

    assert HOST in str(caught.value)
    assert HOST not in caught.value.transcript


async def test_advice_on_an_action_is_asked_and_read_through_the_same_veil(tmp_path: Path, workers: WorkerPool) -> None:
    def script(request: Request) -> Reply:
        advice = {
            "recommendation": "approve",
            "risk": "medium",
            "reversible": False,
            "reasons": [f"{name_in(request, 'ip')} is away"],
            "alternatives": [],
        }
        return report(request, advice)

    with MessagesApi(script) as api:
        agent = make_agent(tmp_path, api, workers, "anthropic", Asked())
        answer = await agent.advise(make_task(question=make_question(HOST)))

    assert HOST not in json.dumps([request.body for request in api.requests])
    assert answer.advice
    assert answer.advice.reasons == (f"{HOST} is away",)


@pytest.mark.parametrize("backend", BACKENDS)
async def test_a_question_is_answered_with_the_right_names_as_the_words_come(
    tmp_path: Path, workers: WorkerPool, backend: str
) -> None:
    def script(request: Request) -> Reply:
        host = name_in(request, "ip")
        if not request.results:
            return call(request, "metric_history", {"check": "ping", "object": host})
        return text(f"It is {host}, and nothing else but {host} [e1].")

    asked, heard = Asked(), list[Happening]()
    task = make_task(
        findings=[], observations=[], asked=core.Asked(f"Why is {HOST} away?", {"host": HOST}, ((HOST, HOST),))
    )
    with MessagesApi(script) as api:
        answer = await make_agent(tmp_path, api, workers, backend, asked).ask(task, heard.append)

    said = f"It is {HOST}, and nothing else but {HOST} [e1]."
    assert HOST not in json.dumps([request.body for request in api.requests])
    assert asked.objects == [HOST]
    assert answer.words == said
    assert "".join(each.text for each in heard if isinstance(each, Said)) == said
    assert [each.arguments["object"] for each in heard if isinstance(each, Looked)] == [HOST]


def make_question(word: str) -> Question:
    return Question(
        call=ActionCall("restart_unit", {"unit": word}),
        object=word,
        problem=f"{word} is down",
        evidence={"log": [f"from {word}"], word: {"deep": (word,)}},
        dry_run=f"would restart {word}",
        snapshot={"peer": word},
        risk=Risk.MEDIUM,
        blast_radius=f"{word} alone",
        reversible=False,
        record=f"helped {word}",
        precedents=(f"{word} last week",),
    )


@pytest.mark.parametrize("is_question", [False, True])
def test_no_text_of_a_task_leaves_as_it_is_whatever_its_field(is_question: bool) -> None:
    """A field that is added later is hidden, too, or is named among those that hold nothing of the host's."""
    finding = make_finding(
        object=HOST, summary=HOST, evidence={HOST: [HOST]}, proposed_action=ActionCall("restart_unit", {"unit": HOST})
    )
    observation = make_observation(object=HOST, summary=HOST, evidence={"a": {"b": (HOST,)}})
    task = make_task(
        inspection=make_inspection(title=HOST, body=HOST),
        findings=[finding],
        observations=[observation],
        question=make_question(HOST) if is_question else None,
    )

    hidden = Veil(hiding_of(RedactionSettings())).hide_task(task)

    assert HOST not in text_of(hidden)
    left = {
        name for name, value in texts_of(dataclasses.replace(hidden, inspection=make_inspection())) if HOST in value
    }
    assert left <= OURS


def texts_of(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str) and not isinstance(value, Enum):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield name, str(key)
            yield from texts_of(each, name)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_of(each, name)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from texts_of(getattr(value, field.name), field.name)


def test_a_credential_beside_an_address_never_comes_back() -> None:
    veil = Veil(hiding_of(RedactionSettings()))

    hidden = veil.hide("postgres://app:hunter2@example.org/x and DB_PASSWORD=10.0.0.7")

    assert "hunter2" not in veil.reveal(hidden)
    assert "10.0.0.7" not in veil.reveal(hidden)


def test_the_settings_say_what_is_hidden() -> None:
    settings = RedactionSettings(
        emails=False, keep=("10.0.0.0/8", "::1", "web-9"), hosts=("web-9", "web-1"), patterns=(r"cust-\d+",)
    )
    veil = Veil(hiding_of(settings))

    hidden = veil.hide("10.1.1.1 192.168.1.1 ann@example.org web-1 web-9 cust-12 127.0.0.1")

    words = hidden.split()
    assert [words[0], words[2], words[4]] == ["10.1.1.1", "ann@example.org", "web-9"]
    assert [word.split("-")[0] for word in (words[1], words[3], words[5], words[6])] == ["ip", "host", "name", "ip"]


async def test_what_is_not_to_be_hidden_is_asked_for_as_it_is(tmp_path: Path, workers: WorkerPool) -> None:
    with MessagesApi("report") as api:
        settings = make_settings(
            tmp_path, api.base_url, backend="anthropic", redaction=RedactionSettings(emails=False, addresses=False)
        )
        agent = build_agent(
            settings,
            workers=workers,
            points=Asked().points,
            books=MemoryBooks(),
            clock=lambda: datetime.now(UTC),
            state_dir=tmp_path,
        )
        assert agent
        await agent.investigate(told_task())

    assert HOST in json.dumps(api.requests[0].body)


@pytest.mark.parametrize(
    ("probe", "argument", "around"),
    [
        *(("dns_lookup", "name", "{}"), ("http_get", "url", "http://{}:8080/health"), ("certificate", "host", "{}")),
        *(
            ("journal", "unit", "vpn@{}.service"),
            ("unit_status", "unit", "vpn@{}.service"),
            ("log_file", "path", "/srv/{}.log"),
        ),
    ],
)
def test_a_probe_can_be_asked_about_a_name_that_stands_for_an_address(probe: str, argument: str, around: str) -> None:
    """The program of a model looks at the shape of arguments before they come here."""
    schema = next(each for each in all_probes(no_points) if each.name == probe).schema()["properties"][argument]
    name = Veil(hiding_of(RedactionSettings())).hide(HOST)

    assert name != HOST
    assert re.search(schema["pattern"], around.format(name))
