"""The program in a container of the Docker engine: no network, no capability, a user that nobody is, a root that is
read-only, and nothing of the host but what programs are made of."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from probed.agent.child import ChildProcess, running
from probed.agent.sandbox.program import OURS, CannotConfine, Place, Program
from probed.agent.sandbox.room import INSIDE, place_inside, room_for
from probed.agent.sandbox.trial import try_out
from probed.agent.sandbox.view import View, view_for
from probed.config.agent import AgentSettings
from probed.host.command import Completed, run_command

INSTALL = "sudo apt-get install docker.io"
MAKE_IMAGE = "tar --create --files-from /dev/null | docker import - {}"
LABEL = "cortex.agent"
"""Of our containers; its value tells which process of the daemon has started them."""
OWNER = "cortex.agent.owner"
"""Tells whose daemon that was: the one of which state directory. Another one's containers are left alone."""
OF_CLIENT = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
"""What the engine's client is told, and the program is not."""
NOBODY = "65534:65534"
OPEN_FILES = 1024
TRIES_WITHIN_S = 30.0
REMOVES_WITHIN_S = 20.0


class DockerContainer:
    name = "docker"
    holds = (
        "a container: no network, no capability, no other process to be seen, a view of the host without its settings, "
        "state and sockets, limits on memory, processes and CPU"
    )

    def __init__(self, settings: AgentSettings, state_dir: Path) -> None:
        self.owner = f"{OWNER}={hashlib.sha256(os.fsencode(os.path.realpath(state_dir))).hexdigest()[:32]}"
        self._settings, self._limits = settings.docker, settings.limits
        self._readable = settings.readable

    def place(self, doors: Mapping[str, Path]) -> Place:
        return place_inside(doors)

    @contextlib.asynccontextmanager
    async def running(self, program: Program) -> AsyncIterator[ChildProcess]:
        place = program.place
        async with room_for(program) as room:
            argv = await asyncio.to_thread(self._command, program, room)
            env = {**_of_client(), **program.env}
            try:
                async with running(argv, env=env, cwd=room, stdin=program.stdin, marker=place.run) as child:
                    yield child
            finally:  # the engine's, not ours: it does not end with its client
                await asyncio.shield(asyncio.to_thread(self._remove, [_name_of(place)]))

    async def check(self) -> None:
        await asyncio.to_thread(self._look)
        await try_out(self, TRIES_WITHIN_S)

    async def sweep(self) -> None:
        await asyncio.to_thread(self._sweep)

    def _look(self) -> None:
        """Blocking. Raises CannotConfine."""
        if shutil.which(self._settings.path) is None:
            raise CannotConfine(f"there is no program {self._settings.path}; type: {INSTALL}")
        image = self._settings.image
        found = self._ask("image", "inspect", "--format", "{{.Id}}", image)
        if "No such image" in found.stderr:
            raise CannotConfine(f"there is no image {image}; type: {MAKE_IMAGE.format(image)}")
        if found.exit_code != 0:
            raise CannotConfine(f"the Docker engine does not answer: {found.stderr.strip() or 'no answer in time'}")

    def _command(self, program: Program, room: Path) -> list[str]:
        """Blocking."""
        view, disk = view_for(program, self._readable), self._limits.disk
        return [
            *(self._settings.path, "run", "--rm", "--interactive", "--pull", "never", "--log-driver", "none"),
            *("--name", _name_of(program.place), "--hostname", "agent"),
            *("--label", f"{LABEL}={OURS}", "--label", self.owner),
            *("--network", "none", "--ipc", "none", "--read-only", "--user", NOBODY),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *self._bounds(),
            *_shown(view, room),
            *("--tmpfs", f"{INSIDE}/home:rw,nosuid,nodev,size={disk},mode=1777"),
            *("--tmpfs", f"/tmp:rw,nosuid,nodev,size={disk},mode=1777"),
            *("--workdir", f"{INSIDE}/home"),
            *(word for name in program.env for word in ("--env", name)),
            *("--entrypoint", view.program, self._settings.image, *program.argv[1:]),
        ]

    def _bounds(self) -> Sequence[str]:
        memory = str(self._limits.memory)
        return [
            *("--memory", memory, "--memory-swap", memory, "--pids-limit", str(self._limits.processes)),
            *("--cpus", f"{self._limits.cpus:g}", "--ulimit", "core=0", "--ulimit", f"nofile={OPEN_FILES}"),
        ]

    def _sweep(self) -> None:
        """Blocking."""
        of_owner = ("ps", "--all", "--quiet", "--filter", f"label={self.owner}")
        listed = self._ask(*of_owner)
        if listed.exit_code == 0 and (left := listed.stdout.split()):
            ours = self._ask(*of_owner, "--filter", f"label={LABEL}={OURS}")
            if ours.exit_code == 0:
                self._remove([each for each in left if each not in ours.stdout.split()])

    def _remove(self, names: Sequence[str]) -> None:
        """Blocking; with all that runs in them."""
        if names:
            self._ask("rm", "--force", "--volumes", *names)

    def _ask(self, *words: str) -> Completed:
        """Raises CannotConfine."""
        try:
            return run_command([self._settings.path, *words], deadline_s=REMOVES_WITHIN_S, env=_of_client())
        except OSError as error:
            raise CannotConfine(f"{self._settings.path}: {error.strerror}") from error


def _shown(view: View, room: Path) -> Sequence[str]:
    mounts = [(path.resolve(), path) for path in view.paths]
    return [
        word
        for source, target in [*mounts, (room, INSIDE)]
        for word in ("--mount", f"type=bind,source={source},target={target},readonly")
    ]


def _name_of(place: Place) -> str:
    return f"cortex-agent-{place.run}"


def _of_client() -> dict[str, str]:
    return {name: os.environ[name] for name in OF_CLIENT if name in os.environ}
