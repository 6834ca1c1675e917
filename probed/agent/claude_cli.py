"""The Claude CLI, headless: one process a run, confined to our probes and judged by its event stream."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import os
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path

from probed.agent.claude_version import asks_where_told, too_old, unmeasured
from probed.agent.events import EventStream, Unreadable
from probed.agent.form import schema_of, system_of, text_of
from probed.agent.gateway.gateway import Door, Gateway
from probed.agent.gateway.servers import uses_login
from probed.agent.judge import report_in, words_in, wrong_start
from probed.agent.launch import MESSAGES, PROBES, SHIM, Way, command, environment, files
from probed.agent.probe_door import open_probe_door
from probed.agent.sandbox.choice import Sandboxes
from probed.agent.sandbox.program import CannotConfine, Child, Program, Sandbox
from probed.agent.sandbox.trial import said_by
from probed.agent.toolbox import Toolbox
from probed.agent.validate import opinion_of
from probed.agent.words import MAX_WORDS, one_line
from probed.config.agent import AgentSettings
from probed.core.inquiry import Said
from probed.core.investigation import Answer, Task
from probed.errors import ConfigError, CortexError, InvalidReport, NoAnswer

log = logging.getLogger("cortex.agent")

SILENCE_S = 100.0
"""The CLI says nothing while the model thinks; longer than this is a hang."""
AFTER_RESULT_S = 10.0
"""It does not always exit after its result."""
VERSION_S = 20.0
INSTALL = "npm install -g @anthropic-ai/claude-code"


class ClaudeCli:
    name = "claude"

    def __init__(
        self,
        settings: AgentSettings,
        gateway: Gateway,
        sandboxes: Sandboxes,
        shim: Sequence[str] = SHIM,
    ) -> None:
        self._settings, self._gateway, self._shim = settings, gateway, tuple(shim)
        self._sandboxes = sandboxes
        self._tried: tuple[str, int, int, int] | None = None
        """The program that is known to ask where it is told to."""
        self._doubt = ""
        """What is to be said of its version."""

    async def model_of(self, task: Task) -> str:
        return await self._gateway.model_of(task)

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        program = self._program()
        try:
            sandbox = await self._sandboxes.swept(deadline)
            async with self._gateway.open(task, deadline) as door, open_probe_door(toolbox) as probes:
                started = await self._started(program, task, door, probes, sandbox, deadline)
                return await _Conversation(task, toolbox, door, deadline).hold(sandbox, started)
        except CannotConfine as error:
            self._sandboxes.forget()
            raise NoAnswer(f"the model's program was not started: {error}", is_away=True) from error
        except (ConfigError, OSError) as error:
            raise NoAnswer(f"the model's program was not started: {error}", is_away=True) from error

    def describe(self) -> str:
        key = f"key from {self._settings.api_key_file}" if self._settings.api_key_file else "no key file"
        server = f", server {self._settings.base_url}" if self._settings.base_url else ""
        doubt = f"; {self._doubt}" if self._doubt else ""
        return f"Claude CLI {self._settings.claude.path}, {key}{server}, {self._sandboxes.describe()}{doubt}"

    async def check(self) -> tuple[bool, str]:
        try:
            program = self._program()
            version = await self._version(program)
            can_ask, words = await self._gateway.check()
            problem = too_old(version) or await self._refusal(program) if can_ask else ""
        except (CortexError, OSError) as error:
            return False, str(error)
        if problem or not can_ask:
            return False, f"{problem}; type: {INSTALL}" if problem else words
        if importlib.util.find_spec("mcp") is None:
            return False, "the Python package mcp, which offers the probes to the CLI, is not installed"
        told = f"{version} at {program}, {self._sandboxes.describe()}"
        if (doubt := unmeasured(version)) and doubt != self._doubt:
            log.warning("%s: %s", told, doubt)
        self._doubt = doubt
        return True, "; ".join(filter(None, (told, doubt, words)))

    async def _refusal(self, program: str) -> str:
        """Empty where the program asks where it is told to; it is tried once. Raises OSError, CannotConfine."""
        seen = await asyncio.to_thread(os.stat, program)
        known = (program, seen.st_ino, seen.st_mtime_ns, seen.st_size)
        if known != self._tried:
            model = self._settings.models.small
            if not await asks_where_told(program, model, await self._sandboxes.chosen()):
                return f"{program} does not ask through ANTHROPIC_UNIX_SOCKET, so that nobody could bound what it costs"
            self._tried = known
        return ""

    def _program(self) -> str:
        """Raises NoAnswer."""
        program = shutil.which(os.path.expanduser(self._settings.claude.path))
        if program is None:
            path = self._settings.claude.path
            raise NoAnswer(f"agent.claude.path: there is no program {path}; type: {INSTALL}", is_away=True)
        return os.path.abspath(program)

    async def _version(self, program: str) -> str:
        """As the program tells it from where it will run. Raises NoAnswer, CannotConfine."""
        said = await said_by(await self._sandboxes.chosen(), [program, "--version"], VERSION_S)
        if said.exit_code != 0:
            raise NoAnswer(f"{program} --version failed: {said.stderr[:200] or said.exit_code}")
        return said.stdout

    async def _started(
        self, program: str, task: Task, door: Door, probes: Path, sandbox: Sandbox, deadline: float
    ) -> Program:
        place = sandbox.place({MESSAGES: door.socket, PROBES: probes})
        way = Way(door.token, is_login=uses_login(self._settings))
        turns, schema = self._settings.max_turns, schema_of(task)
        prompt = await asyncio.to_thread(text_of, task)
        return Program(
            place,
            command(program, place, way, model=door.model, max_turns=turns, schema=schema),
            environment(way, place),
            files(place, system_of(task), self._shim),
            prompt.encode(),
            deadline,
        )


class _Conversation:
    """One run of the program."""

    def __init__(self, task: Task, toolbox: Toolbox, door: Door, deadline: float) -> None:
        self._task, self._toolbox, self._relay, self._deadline = task, toolbox, door.relay, deadline
        self._stream = EventStream(*door.secrets, on_words=lambda words: toolbox.tell(Said(words)))
        self._probes = tuple(tool.name for tool in toolbox.tools())

    async def hold(self, sandbox: Sandbox, program: Program) -> Answer:
        async with sandbox.running(program) as child:
            cut_short = await self._follow(child)
        asked = {"type": "request", "system": system_of(self._task), "prompt": program.stdin.decode()}
        transcript = f"{self._stream.hide(json.dumps(asked))}\n{self._stream.transcript()}"
        try:
            return self._answer(cut_short or self._end_of(child), transcript)
        except NoAnswer as failure:
            failure.transcript = transcript
            raise

    async def _follow(self, child: Child) -> str:
        """Read until the result and the end. Returns why nobody waits any longer; empty where it ended by itself."""
        try:
            async with asyncio.timeout_at(self._deadline):
                return await _read(child, self._stream, self._probes)
        except TimeoutError:
            return "" if self._stream.result else f"no answer within {self._task.deadline_s:g} s"
        except Unreadable as error:
            return str(error)

    def _answer(self, ended: str, transcript: str) -> Answer:
        """The result counts first; how the process ended only where there is none. What it cost, the gateway knows."""
        stream, relay = self._stream, self._relay
        cost_usd = relay.cost_usd
        if stream.result is None:
            raise NoAnswer(ended, cost_usd, is_away=not stream.has_spoken)
        if relay.over_budget:
            raise NoAnswer(str(relay.over_budget), cost_usd, over_budget=True)
        if relay.away:
            raise NoAnswer(relay.away, cost_usd, is_away=True)
        report = (words_in if self._task.asked else report_in)(stream.result, cost_usd)
        if wrong := wrong_start(stream.start or {}, self._probes):
            raise NoAnswer(wrong, cost_usd)
        try:
            opinion = opinion_of(report, self._task, str(stream.result.get("result", "")))
        except InvalidReport as error:
            raise NoAnswer(f"no valid {'answer' if self._task.asked else 'report'}: {error}", cost_usd) from error
        return Answer(
            run_id=self._task.run_id,
            verdict=opinion.verdict,
            summary=opinion.summary,
            findings=opinion.findings,
            cost_usd=cost_usd,
            transcript=transcript,
            evidence=self._toolbox.evidence,
            advice=opinion.advice,
            words=opinion.words,
            usage=relay.usage,
        )

    def _end_of(self, child: Child) -> str:
        said = one_line(self._stream.hide(child.stderr or self._stream.noise)[-MAX_WORDS:])
        return f"the model's program ended without a result (exit code {child.exit_code}): {said or 'it said nothing'}"


async def _read(child: Child, stream: EventStream, probes: Collection[str]) -> str:
    while stream.result is None:
        try:
            async with asyncio.timeout(SILENCE_S):
                chunk = await child.read()
        except TimeoutError:
            return f"the model's program was silent for {SILENCE_S:g} s"
        if not chunk:
            stream.finish()
            return ""
        stream.feed(chunk)
        if stream.start and (wrong := wrong_start(stream.start, probes)):
            return wrong
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(AFTER_RESULT_S):
            while chunk := await child.read():
                stream.feed(chunk)
    return ""
