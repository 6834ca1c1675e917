from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

import pytest

from probed.agent.probes.cursors import MOST
from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.agent.toolbox import MAX_CALLS, ToolAnswer, Toolbox
from probed.errors import HostFailed, NotHere
from tests.agent.arrange import ImmediateWorkers


@dataclass(frozen=True, slots=True)
class Params:
    text: str = "hello"


def look(params: Params) -> Table:
    errors: dict[str, Exception] = {
        "absent": NotHere("systemd"),
        "broken": HostFailed("systemctl: no answer"),
        "telling": HostFailed("curl: https://ann:hunter2@example.org: refused"),
        "denied": PermissionError(13, "Permission denied"),
        "bug": KeyError("rss"),
    }
    if params.text in errors:
        raise errors[params.text]
    return Table(("said",), [(params.text,)])


ECHO: Probe[Any] = Probe("echo", "Says it again.", Params, looking("echo", look))


def make_toolbox(deadline_s: float = 60) -> Toolbox:
    return Toolbox([ECHO], ImmediateWorkers(), time.monotonic() + deadline_s)


async def test_an_answer_is_recorded_exactly_as_it_was_given() -> None:
    toolbox = make_toolbox()

    answer = await toolbox.call("echo", {"text": "naïve"})

    assert not answer.failed
    assert json.loads(answer.text)["rows"] == [["naïve"]]
    (evidence,) = toolbox.evidence
    assert (evidence.probe, evidence.arguments, evidence.answer) == ("echo", {"text": "naïve"}, answer.text)
    assert evidence.sha256 == hashlib.sha256(answer.text.encode()).hexdigest()


@pytest.mark.parametrize("said", ["DB_PASSWORD=hunter2", "telling", f"{'x' * 390} password=hunter2 {'y' * 5000}"])
async def test_what_looks_like_a_credential_is_in_no_answer(said: str) -> None:
    toolbox = make_toolbox()

    answer = await toolbox.call("echo", {"text": said})

    assert "hunter2" not in answer.text
    assert toolbox.evidence[0].answer == answer.text
    assert answer.failed or json.loads(answer.text)["columns"] == ["said"]


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("shell", {}, "there is no probe 'shell' (there are: echo)"),
        ("echo", {"command": "id"}, "command: there is no such argument"),
        ("echo", {"text": "absent"}, "this host does not have it, or the daemon may not see it: systemd"),
        ("echo", {"text": "broken"}, "systemctl: no answer"),
        ("echo", {"text": "denied"}, "Permission denied"),
        ("echo", {"text": "bug"}, "the probe is broken: KeyError"),
        ("echo", "text", "dictionary"),
        ("e\ud800", {}, "there is no probe"),
        ("echo", {"\ud800": 1}, "there is no such argument"),
    ],
)
async def test_what_cannot_be_answered_is_an_error_for_the_model_and_recorded(
    name: str, arguments: object, reason: str
) -> None:
    toolbox = make_toolbox()

    answer = await toolbox.call(name, arguments)

    assert answer.failed
    assert reason in answer.text
    answer.text.encode()
    assert toolbox.evidence[0].failed
    assert toolbox.evidence[0].answer == answer.text


async def test_after_the_runs_deadline_nothing_is_asked_any_more() -> None:
    answer = await make_toolbox(deadline_s=-1).call("echo", {})

    assert answer.failed
    assert "time of this investigation is over" in answer.text


async def test_a_run_may_ask_only_so_often() -> None:
    toolbox = make_toolbox()
    for _ in range(MAX_CALLS):
        await toolbox.call("echo", {})

    answer = await toolbox.call("echo", {})

    assert answer.failed
    assert len(toolbox.evidence) == MAX_CALLS


def rows_of(answer: ToolAnswer) -> list[int]:
    return [row[0] for row in json.loads(answer.text)["rows"]]


@dataclass(frozen=True, slots=True)
class CountParams:
    to: int
    limit: int = 3


