"""A short program in a sandbox, to see whether it runs there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from probed.agent.sandbox.program import CannotConfine, Program, Sandbox, passed_environment

HARMLESS = ("/usr/bin/env", "true")
MAX_SAID = 4096


@dataclass(frozen=True, slots=True)
class Said:
    exit_code: int | None
    stdout: str
    stderr: str


async def said_by(sandbox: Sandbox, argv: Sequence[str], within_s: float) -> Said:
    """Raises CannotConfine, also where nothing can be started or it does not end in time."""
    place = sandbox.place({})
    env = {**passed_environment(), "HOME": str(place.home)}
    said = b""
    try:
        async with (
            asyncio.timeout(within_s),
            sandbox.running(Program(place, argv, env, deadline=time.monotonic() + within_s)) as child,
        ):
            while (chunk := await child.read()) and len(said) < MAX_SAID:
                said += chunk
    except (OSError, TimeoutError) as error:
        reason = str(error) or f"{argv[0]} did not end within {within_s:g} s"
        raise CannotConfine(f"{sandbox.name}: no program starts: {reason}") from error
    return Said(child.exit_code, said.decode(errors="replace").strip(), child.stderr)


async def try_out(sandbox: Sandbox, within_s: float, remedy: str = "") -> None:
    """Raises CannotConfine."""
    said = await said_by(sandbox, HARMLESS, within_s)
    if said.exit_code != 0:
        words = said.stderr or f"it ended at once, with exit code {said.exit_code}"
        raise CannotConfine(f"{sandbox.name}: no program starts: {words}{remedy and f'; type: {remedy}'}")
