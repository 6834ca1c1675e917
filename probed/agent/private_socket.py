"""A run's own Unix sockets: in a folder that nobody else may enter, served as long as the run lasts."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

MAX_SOCKET_PATH = 107
"""Bytes of a Unix socket's path, see unix(7)."""
LONGEST_NAME = "/cortex-12345678/messages.sock"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def private_folder() -> AsyncIterator[Path]:
    """Of mode 0700; gone with all that is in it when the block ends. Raises OSError."""
    folder = await asyncio.to_thread(_make)
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def served(path: Path, talk: Talk, *, limit: int, most: int, mode: int = 0o600) -> AsyncIterator[None]:
    """`talk` holds one connection's conversation; `most` may go on at once, further ones are closed. Raises OSError."""
    connections = _Connections(talk, most)
    server = await asyncio.start_unix_server(connections.serve, path, limit=limit)
    path.chmod(mode)  # noqa: ASYNC240  # a call that does not wait
    async with _open(server, connections):
        yield


@contextlib.asynccontextmanager
async def served_on(listener: socket.socket, talk: Talk, *, limit: int, most: int) -> AsyncIterator[None]:
    """The same on a socket that listens already, which is closed with it."""
    connections = _Connections(talk, most)
    server = await asyncio.start_unix_server(connections.serve, sock=listener, limit=limit)
    async with _open(server, connections):
        yield


@contextlib.asynccontextmanager
async def _open(server: asyncio.Server, connections: _Connections) -> AsyncIterator[None]:
    try:
        yield
    finally:
        server.close()
        await connections.close()


class _Connections:
    def __init__(self, talk: Talk, most: int) -> None:
        self._talk, self._most = talk, most
        self._open: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        for connection in self._open:
            connection.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        if connection is None or len(self._open) >= self._most:
            writer.close()
            return
        self._open.add(connection)
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):  # the client has gone, or the run is over
            pass
        except Exception:
            log.exception("a conversation with the model's program broke off")
        finally:
            self._open.discard(connection)
            writer.close()


def _make() -> Path:
    """Below the folder for temporary files, or below /tmp where that has too long a name."""
    for parent in (tempfile.gettempdir(), "/tmp"):
        if len(os.fsencode(parent)) + len(LONGEST_NAME) <= MAX_SOCKET_PATH:
            return Path(tempfile.mkdtemp(prefix="cortex-", dir=parent))
    raise OSError("no folder has a path that is short enough for a socket")
