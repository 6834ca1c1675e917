"""A program that the configuration names: it reads the task from its standard input and writes the report."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from probed.agent.form import schema_of, system_of, text_of
from probed.agent.gateway.gateway import URL, Door, Gateway
from probed.agent.gateway.purse import OverBudget
from probed.agent.launch import MCP_CONFIG, MESSAGES, PROBES, SHIM, SYSTEM_PROMPT, files
from probed.agent.loopback import behind_a_port
from probed.agent.probe_door import open_probe_door
from probed.agent.report_text import report_in
from probed.agent.sandbox.choice import Sandboxes
from probed.agent.sandbox.program import CannotConfine, Child, Place, Program, Sandbox, passed_environment
from probed.agent.toolbox import Toolbox
from probed.agent.validate import Opinion, opinion_of
from probed.agent.words import MAX_WORDS, one_line, without
from probed.config.agent import AgentSettings, CommandSettings
from probed.core.investigation import Answer, Task
from probed.errors import ConfigError, CortexError, InvalidReport, NoAnswer

MAX_OUTPUT = 2**20
"""Bytes; a report is far shorter."""
SCHEMA = "report-schema.json"
UNKNOWN_COST = (
    "what the model's program costs is not known, because it does not ask through the gateway: each run counts as its"
    " whole budget; agent.command.cost_usd says what one really costs"
)


class CommandProgram:
    name = "command"

    def __init__(
        self,
        settings: AgentSettings,
        command: CommandSettings,
        gateway: Gateway,
        sandboxes: Sandboxes,
        shim: Sequence[str] = SHIM,
    ) -> None:
        self._settings, self._command, self._gateway = settings, command, gateway
        self._sandboxes, self._shim = sandboxes, tuple(shim)

    async def model_of(self, task: Task) -> str:
        return await self._gateway.model_of(task)

    async def investigate(self, task: Task, toolbox: Toolbox, deadline: float) -> Answer:
        program = self._program()
        try:
            sandbox = await self._sandboxes.swept(deadline)
            async with self._gateway.open(task, deadline) as door, open_probe_door(toolbox) as probes:
                started = await self._started(program, task, door, probes, sandbox, deadline)
                run = _Run(task, toolbox, door, self._command.cost_usd)
                return await run.hold(sandbox, started)
        except CannotConfine as error:
            self._sandboxes.forget()
            raise NoAnswer(f"the model's program was not started: {error}", is_away=True) from error
        except (ConfigError, OSError) as error:
            raise NoAnswer(f"the model's program was not started: {error}", is_away=True) from error

    def describe(self) -> str:
        return f"the program {shlex.join(self._command.argv)}, {self._sandboxes.describe()}"

    async def check(self) -> tuple[bool, str]:
        try:
            program = self._program()
            await self._sandboxes.chosen()
        except CortexError as error:
            return False, str(error)
        return True, f"the program {program}"

    def _program(self) -> str:
        """Raises NoAnswer."""
        name = self._command.argv[0]
        program = shutil.which(os.path.expanduser(name))
        if program is None:
            raise NoAnswer(f"agent.command.argv: there is no program {name}", is_away=True)
        return os.path.abspath(program)

    async def _started(
        self, program: str, task: Task, door: Door, probes: Path, sandbox: Sandbox, deadline: float
    ) -> Program:
        place = sandbox.place({MESSAGES: door.socket, PROBES: probes})
        system, prompt = system_of(task), await asyncio.to_thread(text_of, task)
        schema = schema_of(task)
        kept = {**files(place, system, self._shim), SCHEMA: json.dumps(schema)}
        argv = (program, *self._command.argv[1:])
        argv = behind_a_port(argv) if self._command.loopback else argv
        stdin = f"{system}\n{prompt}\n{_shape(schema)}"
        env = environment(self._command, place, door, self._settings.max_turns, self._shim)
        named = (word for word in self._command.argv[1:] if os.path.isabs(word))
        return Program(place, argv, env, kept, stdin.encode(), deadline, shown=(program, *named))


class _Run:
    """One run of the program."""

    def __init__(self, task: Task, toolbox: Toolbox, door: Door, cost_usd: float | None) -> None:
        """`cost_usd`: of a run that does not ask through the gateway; None: nobody knows."""
        self._task, self._toolbox, self._relay, self._secrets = task, toolbox, door.relay, door.secrets
        self._cost_usd = cost_usd

    async def hold(self, sandbox: Sandbox, program: Program) -> Answer:
        reserve_usd = self._task.budget_usd if self._cost_usd is None else self._cost_usd
        try:
            async with self._relay.asks_by_itself(reserve_usd), sandbox.running(program) as child:
                said, cut_short = await _read(child, program.deadline, self._task.deadline_s)
        except OverBudget as error:
            raise NoAnswer(str(error), over_budget=True) from None
        text = self._hide(said.decode(errors="replace"))
        events = ({"type": "request", "prompt": program.stdin.decode()}, {"type": "output", "text": text})
        transcript = "".join(f"{self._hide(json.dumps(each))}\n" for each in events)
        try:
            opinion = await asyncio.to_thread(_opinion, self._task, text, cut_short)
        except InvalidReport as error:
            failure = self._failure(cut_short or self._reason(error, child, text), is_mute=not text.strip())
            failure.transcript = transcript
            raise failure from error
        return self._answer(opinion, transcript)

    def _answer(self, opinion: Opinion, transcript: str) -> Answer:
        is_guess = self._cost_usd is None and not self._relay.was_asked
        return Answer(
            run_id=self._task.run_id,
            verdict=opinion.verdict,
            summary=opinion.summary,
            findings=opinion.findings,
            cost_usd=self._relay.cost_usd,
            transcript=transcript,
            evidence=self._toolbox.evidence,
            advice=opinion.advice,
            words=opinion.words,
            usage=self._relay.usage,
            notes=(UNKNOWN_COST,) if is_guess else (),
        )

    def _failure(self, reason: str, *, is_mute: bool) -> NoAnswer:
        """What kept the gateway from answering says more than what the program made of it. `is_mute`: it said nothing,
        so that nobody may have been there to ask."""
        relay = self._relay
        if relay.over_budget:
            return NoAnswer(str(relay.over_budget), relay.cost_usd, over_budget=True)
        is_away = bool(relay.away) or (is_mute and not relay.was_asked)
        return NoAnswer(relay.away or reason, relay.cost_usd, is_away=is_away)

    def _reason(self, error: InvalidReport, child: Child, text: str) -> str:
        said = one_line(self._hide(child.stderr or text)[-MAX_WORDS:])
        ended = f" (exit code {child.exit_code})" if child.exit_code else ""
        return f"no valid report: {error}{ended}; the program said: {said or 'nothing'}"

    def _hide(self, text: str) -> str:
        return without(self._secrets, text)


def environment(
    command: CommandSettings, place: Place, door: Door, max_turns: int, shim: Sequence[str]
) -> Mapping[str, str]:
    """All of it: what docs/guide/agent-programs.md names, and what the settings let pass."""
    home, probes = str(place.home), place.doors[PROBES]
    messages = str(place.doors[MESSAGES])
    own = {
        "CORTEX_GATEWAY_SOCKET": messages,
        "CORTEX_GATEWAY_TOKEN": door.token,
        "CORTEX_MODEL": door.model,
        "CORTEX_MAX_TURNS": str(max_turns),
        "CORTEX_PROBES_SOCKET": str(probes),
        "CORTEX_MCP_COMMAND": shlex.join([*shim, str(probes)]),
        "CORTEX_MCP_CONFIG": str(place.folder / MCP_CONFIG),
        "CORTEX_SYSTEM_PROMPT": str(place.folder / SYSTEM_PROMPT),
        "CORTEX_REPORT_SCHEMA": str(place.folder / SCHEMA),
        "CORTEX_SOCKET": os.devnull,  # what runs below it finds no daemon
        "ANTHROPIC_UNIX_SOCKET": messages,
        "ANTHROPIC_BASE_URL": URL,
        "ANTHROPIC_API_KEY": door.token,
    }
    allowed = {name: os.environ[name] for name in command.env if name in os.environ}
    return {**passed_environment(), "HOME": home, "TMPDIR": home, **allowed, **own}


def _shape(schema: Mapping[str, object] | None) -> str:
    if schema is None:
        return "Write the answer, and nothing else, to your standard output."
    return f"Write the answer as one JSON object, and nothing else. It has this JSON Schema:\n{json.dumps(schema)}\n"


async def _read(child: Child, deadline: float, deadline_s: float) -> tuple[bytes, str]:
    """What it wrote, and why nobody waited for more; empty where it ended by itself."""
    said = bytearray()
    try:
        async with asyncio.timeout_at(deadline):
            while chunk := await child.read():
                said += chunk
                if len(said) > MAX_OUTPUT:
                    return bytes(said[:MAX_OUTPUT]), f"the model's program wrote more than {MAX_OUTPUT} bytes"
    except TimeoutError:
        return bytes(said), f"no answer within {deadline_s:g} s"
    return bytes(said), ""


def _opinion(task: Task, text: str, cut_short: str) -> Opinion:
    """The report counts, however the program ended; not what it wrote until it was cut short. Takes its time."""
    if cut_short:
        raise InvalidReport("report", cut_short)
    if task.asked:
        return opinion_of(text, task)
    return opinion_of(report_in(text, "recommendation" if task.question else "verdict"), task, text)
