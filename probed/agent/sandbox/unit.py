"""The program in a unit of systemd of its own: another user, no network, limits, and nothing left when it ends.

The daemon has no rights over units. It connects to `cortex-agent.socket`, for which systemd starts a unit; in it the
runner (`runner.py`) starts the program and hands the run's doors over. The unit ends with the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from probed.agent.child import CHUNK, DRAIN_S, Feed, Tail
from probed.agent.sandbox.bridge import bridged_on
from probed.agent.sandbox.program import CannotConfine, Place, Program, new_name
from probed.agent.sandbox.runner import MAX_REQUEST, ROOM, receive, send
from probed.agent.sandbox.trial import try_out
from probed.host import cgroup

SOCKET = Path("/run/cortex-agent.sock")
UNIT = "cortex-agent@"
STARTS_WITHIN_S = 25.0
"""A third of a second on a calm host; an investigation is wanted most on one that is not."""
ENDS_WITHIN_S = 12.0
"""More than the unit's own WatchdogSec, which ends one whose runner was stopped."""
TRIES_WITHIN_S = 28.0
LONGEST_S = 840.0
"""Shorter than the unit's own RuntimeMaxSec, so that it is the daemon that says what happened."""
LOOK = f"journalctl -u '{UNIT}*'"

log = logging.getLogger(__name__)


class SystemdUnit:
    name = "unit"
    holds = (
        "a unit of its own: another user, no network, a view of the host without its settings, state and sockets, "
        "limits on memory, processes, CPU and time"
    )

    def __init__(self, path: Path = SOCKET) -> None:
        self._path = path

    def place(self, doors: Mapping[str, Path]) -> Place:
        return Place(new_name(), ROOM, {name: ROOM / name for name in doors}, dict(doors))

    @contextlib.asynccontextmanager
    async def running(self, program: Program) -> AsyncIterator[_Child]:
        pipes = _Pipes()
        try:
            control, answer, files = await asyncio.to_thread(self._begin, program, pipes)
        except BaseException:
            pipes.close()
            raise
        doors = dict(zip(program.place.sockets.values(), map(_as_socket, files), strict=True))
        child = _Child(control, pipes)
        try:
            async with bridged_on(doors):
                await child.attach(program.stdin)
                yield child
        finally:
            await child.end()
            await _gone(_group_in(answer["cgroup"]))

    async def check(self) -> None:
        await try_out(self, TRIES_WITHIN_S, LOOK)

    async def sweep(self) -> None:
        """A unit ends with its connection, and that with the daemon."""

    def _begin(self, program: Program, pipes: _Pipes) -> tuple[socket.socket, dict[str, Any], list[int]]:
        """Blocking. Raises OSError, CannotConfine."""
        control = socket.socket(socket.AF_UNIX)
        try:
            control.settimeout(STARTS_WITHIN_S)
            self._connect(control)
            send(control, _request(program), pipes.theirs)
            answer, files = _answer(control)
        except BaseException:
            control.close()
            raise
        pipes.close_theirs()
        return control, answer, files

    def _connect(self, control: socket.socket) -> None:
        try:
            control.connect(str(self._path))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            remedy = "sudo systemctl enable --now cortex-agent.socket"
            is_absent = isinstance(error, FileNotFoundError)
            raise CannotConfine(f"nobody listens on {self._path}; type: {remedy}", is_absent=is_absent) from error
        except PermissionError as error:
            words = f"{self._path} is for the service of this host, and members of the group cortex"
            raise CannotConfine(words, is_absent=True) from error


