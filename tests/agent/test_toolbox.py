from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from typing import Any

import pytest

from probed.agent.probes.probe import Probe, looking
from probed.agent.probes.table import Table
from probed.agent.toolbox import MAX_CALLS, Toolbox
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


def make_toolbox(deadline_s: float = 10) -> Toolbox:
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
