"""How a backend has its program run: what the program is given, and what every sandbox makes of it.

    place = sandbox.place(doors={"messages.sock": door.socket, "probes.sock": probes})
    program = Program(place, argv, env, files={"system.md": text}, stdin=prompt, deadline=deadline)
    async with sandbox.running(program) as child:
        while chunk := await child.read(): ...

The program finds its folder where `place` says, starts in the empty `home` in it, has exactly the environment it was
given, and nothing of it outlives the block.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from probed.errors import CortexError

OURS = secrets.token_hex(4)
"""Tells what belongs to this process from what an earlier one left behind."""
PASSED_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ")
"""Nothing else of the daemon's environment reaches a program."""


class CannotConfine(CortexError):
    """The sandbox cannot be had on this host. What to type stands behind `; type: ` where a command mends it."""

    def __init__(self, reason: str, *, is_absent: bool = False) -> None:
        """`is_absent`: nobody has set it up here; otherwise it is there and does not work."""
        super().__init__(reason)
        self.is_absent = is_absent


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's program finds what it is given: paths as the program sees them."""

    run: str
    """Names the run among all of this host; its processes carry it as their mark where they share the daemon's host."""
    folder: Path
    doors: Mapping[str, Path]
    """By name: what the program connects to."""
    sockets: Mapping[str, Path]
    """By the same names: where the daemon serves."""

    @property
    def home(self) -> Path:
        """The only folder that it can write to: HOME, TMPDIR and working folder, empty at first."""
        return self.folder / "home"


@dataclass(frozen=True, slots=True)
class Program:
    place: Place
    argv: Sequence[str]
    env: Mapping[str, str]
    """All of its environment."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By the name in its folder, its own copies."""
    stdin: bytes = b""
    deadline: float = float("inf")
    """In monotonic seconds. Who runs it ends it then; a unit and bubblewrap do so by themselves a little later."""
    shown: Sequence[str] = ()
    """Files of the host that it is made of beside `argv[0]`, which bubblewrap and containers let it read."""


class Child(Protocol):
    @property
    def exit_code(self) -> int | None:
        """Known once the block has ended; negative: the signal. None where nobody can tell."""

    @property
    def stderr(self) -> str:
        """The end of it."""

    async def read(self) -> bytes:
        """Some bytes of stdout; empty when it has been closed, or shortly after the program's end."""


class Sandbox(Protocol):
    name: str

    @property
    def holds(self) -> str:
        """What is kept from the program, in a few words."""

    def place(self, doors: Mapping[str, Path]) -> Place:
        """Of a new run; `doors`: the daemon's sockets by the names that they have in the run's folder."""

    def running(self, program: Program) -> AbstractAsyncContextManager[Child]:
        """Raises OSError, CannotConfine."""

    async def check(self) -> None:
        """Whether a program would really run in it, by running one. Raises CannotConfine."""

    async def sweep(self) -> None:
        """End what a daemon that was killed left behind. To be called before the first run."""


def passed_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in PASSED_ENVIRONMENT if name in os.environ}


def new_name() -> str:
    return f"{OURS}-{secrets.token_hex(8)}"
