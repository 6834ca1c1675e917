"""The Messages API, by the `anthropic` library: the same probes, the same report, the same judgement."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import time

from probed.agent.dialogue import Dialogue
from probed.agent.tier import model_of
from probed.agent.toolbox import Toolbox
from probed.config.agent import AgentSettings
from probed.config.secret import read_secret
from probed.core.investigation import Answer, Task
from probed.errors import ConfigError, NoAnswer

DEFAULT_URL = "https://api.anthropic.com"
MAX_RETRIES = 2
NO_KEY = "none"
"""For a server of one's own that asks for no key."""


class MessagesApi:
    name = "anthropic"

    def __init__(self, settings: AgentSettings) -> None:
        self._settings = settings
        self._url = settings.base_url or DEFAULT_URL

    def model_of(self, task: Task) -> str:
        return model_of(task, self._settings.models)

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        model = self.model_of(task)
        try:
            key = await asyncio.to_thread(self._key)
        except ConfigError as error:
            raise NoAnswer(str(error)) from error
        # Loading the library takes most of a second, so it happens on first use and beside the event loop.
        library = await asyncio.to_thread(importlib.import_module, "anthropic")
        left_s = max(deadline - time.monotonic(), 0.1)
        async with library.AsyncAnthropic(
            api_key=key, base_url=self._url, max_retries=MAX_RETRIES, timeout=left_s
        ) as client:
            return await Dialogue(client, task, toolbox, model, secret=key).hold(deadline, self._settings.max_turns)

    def describe(self) -> str:
        key = f"key from {self._settings.api_key_file}" if self._settings.api_key_file else "no key file"
        return f"Messages API at {self._url}, {key}"

    async def check(self) -> tuple[bool, str]:
        if importlib.util.find_spec("anthropic") is None:
            return False, "the Python package anthropic is not installed"
        try:
            await asyncio.to_thread(self._key)
        except ConfigError as error:
            return False, str(error)
        return True, self.describe()

    def _key(self) -> str:
        """Raises ConfigError."""
        path = self._settings.api_key_file
        if path is not None:
            return read_secret(path, "agent.api_key_file")
        if self._settings.base_url:
            return NO_KEY
        raise ConfigError("agent.api_key_file", 0, "is not set, and the Messages API asks for a key")
