"""The program in bubblewrap: namespaces of its own, an empty network, and a root that holds what programs are made of.

Whoever runs the daemon, the program has no capability, gains none, and cannot be root: root's daemon gives it a user
that nobody else is. Memory, processes and CPU are bounded by a scope of systemd where one can be made; else by the
limits of the kernel for each process, and by the daemon, which looks how much all of them hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from probed.agent.child import ChildProcess, running
from probed.agent.sandbox.memory_watch import memory_watched
from probed.agent.sandbox.program import CannotConfine, Place, Program
from probed.agent.sandbox.room import INSIDE, place_inside, room_for
from probed.agent.sandbox.scope import Scope, find_scope
from probed.agent.sandbox.trial import try_out
from probed.agent.sandbox.view import View, view_for
from probed.config.agent import AgentSettings

PROGRAM = "bwrap"
INSTALL = "sudo apt-get install bubblewrap"
TRIES_WITHIN_S = 10.0
FREE_USERS = range(61184, 65520)
"""Numbers that no account has: systemd gives them to services that come and go, see uids-gids(7) of systemd."""
LONGEST_S = 3600.0
ENDS_WITHIN_S = 3.0
"""How long after its deadline the daemon has to end it; then `timeout` does."""
ENDS_WITH_THE_DAEMON = ("setpriv", "--pdeathsig", "KILL")
"""Also where that is killed itself: bubblewrap, in its turn, ends with `timeout`."""
OPEN_FILES = 1024
NICE = "10"


class Bubblewrap:
    name = "bwrap"

    def __init__(self, settings: AgentSettings) -> None:
        self._limits, self._readable = settings.limits, settings.readable
        self._scope: Scope | None = None

    @property
    def holds(self) -> str:
        limits = self._scope.holds if self._scope else "limits"
        return (
            "bubblewrap: no network, no other process to be seen, a view of the host without its settings, state and "
            f"sockets; {limits}"
        )

    def place(self, doors: Mapping[str, Path]) -> Place:
        return place_inside(doors)

    @contextlib.asynccontextmanager
    async def running(self, program: Program) -> AsyncIterator[ChildProcess]:
        scope = await self._scope_of_this_host()
        async with room_for(program) as room:
            argv = await asyncio.to_thread(self._command, program, room, scope)
            env = {**scope.environment, **program.env}
            most = None if scope.bounds_memory else self._limits.memory
            started = running(argv, env=env, cwd=room, stdin=program.stdin, marker=program.place.run)
            async with started as child, memory_watched(child, most):
                yield child

    async def check(self) -> None:
        if shutil.which(PROGRAM) is None:
            raise CannotConfine(f"there is no program {PROGRAM}; type: {INSTALL}")
        self._scope = None
        await try_out(self, TRIES_WITHIN_S)

    async def sweep(self) -> None:
        """What is in bubblewrap ends with the daemon: it asks the kernel for that."""

    async def _scope_of_this_host(self) -> Scope:
        if self._scope is None:
            self._scope = await asyncio.to_thread(find_scope, self._limits)
        return self._scope

    def _command(self, program: Program, room: Path, scope: Scope) -> list[str]:
        """Blocking."""
        view = view_for(program, self._readable)
        seconds = min(max(program.deadline - time.monotonic(), 0) + ENDS_WITHIN_S, LONGEST_S)
        return [
            *ENDS_WITH_THE_DAEMON,
            *scope.command,
            *("nice", "-n", NICE),
            *("timeout", "--foreground", "--signal=KILL", f"{seconds:.0f}"),
            *(PROGRAM, *self._namespaces(), *self._shown(view, room), *_unset(scope.environment), "--"),
            *(_as_somebody() if os.geteuid() == 0 else ()),
            *self._bounds(scope),
            view.program,
            *program.argv[1:],
        ]

    def _namespaces(self) -> Sequence[str]:
        own = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
        rights = ["--cap-drop", "ALL"]
        if os.geteuid() == 0:
            # to become somebody else; both end with that
            rights += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        else:
            own.append("--unshare-user")
        return [*own, *rights, "--die-with-parent"]

    def _shown(self, view: View, room: Path) -> Sequence[str]:
        shown = list[str]()
        for folder in sorted({parent for path in view.paths for parent in path.parents if parent != Path("/")}):
            shown += ["--perms", "0755", "--dir", str(folder)]  # else it would be as closed as the host's own
        for path in view.paths:
            if path.is_symlink():
                shown += ["--symlink", os.readlink(path), str(path)]
            else:
                shown += ["--ro-bind", str(path), str(path)]
        disk = str(self._limits.disk)
        return [
            *("--size", disk, "--perms", "1777", "--tmpfs", "/tmp"),  # before what lies in it
            *shown,
            *("--perms", "0755", "--dir", str(INSIDE.parent)),
            *("--proc", "/proc"),
            *("--dev", "/dev", "--remount-ro", "/dev"),
            *("--ro-bind", str(room), str(INSIDE)),
            *("--size", disk, "--perms", "1777", "--tmpfs", str(INSIDE / "home")),
            *("--remount-ro", "/"),
            *("--chdir", str(INSIDE / "home")),
        ]

    def _bounds(self, scope: Scope) -> Sequence[str]:
        bounds = ["--core=0", f"--nofile={OPEN_FILES}", f"--nproc={self._limits.processes}"]
        if not scope.bounds_memory:
            bounds.append(f"--data={self._limits.memory}")
        return ["prlimit", *bounds]


def _as_somebody() -> Sequence[str]:
    number = str(random.choice(FREE_USERS))  # noqa: S311
    return ["setpriv", "--reuid", number, "--regid", number, "--clear-groups", "--inh-caps=-all", "--no-new-privs"]


def _unset(environment: Mapping[str, str]) -> Sequence[str]:
    return [word for name in environment for word in ("--unsetenv", name)]
