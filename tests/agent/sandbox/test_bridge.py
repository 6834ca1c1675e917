from __future__ import annotations

import asyncio
import contextlib
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probed.agent.private_socket import served
from probed.agent.sandbox.bridge import bridged, bridged_on


@contextlib.asynccontextmanager
async def echoing(path: Path) -> AsyncIterator[None]:
    """Answers each line, and says goodbye at the end."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(b"heard " + line)
        writer.write(b"bye\n")
        await writer.drain()

    async with served(path, talk, limit=65_536, most=8):
        yield


async def converse(path: Path) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"one\n" + b"x" * 60_000 + b"\n")
    writer.write_eof()
    said = await reader.read()
    writer.close()
    return said


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("b")


async def test_what_is_said_goes_both_ways_to_its_end(short: Path) -> None:
    (short / "room").mkdir()
    async with echoing(short / "own.sock"), bridged({"door.sock": short / "own.sock"}, short / "room"):
        said = await converse(short / "room" / "door.sock")
        mode = stat.S_IMODE((short / "room" / "door.sock").stat().st_mode)  # a call that does not wait
        own = stat.S_IMODE((short / "own.sock").stat().st_mode)

    assert said == b"heard one\nheard " + b"x" * 60_000 + b"\nbye\n"
    assert (mode, own) == (0o666, 0o600)


async def test_a_listening_socket_of_somebody_elses_is_served_the_same(short: Path) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(short / "theirs.sock"))
    listener.listen()
    listener.setblocking(False)
    async with echoing(short / "own.sock"), bridged_on({short / "own.sock": listener}):
        assert (await converse(short / "theirs.sock")).endswith(b"bye\n")


async def test_when_the_daemon_closes_so_does_the_programs_end(short: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    (short / "room").mkdir()
    async with (
        served(short / "own.sock", hang_up, limit=65_536, most=8),
        bridged({"door.sock": short / "own.sock"}, short / "room"),
    ):
        reader, writer = await asyncio.open_unix_connection(short / "room" / "door.sock")
        writer.write(b"x")
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
