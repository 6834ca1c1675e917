"""A program beside the event loop: its output is read as it comes, and its whole tree ends with the block."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from probed.host.command import MARKER, kill_tree

CHUNK = 65_536
TAIL = 4096
"""Bytes kept of what the program writes to stderr."""
DRAIN_S = 0.5
"""How long after the program's own end its output is read on while others hold the pipe."""

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def running(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, stdin: bytes, marker: str
) -> AsyncIterator[ChildProcess]:
    """Start the program in a session of its own, with exactly this environment and the marker. Raises OSError.

    When the block ends, however it ends, so does every process that carries the marker, wherever it has gone.
    """
    process = subprocess.Popen(  # noqa: ASYNC220  # a fork takes milliseconds, and must not be separated from its end
        list(argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        env={**env, MARKER: marker},
        cwd=cwd,
        start_new_session=True,
    )
    child = ChildProcess(process, marker)
    try:
        await child.attach(stdin)
        yield child
    finally:
        await child.end()


class ChildProcess:
    """Not asyncio's own: that reaps the process by itself, and a reaped number may be somebody else's by the time its
    group is killed."""

    def __init__(self, process: subprocess.Popen[bytes], marker: str) -> None:
        self._process, self._marker = process, marker
        self._stdout = asyncio.StreamReader()
        self._tail = _Tail()
        self._transports: list[asyncio.BaseTransport] = []
        self._exit = os.pidfd_open(process.pid)

    @property
    def exit_code(self) -> int | None:
        """Known once the block has ended; negative: the signal."""
        return self._process.returncode

    @property
    def stderr(self) -> str:
        """The end of it."""
        return self._tail.data.decode(errors="replace").strip()

    async def attach(self, stdin: bytes) -> None:
        loop = asyncio.get_running_loop()
        output, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._stdout), self._process.stdout
        )
        self._transports.append(output)
        errors, _ = await loop.connect_read_pipe(lambda: self._tail, self._process.stderr)
        self._transports.append(errors)
        source, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, self._process.stdin)
        self._transports.append(source)
        source.write(stdin)
        source.write_eof()
        loop.add_reader(self._exit, self._exited, output)

    async def read(self) -> bytes:
        """Some bytes of stdout; empty when it has been closed, or shortly after the program's end."""
        return await self._stdout.read(CHUNK)

    async def end(self) -> None:
        """Kill what is left, reap the program and close its pipes."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        try:
            left = await asyncio.shield(asyncio.to_thread(kill_tree, self._marker, self._process.pid))
            if left:
                log.warning("processes that cannot be killed: %s", ", ".join(map(str, left)))
        finally:
            self._close()

    def _exited(self, output: asyncio.BaseTransport) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._exit)
        loop.call_later(DRAIN_S, output.close)

    def _close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._exit)
        os.close(self._exit)
        for transport in self._transports:
            transport.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe and not self._transports:
                pipe.close()
        self._process.poll()


class _Tail(asyncio.Protocol):
    def __init__(self) -> None:
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data = (self.data + data)[-TAIL:]
