"""The Messages API, by the `anthropic` library: the same probes, the same report, the same judgement."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import time

from probed.agent.dialogue import Dialogue
from probed.agent.gateway import servers
from probed.agent.gateway.gateway import URL, Gateway
from probed.agent.toolbox import Toolbox
from probed.config.agent import AgentSettings
from probed.core.investigation import Answer, Task
from probed.errors import ConfigError, NoAnswer


class MessagesApi:
    name = "anthropic"

    def __init__(self, settings: AgentSettings, gateway: Gateway) -> None:
        self._settings, self._gateway = settings, gateway

    async def model_of(self, task: Task) -> str:
        return await self._gateway.model_of(task)

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        # Loading the library takes most of a second, so it happens on first use and beside the event loop.
        library = await asyncio.to_thread(importlib.import_module, "anthropic")
        http = importlib.import_module("httpx2")  # the library's own
        try:
            async with self._gateway.open(task, deadline) as door:
                left_s = max(deadline - time.monotonic(), 0.1)
                through = http.AsyncClient(transport=http.AsyncHTTPTransport(uds=str(door.socket)))
                async with library.AsyncAnthropic(
                    api_key=door.token, base_url=URL, max_retries=0, timeout=left_s, http_client=through
                ) as client:
                    return await Dialogue(client, task, toolbox, door).hold(deadline, self._settings.max_turns)
        except (ConfigError, OSError) as error:
            raise NoAnswer(str(error)) from error

    def describe(self) -> str:
        key = f"key from {self._settings.api_key_file}" if self._settings.api_key_file else "no key file"
        return f"Messages API at {self._settings.base_url or servers.ANTHROPIC_URL}, {key}"

    async def check(self) -> tuple[bool, str]:
        if importlib.util.find_spec("anthropic") is None:
            return False, "the Python package anthropic is not installed"
        can_ask, words = await self._gateway.check()
        return can_ask, "; ".join(filter(None, (self.describe(), words))) if can_ask else words