def count(params: CountParams) -> Table:
    return Table(("n",), [(n,) for n in range(params.to)], limit=params.limit)


def forever(params: Params, begin: int = 0) -> Table:
    if begin >= 6:
        raise HostFailed("the file was rotated away meanwhile")
    return Table(("n",), [(begin,), (begin + 1,)], limit=2, more=lambda: forever(params, begin + 2))


COUNT: Probe[Any] = Probe("count", "Counts.", CountParams, looking("count", count))
FOREVER: Probe[Any] = Probe("forever", "Counts on.", Params, looking("forever", forever))


def make_pager() -> Toolbox:
    return Toolbox([COUNT, FOREVER], ImmediateWorkers(), time.monotonic() + 120)


async def test_each_answer_carries_the_id_by_which_it_is_cited() -> None:
    toolbox = make_toolbox()

    answers = [await toolbox.call("echo", {}), await toolbox.call("shell", {}), await toolbox.call("echo", {})]

    assert [json.loads(answer.text)["evidence"] for answer in answers] == ["e1", "e2", "e3"]
    assert [evidence.id for evidence in toolbox.evidence] == ["e1", "e2", "e3"]


async def test_a_cursor_alone_leads_to_what_the_same_question_found() -> None:
    toolbox = make_pager()

    first = await toolbox.call("count", {"to": 8})
    second = await toolbox.call("count", {"cursor": json.loads(first.text)["next"]})
    last = await toolbox.call("count", {"to": 8, "limit": 3, "cursor": json.loads(second.text)["next"]})

    assert [rows_of(each) for each in (first, second, last)] == [[0, 1, 2], [3, 4, 5], [6, 7]]
    assert "next" not in json.loads(last.text)
    assert toolbox.evidence[1].arguments == {"cursor": "after-e1"}


async def test_a_look_goes_on_where_it_ended_and_says_so_where_it_cannot() -> None:
    toolbox = make_pager()

    answers = [await toolbox.call("forever", {})]
    for _ in range(3):
        answers.append(await toolbox.call("forever", {"cursor": json.loads(answers[-1].text)["next"]}))

    assert [rows_of(each) for each in answers[:3]] == [[0, 1], [2, 3], [4, 5]]
    assert answers[3].failed
    assert "rotated away" in answers[3].text


@pytest.mark.parametrize(
    ("probe", "arguments", "reason"),
    [
        ("count", {"cursor": "after-e9"}, "cursor: leads nowhere"),
        ("count", {"cursor": "../../etc/shadow"}, "cursor: leads nowhere"),
        ("count", {"cursor": ["after-e1"]}, "cursor: leads nowhere"),
        ("count", {"cursor": {"a": 1}, "to": 8}, "cursor: leads nowhere"),
        ("count", {"cursor": "after-e1", "to": 9}, "to: was otherwise in the question"),
        ("count", {"cursor": "after-e1", "more": 9}, "more: was otherwise in the question"),
        ("forever", {"cursor": "after-e1"}, "cursor: belongs to an answer of the probe count"),
    ],
)
async def test_a_cursor_leads_nowhere_else(probe: str, arguments: object, reason: str) -> None:
    toolbox = make_pager()
    await toolbox.call("count", {"to": 8})

    answer = await toolbox.call(probe, arguments)

    assert answer.failed
    assert reason in answer.text


async def test_no_cursor_is_an_empty_one() -> None:
    toolbox = make_pager()

    assert rows_of(await toolbox.call("count", {"to": 2, "cursor": ""})) == [0, 1]
    assert rows_of(await toolbox.call("count", {"to": 2, "cursor": None})) == [0, 1]


async def test_the_oldest_cursors_are_forgotten() -> None:
    toolbox = make_pager()
    for _ in range(MOST + 1):
        await toolbox.call("count", {"to": 8})

    assert (await toolbox.call("count", {"cursor": "after-e1"})).failed
    assert not (await toolbox.call("count", {"cursor": "after-e2"})).failed
