from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from probed.agent.assistant_probes import MOST_SESSIONS, AssistantProbes
from probed.agent.probes import processes
from probed.agent.probes.probe import Probe
from probed.agent.toolbox import MAX_CALLS
from tests.agent.arrange import ImmediateWorkers, unframed
from tests.agent.test_toolbox import FOREVER


def made(loaded: list[int] | None = None) -> AssistantProbes:
    def load() -> list[Probe[Any]]:
        if loaded is not None:
            loaded.append(1)
        return [processes.PROBE]

    return AssistantProbes(load, ImmediateWorkers())


async def test_they_are_loaded_once_and_only_when_somebody_asks() -> None:
    loaded: list[int] = []
    probes = made(loaded)
    assert loaded == []

    [facts] = await probes.listed()
    answer = await probes.ask("s", "processes", {"limit": 2})

    assert (facts.name, facts.schema["type"], loaded) == ("processes", "object", [1])
    assert not answer.failed
    assert len(json.loads(unframed(answer.text))["rows"]) == 2


async def test_a_wrong_argument_is_an_answer() -> None:
    answer = await made().ask("s", "processes", {"shell": "id"})
    assert answer.failed
    assert "there is no such argument" in answer.text


async def test_a_long_answer_is_gone_on_with_in_its_own_session_only() -> None:
    probes = AssistantProbes(lambda: [FOREVER], ImmediateWorkers())
    first = json.loads(unframed((await probes.ask("a", FOREVER.name, {})).text))

    assert not (await probes.ask("a", FOREVER.name, {"cursor": first["next"]})).failed
    assert (await probes.ask("b", FOREVER.name, {"cursor": first["next"]})).failed


async def test_a_session_does_not_end_and_sessions_are_bounded() -> None:
    probes = made()
    for _ in range(MAX_CALLS + 2):
        assert not (await probes.ask("a", "processes", {"limit": 1})).failed
    for number in range(MOST_SESSIONS + 3):
        await probes.ask(str(number), "processes", {"limit": 1})
    assert len(probes._sessions) == MOST_SESSIONS


def test_nothing_is_loaded_before() -> None:
    code = "import sys, probed.agent.assistant_probes; sys.exit('probed.agent.toolbox' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
