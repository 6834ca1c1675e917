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
from typing import IO

from probed.host.command import kill_tree, marks
from probed.host.out_of_memory import let_go_first

CHUNK = 65_536
TAIL = 4096
"""Bytes kept of what the program writes to stderr."""
DRAIN_S = 0.5
"""How long after the program's own end its output is read on while others hold the pipe."""
REAP_S = 2.0

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
        env={**env, **marks(marker)},
        cwd=cwd,
        start_new_session=True,
    )
    let_go_first(process.pid)
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
        self._tail = Tail()
        self._pipes = [process.stdin, process.stdout, process.stderr]
        """Those that no transport has taken over yet."""
        self._transports: list[asyncio.ReadTransport] = []
        self._feed: Feed | None = None
        self._exit = -1
        self._ended = asyncio.Event()
        self._stopped = ""

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Known once the block has ended; negative: the signal."""
        return self._process.returncode

    @property
    def stderr(self) -> str:
        """The end of it, or why it was stopped."""
        return self._stopped or self._tail.data.decode(errors="replace").strip()

    async def attach(self, stdin: bytes) -> None:
        loop = asyncio.get_running_loop()
        if self._process.stdin:
            self._feed = Feed(self._process.stdin, stdin)
        protocol = asyncio.StreamReaderProtocol(self._stdout)
        output, _ = await loop.connect_read_pipe(lambda: protocol, self._process.stdout)
        self._transports.append(output)
        self._pipes.remove(self._process.stdout)
        errors, _ = await loop.connect_read_pipe(lambda: self._tail, self._process.stderr)
        self._transports.append(errors)
        self._pipes.remove(self._process.stderr)
        self._exit = os.pidfd_open(self._process.pid)
        loop.add_reader(self._exit, self._exited, output)

    async def read(self) -> bytes:
        """Some bytes of stdout; empty when it has been closed, or shortly after the program's end."""
        return await self._stdout.read(CHUNK)

    async def stop(self, why: str) -> None:
        """Kill it before its time; `why` takes the place of what it said itself."""
        self._stopped = why
        await asyncio.to_thread(kill_tree, self._marker, self._process.pid)

    async def end(self) -> None:
        """Kill what is left, reap the program and close its pipes."""
        try:
            await self._tells_how()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            try:
                await asyncio.shield(asyncio.to_thread(self._kill))
            finally:
                self._close()

    async def _tells_how(self) -> None:
        """Once it has closed its output it is about to end, and its exit code is worth the moment."""
        if self._stdout.at_eof():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), DRAIN_S)

    def _kill(self) -> None:
        left = kill_tree(self._marker, self._process.pid)
        if left:
            log.warning("processes that cannot be killed: %s", ", ".join(map(str, left)))
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(REAP_S)  # its threads may end a moment after it has

    def _exited(self, output: asyncio.BaseTransport) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._exit)
        self._ended.set()
        loop.call_later(DRAIN_S, output.close)

    def _close(self) -> None:
        if self._exit >= 0:
            asyncio.get_running_loop().remove_reader(self._exit)
            os.close(self._exit)
        if self._feed:
            self._feed.close()
        for transport in self._transports:
            transport.close()
        for pipe in self._pipes:
            if pipe:
                pipe.close()


class Feed:
    """Writes into a pipe as it drains, then closes it. asyncio's own transport cannot be broken off safely."""

    def __init__(self, pipe: IO[bytes], data: bytes) -> None:
        self._pipe, self._left = pipe, memoryview(data)
        os.set_blocking(pipe.fileno(), False)
        asyncio.get_running_loop().add_writer(pipe.fileno(), self._write)

    def close(self) -> None:
        if not self._pipe.closed:
            asyncio.get_running_loop().remove_writer(self._pipe.fileno())
            self._pipe.close()

    def _write(self) -> None:
        try:
            self._left = self._left[os.write(self._pipe.fileno(), self._left) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._left = memoryview(b"")
        if not self._left:
            self.close()


class Tail(asyncio.Protocol):
    """The end of what comes."""

    def __init__(self) -> None:
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data = (self.data + data)[-TAIL:]
