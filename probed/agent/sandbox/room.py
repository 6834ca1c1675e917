"""The folder that a sandbox shows to the program of one run, as it lies on the host."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from probed.agent.private_socket import private_folder
from probed.agent.sandbox.bridge import bridged
from probed.agent.sandbox.program import Place, Program, new_name

INSIDE = Path("/agent/run")
"""Where the program finds it; its `home` is elsewhere, in memory."""


def place_inside(doors: Mapping[str, Path]) -> Place:
    return Place(new_name(), INSIDE, {name: INSIDE / name for name in doors}, dict(doors))


@contextlib.asynccontextmanager
async def room_for(program: Program) -> AsyncIterator[Path]:
    """With its files and its doors. Any user may read it who may enter the folder that it is in, which on the host is
    nobody but the daemon's. Raises OSError."""
    async with private_folder() as private:
        room = private / "run"
        await asyncio.to_thread(_furnish, room, program.files)
        async with bridged(program.place.sockets, room):
            yield room


def _furnish(room: Path, files: Mapping[str, str]) -> None:
    for folder, mode in ((room, 0o755), (room / "home", 0o1777)):  # what is mounted on it gets its mode
        folder.mkdir()
        folder.chmod(mode)
    for name, text in files.items():
        path = room / name
        path.write_text(text)
        path.chmod(0o644)