def _answer(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Raises CannotConfine."""
    try:
        answer, files = receive(control, MAX_REQUEST)
    except TimeoutError as error:
        raise CannotConfine(f"{UNIT} did not start within {STARTS_WITHIN_S:g} s; type: {LOOK}") from error
    except (ConnectionError, ValueError) as error:
        raise CannotConfine(f"{UNIT} did not start, or ended at once; type: {LOOK}") from error
    if "error" in answer:
        raise CannotConfine(f"{UNIT}: {answer['error']}")
    return answer, files


def _request(program: Program) -> dict[str, Any]:
    seconds = min(program.deadline - time.monotonic(), LONGEST_S)
    return {
        "argv": list(program.argv),
        "program": os.path.realpath(program.argv[0]),
        "env": dict(program.env),
        "files": dict(program.files),
        "doors": list(program.place.doors),
        "seconds": max(seconds, 0.0) + ENDS_WITHIN_S,
    }


def _as_socket(file: int) -> socket.socket:
    listener = socket.socket(fileno=file)
    listener.setblocking(False)
    return listener


async def _gone(group: str) -> None:
    """Until the last process of the unit has ended, which systemd sees to: its control group says so."""
    end = time.monotonic() + ENDS_WITHIN_S
    while left := await asyncio.to_thread(cgroup.pids, group):
        if time.monotonic() > end:
            log.warning("processes of %s that systemd has not ended yet: %s", UNIT, ", ".join(map(str, left)))
            return
        await asyncio.sleep(0.01)


def _group_in(told: str) -> str:
    """`told`: /proc/PID/cgroup of the unit's first process."""
    lines = [line.split(":", 2) for line in told.splitlines()]
    groups = {kind: path for _, kind, path in lines}
    return groups.get("name=systemd", groups.get("", "")).lstrip("/")


class _Pipes:
    """The program's stdin, stdout and stderr: three ends for it, three for the daemon."""

    def __init__(self) -> None:
        (stdin, self.stdin), (self.stdout, stdout), (self.stderr, stderr) = (os.pipe() for _ in range(3))
        self.theirs = [stdin, stdout, stderr]

    def close_theirs(self) -> None:
        for file in self.theirs:
            os.close(file)
        self.theirs = []

    def close(self) -> None:
        self.close_theirs()
        for file in (self.stdin, self.stdout, self.stderr):
            os.close(file)


class _Child:
    def __init__(self, control: socket.socket, pipes: _Pipes) -> None:
        self._control, self._pipes = control, pipes
        self._stdout, self._tail = asyncio.StreamReader(), Tail()
        self._transports: list[asyncio.BaseTransport] = []
        self._feed: Feed | None = None
        self._end: asyncio.Task[None] | None = None
        self._exit_code: int | None = None
        self._refusal = ""

    @property
    def exit_code(self) -> int | None:
        return self._exit_code

    @property
    def stderr(self) -> str:
        return self._tail.data.decode(errors="replace").strip() or self._refusal

    async def attach(self, stdin: bytes) -> None:
        loop = asyncio.get_running_loop()
        files = [os.fdopen(file, mode, 0) for file, mode in self._modes()]
        self._feed = Feed(files[0], stdin)
        protocol = asyncio.StreamReaderProtocol(self._stdout)
        output, _ = await loop.connect_read_pipe(lambda: protocol, files[1])
        errors, _ = await loop.connect_read_pipe(lambda: self._tail, files[2])
        self._transports = [output, errors]
        self._control.setblocking(False)
        self._end = asyncio.create_task(self._await_end(output))

    async def read(self) -> bytes:
        return await self._stdout.read(CHUNK)

    async def end(self) -> None:
        if self._end:
            # what it closed its output for is most often its end, of which the runner is about to tell
            await asyncio.wait({self._end}, timeout=DRAIN_S if self._stdout.at_eof() else 0)
            self._end.cancel()
            await asyncio.gather(self._end, return_exceptions=True)
        self._control.close()
        if self._feed:
            self._feed.close()
        for transport in self._transports:
            transport.close()

    def _modes(self) -> list[tuple[int, str]]:
        return [(self._pipes.stdin, "wb"), (self._pipes.stdout, "rb"), (self._pipes.stderr, "rb")]

    async def _await_end(self, output: asyncio.BaseTransport) -> None:
        """The runner says how the program ended, or ends without a word: the unit was ended by its limits."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionError, ValueError):
            said = b""
            while not said.endswith(b"\n") and len(said) < CHUNK:
                if not (chunk := await loop.sock_recv(self._control, CHUNK)):
                    break
                said += chunk
            self._take(said)
        loop.call_later(DRAIN_S, output.close)

    def _take(self, said: bytes) -> None:
        if not said:
            self._refusal = f"the unit was ended by one of its limits; type: {LOOK}"
            return
        answer = json.loads(said)
        self._exit_code, self._refusal = answer.get("exit_code"), str(answer.get("error", ""))
