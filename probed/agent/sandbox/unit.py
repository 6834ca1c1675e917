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
from typing import IO, Any

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
        begun = await self._begun(program)
        child = _Child(begun)
        try:
            doors = dict(zip(program.place.sockets.values(), begun.listeners, strict=True))
            async with bridged_on(doors):
                await child.attach(program.stdin)
                yield child
        finally:
            try:
                await child.end()
            finally:
                begun.close()
            await _gone(_group_in(begun.cgroup))

    async def check(self) -> None:
        await try_out(self, TRIES_WITHIN_S, LOOK)

    async def sweep(self) -> None:
        """A unit ends with its connection, and that with the daemon."""

    async def _begun(self, program: Program) -> _Begun:
        """Nothing of it stays open where nobody waits for it any more, nor is closed while the thread still sends it.
        Raises OSError, CannotConfine."""
        begun = _Begun()
        beginning = asyncio.ensure_future(asyncio.to_thread(self._begin, program, begun))
        try:
            await asyncio.shield(beginning)
        except BaseException:
            beginning.add_done_callback(lambda _: begun.close())
            begun.break_off()
            await asyncio.wait({beginning})
            raise
        return begun

    def _begin(self, program: Program, begun: _Begun) -> None:
        """Blocking. Raises OSError, CannotConfine."""
        begun.control.settimeout(STARTS_WITHIN_S)
        self._connect(begun.control)
        send(begun.control, _request(program), [file.fileno() for file in begun.theirs])
        answer, files, begun.said = _answer(begun.control)
        begun.cgroup, begun.listeners = str(answer["cgroup"]), list(map(_as_socket, files))
        for file in begun.theirs:
            file.close()

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


def _answer(control: socket.socket) -> tuple[dict[str, Any], list[int], bytes]:
    """Raises CannotConfine."""
    try:
        answer, files, rest = receive(control, MAX_REQUEST)
    except TimeoutError as error:
        raise CannotConfine(f"{UNIT} did not start within {STARTS_WITHIN_S:g} s; type: {LOOK}") from error
    except (ConnectionError, ValueError) as error:
        raise CannotConfine(f"{UNIT} did not start, or ended at once; type: {LOOK}") from error
    if "error" in answer:
        raise CannotConfine(f"{UNIT}: {answer['error']}")
    return answer, files, rest


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


class _Begun:
    """The connection to the unit, and three pipes: the program's stdin, stdout and stderr."""

    def __init__(self) -> None:
        with contextlib.ExitStack() as stack:
            self.control = stack.enter_context(socket.socket(socket.AF_UNIX))
            pipes = [tuple(map(stack.enter_context, _pipe())) for _ in range(3)]
            self._stack = stack.pop_all()
        (stdin, self.stdin), (self.stdout, stdout), (self.stderr, stderr) = pipes
        self.theirs = (stdin, stdout, stderr)
        self.listeners: list[socket.socket] = []
        self.cgroup, self.said = "", b""
        """Where the unit's processes are, and what the runner has said since."""

    def break_off(self) -> None:
        """Whoever waits for an answer gets none."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """All that is open still."""
        self._stack.close()
        for listener in self.listeners:
            listener.close()


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb", 0), os.fdopen(writer, "wb", 0)


class _Child:
    def __init__(self, begun: _Begun) -> None:
        self._begun = begun
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
        self._feed = Feed(self._begun.stdin, stdin)
        protocol = asyncio.StreamReaderProtocol(self._stdout)
        output, _ = await loop.connect_read_pipe(lambda: protocol, self._begun.stdout)
        self._transports.append(output)
        errors, _ = await loop.connect_read_pipe(lambda: self._tail, self._begun.stderr)
        self._transports.append(errors)
        self._begun.control.setblocking(False)
        self._end = asyncio.create_task(self._await_end(output))

    async def read(self) -> bytes:
        return await self._stdout.read(CHUNK)

    async def end(self) -> None:
        try:
            await self._tells_how()
        finally:
            if self._feed:
                self._feed.close()
            for transport in self._transports:
                transport.close()

    async def _tells_how(self) -> None:
        if self._end:
            # what it closed its output for is most often its end, of which the runner is about to tell
            try:
                await asyncio.wait({self._end}, timeout=DRAIN_S if self._stdout.at_eof() else 0)
            finally:
                self._end.cancel()
            await asyncio.gather(self._end, return_exceptions=True)

    async def _await_end(self, output: asyncio.BaseTransport) -> None:
        """The runner says how the program ended, or ends without a whole word: the unit was ended by its limits."""
        loop, said = asyncio.get_running_loop(), self._begun.said
        with contextlib.suppress(ConnectionError):
            while not said.endswith(b"\n") and len(said) < CHUNK:
                if not (chunk := await loop.sock_recv(self._begun.control, CHUNK)):
                    break
                said += chunk
        self._take(said)
        loop.call_later(DRAIN_S, output.close)

    def _take(self, said: bytes) -> None:
        answer = None
        with contextlib.suppress(ValueError):
            answer = json.loads(said)
        if not isinstance(answer, dict):
            self._refusal = f"the unit was ended by one of its limits; type: {LOOK}"
            return
        self._exit_code, self._refusal = answer.get("exit_code"), str(answer.get("error", ""))
