"""Which versions of the Claude program were driven by Cortex, and whether one asks where it is told to."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from probed.agent.gateway.door import Call, Reply, error_body, open_door
from probed.agent.launch import MCP_CONFIG, MESSAGES, SYSTEM_PROMPT, Way, command, environment
from probed.agent.private_socket import private_folder
from probed.agent.sandbox.program import Child, Program, Sandbox

OLDEST, NEWEST = (2, 1, 197), (2, 1, 327)
"""That were measured."""
WITHIN_S = 20.0
TOKEN = "of-a-trial"  # noqa: S105  # nobody takes it


def too_old(told: str) -> str:
    """Why it cannot be used; empty where it can, as far as its version tells."""
    version = _version(told)
    return f"{told} is older than {_text(OLDEST)}" if version and version < OLDEST else ""


def unmeasured(told: str) -> str:
    """What is to be said of a version that may behave otherwise; empty: nothing."""
    version = _version(told)
    if version and OLDEST <= version <= NEWEST:
        return ""
    return f"Cortex was not measured with this version, but with {_text(OLDEST)} to {_text(NEWEST)}"


async def asks_where_told(program: str, model: str, sandbox: Sandbox) -> bool:
    """Whether it honours ANTHROPIC_UNIX_SOCKET: it is started with a socket behind which nobody but us answers, and
    refuses at once. Raises OSError, CannotConfine."""
    was_asked = asyncio.Event()

    async def refuse(call: Call) -> Reply:
        was_asked.set()
        body = error_body("authentication_error", "this was a trial")
        head = {"content-type": "application/json", "content-length": str(len(body)), "x-should-retry": "false"}
        return Reply(401, head, _whole(body))

    async with private_folder() as doors, open_door(doors / MESSAGES, refuse):
        await _start(_trial(program, model, sandbox, doors / MESSAGES), sandbox, was_asked)
    return was_asked.is_set()


async def _start(program: Program, sandbox: Sandbox, was_asked: asyncio.Event) -> None:
    """Until it has asked, or ends."""
    async with sandbox.running(program) as child:
        reading, asked = asyncio.ensure_future(_read_all(child)), asyncio.ensure_future(was_asked.wait())
        await asyncio.wait({reading, asked}, timeout=WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        for task in (reading, asked):
            task.cancel()
        await asyncio.gather(reading, asked, return_exceptions=True)


def _trial(program: str, model: str, sandbox: Sandbox, socket: Path) -> Program:
    place, way = sandbox.place({MESSAGES: socket}), Way(TOKEN)
    argv = command(program, place, way, model=model, max_turns=1, schema=None)
    kept = {MCP_CONFIG: json.dumps({"mcpServers": {}}), SYSTEM_PROMPT: "Answer."}
    deadline = time.monotonic() + WITHIN_S
    return Program(place, argv, environment(way, place), kept, b"hello", deadline, shown=(program,))


async def _read_all(child: Child) -> None:
    while await child.read():
        pass


async def _whole(body: bytes) -> AsyncGenerator[bytes]:
    yield body


def _version(told: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)\.(\d+)", told)
    return tuple(map(int, found.groups())) if found else ()


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
