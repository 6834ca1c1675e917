"""A run's door where its program can reach it: what it says there is passed on to the socket that the daemon serves.

The daemon's own socket is the daemon's alone (0600); a program that is another user, or sees other folders, gets one of
its own, in its own place.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from probed.agent.private_socket import Talk, served, served_on

CHUNK = 65_536
MOST = 8
"""Connections at once to one door."""


@contextlib.asynccontextmanager
async def bridged(sockets: Mapping[str, Path], folder: Path) -> AsyncIterator[None]:
    """One in `folder` for each of them, by its name, which anybody may use who may enter the folder. Raises OSError."""
    async with contextlib.AsyncExitStack() as stack:
        for name, path in sockets.items():
            await stack.enter_async_context(served(folder / name, _passes_on(path), limit=CHUNK, most=MOST, mode=0o666))
        yield


@contextlib.asynccontextmanager
async def bridged_on(listeners: Mapping[Path, socket.socket]) -> AsyncIterator[None]:
    """By the daemon's sockets: where the program's connections to each of them arrive. Raises OSError."""
    async with contextlib.AsyncExitStack() as stack:
        for path, listener in listeners.items():
            await stack.enter_async_context(served_on(listener, _passes_on(path), limit=CHUNK, most=MOST))
        yield


def _passes_on(path: Path) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(path, limit=CHUNK)
        try:
            await _until_both_end(
                asyncio.ensure_future(_pump(reader, back)), asyncio.ensure_future(_pump(there, writer))
            )
        finally:
            back.close()

    return talk


async def _until_both_end(to: asyncio.Future[None], fro: asyncio.Future[None]) -> None:
    """When the daemon's end has closed, the program's does; the other way only its half."""
    try:
        await fro
    finally:
        to.cancel()
        await asyncio.gather(to, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What reads from a program that broke off ends as one that closed does: nobody waits for its answer."""
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    finally:
        with contextlib.suppress(OSError):
            writer.write_eof()
