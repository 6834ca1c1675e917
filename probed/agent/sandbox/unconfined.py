"""No sandbox: the program has the rights of the daemon's user, a folder of its own, and a short life."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from probed.agent.child import ChildProcess, running
from probed.agent.sandbox.program import OURS, Place, Program, new_name
from probed.host.command import kill_tree


class Unconfined:
    name = "none"
    holds = "nothing is kept from the model's program that the daemon's user may do"

    def __init__(self, state_dir: Path) -> None:
        self._runs = state_dir / "agent"

    def place(self, doors: Mapping[str, Path]) -> Place:
        """The daemon's own sockets: a path below the run's folder could be too long for one. Without any it is a trial,
        which may be somebody else's than the daemon's, and leaves the daemon's folder alone."""
        run = new_name()
        return Place(run, (self._runs if doors else Path(tempfile.gettempdir())) / run, dict(doors), dict(doors))

    @contextlib.asynccontextmanager
    async def running(self, program: Program) -> AsyncIterator[ChildProcess]:
        place = program.place
        try:
            await asyncio.to_thread(_make, program)
            argv, env, stdin = program.argv, program.env, program.stdin
            async with running(argv, env=env, cwd=place.home, stdin=stdin, marker=place.run) as child:
                yield child
        finally:
            await asyncio.to_thread(shutil.rmtree, place.folder, ignore_errors=True)

    async def check(self) -> None:
        """There is nothing to be missing."""

    async def sweep(self) -> None:
        await asyncio.to_thread(_sweep, self._runs)


def _make(program: Program) -> None:
    folder = program.place.folder
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700)
    program.place.home.mkdir(mode=0o700)
    for name, text in program.files.items():
        (folder / name).write_text(text)


def _sweep(runs: Path) -> None:
    left = [path for path in runs.iterdir() if not path.name.startswith(OURS)] if runs.is_dir() else []
    for path in left:
        kill_tree(path.name, pgid=-1)
        shutil.rmtree(path, ignore_errors=True)
