from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from probed.core.assistant import ProbeAnswer, ProbeFacts
from probed.engine.assist import MOST_AT_ONCE, MOST_WAITING, Assistance
from probed.errors import NotFound, Overloaded
from tests.engine.scenario import ANN, scenario


class Slow:
    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.under_way = self.most = 0
        self.sessions: list[str] = []

    async def listed(self) -> Sequence[ProbeFacts]:
        return [ProbeFacts("journal", "", {})]

    async def ask(self, session: str, name: str, arguments: object) -> ProbeAnswer:
        self.sessions.append(session)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.go_on.wait()
        self.under_way -= 1
        return ProbeAnswer("{}", failed=False)


async def test_who_asked_what_is_in_the_chain_and_nothing_else_comes_of_it(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        probing = Slow()
        probing.go_on.set()

        await Assistance(probing, host.monitor).probe("s", "journal", {"unit": "ssh"}, ANN)

        [intent] = (await host.monitor.intents(5)).items
        assert (intent.kind, intent.actor, intent.text) == ("audit", ANN.name, "asked the probe journal")
        assert intent.detail["arguments"] == {"unit": "ssh"}
        assert probing.sessions == [f"{ANN.name} s"]  # nobody goes on in another's session


async def test_no_password_that_an_assistant_asked_with_is_in_the_chain(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        probing = Slow()
        probing.go_on.set()

        asked = {"url": "https://ann:hunter2abc@shop.example/?password=hunter2abc"}
        await Assistance(probing, host.monitor).probe("s", "journal", asked, ANN)

        [intent] = (await host.monitor.intents(5)).items
        assert "hunter2abc" not in str(intent.detail)
        assert "shop.example" in str(intent.detail)


async def test_few_are_asked_at_once_and_few_wait(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        probing = Slow()
        assistance = Assistance(probing, host.monitor)
        asked = [asyncio.create_task(assistance.probe("s", "journal", {}, ANN)) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0.05)

        with pytest.raises(Overloaded):
            await assistance.probe("s", "journal", {}, ANN)
        probing.go_on.set()
        await asyncio.gather(*asked)

        assert probing.most == MOST_AT_ONCE
        assert not (await assistance.probe("s", "journal", {}, ANN)).failed


async def test_what_is_no_probe_is_not_asked(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        with pytest.raises(NotFound, match="shell"):
            await Assistance(Slow(), host.monitor).probe("s", "shell", {}, ANN)
        assert (await host.monitor.intents(5)).items == []
