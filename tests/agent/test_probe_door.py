from __future__ import annotations

import asyncio
import contextlib
import json
import stat
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from probed.agent import probe_door
from probed.agent.probe_door import MAX_CONNECTIONS, MAX_REQUEST, open_probe_door
from tests.agent.arrange import make_toolbox, unframed

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def connected(path: Path) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def ask(streams: Streams, *lines: bytes | dict[str, Any]) -> list[dict[str, Any]]:
    reader, writer = streams
    for line in lines:
        writer.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")
    async with asyncio.timeout(60):
        return [json.loads(await reader.readline()) for _ in lines]


async def test_the_probes_are_listed_with_their_schema() -> None:
    async with open_probe_door(make_toolbox()) as path, connected(path) as streams:
        (answer,) = await ask(streams, {"id": 1, "method": "tools/list"})

    (tool,) = answer["result"]["tools"]
    assert answer["id"] == 1
    assert tool["name"] == "processes"
    assert tool["inputSchema"]["properties"]["limit"]["maximum"] == 100


async def test_a_call_is_answered_and_becomes_evidence() -> None:
    toolbox = make_toolbox()
    request = {"id": 7, "method": "tools/call", "params": {"name": "processes", "arguments": {"limit": 1}}}

    async with open_probe_door(toolbox) as path, connected(path) as streams:
        (answer,) = await ask(streams, request)

    assert answer["id"] == 7
    assert answer["result"]["isError"] is False
    assert toolbox.evidence[0].answer == unframed(answer["result"]["text"])


@pytest.mark.parametrize(
    "line",
    [
        b"not json",
        b"[1]",
        b"\xff\xfe",
        b"[" * 20_000,
        {"id": 1, "method": "shell"},
        {"id": 1, "method": "tools/call"},
        {"id": 1, "method": "tools/call", "params": {"name": 5}},
        {"id": 1, "method": "tools/call", "params": [1]},
    ],
)
async def test_what_is_no_request_is_an_error_and_the_connection_goes_on(line: bytes | dict[str, Any]) -> None:
    async with open_probe_door(make_toolbox()) as path, connected(path) as streams:
        (refused,) = await ask(streams, line)
        (answer,) = await ask(streams, {"id": 2, "method": "tools/list"})

    assert "error" in refused
    assert "result" in answer


async def test_a_line_without_end_closes_the_connection() -> None:
    async with open_probe_door(make_toolbox()) as path, connected(path) as (reader, writer):
        writer.write(b"x" * (MAX_REQUEST + 10))
        async with asyncio.timeout(60):
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b""


async def test_nobody_else_can_reach_the_socket_and_its_path_is_short() -> None:
    async with open_probe_door(make_toolbox()) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert len(str(path)) <= 107


async def test_a_long_folder_for_temporary_files_does_not_make_the_path_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))

    async with open_probe_door(make_toolbox()) as path, connected(path) as streams:
        assert await ask(streams, {"id": 1, "method": "tools/list"})


async def test_only_a_few_may_connect() -> None:
    async with open_probe_door(make_toolbox()) as path, contextlib.AsyncExitStack() as stack:
        for _ in range(MAX_CONNECTIONS):
            await ask(await stack.enter_async_context(connected(path)), {"id": 1, "method": "tools/list"})
        reader, _ = await stack.enter_async_context(connected(path))

        async with asyncio.timeout(60):
            assert await reader.read() == b""


async def test_the_end_of_the_run_closes_connections_and_removes_the_folder() -> None:
    async with open_probe_door(make_toolbox()) as path:
        reader, writer = await asyncio.open_unix_connection(path)
        await ask((reader, writer), {"id": 1, "method": "tools/list"})

    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()
    assert not path.parent.exists()


async def test_a_question_that_is_nested_deeply_is_none_and_nothing_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    deep: object = {}
    for _ in range(300):
        deep = [deep]
    request = {"id": 1, "method": "tools/call", "params": {"name": "processes", "arguments": {"limit": deep}}}

    async with open_probe_door(make_toolbox()) as path, connected(path) as streams:
        (answer,) = await ask(streams, request)

    assert answer["error"].startswith("not a request")
    assert not caplog.records


async def test_who_asks_without_end_is_not_listened_to_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe_door, "MAX_REQUESTS", 3)
    listing = {"id": 1, "method": "tools/list"}

    async with open_probe_door(make_toolbox()) as path:
        async with connected(path) as streams:
            await ask(streams, *[listing] * 3)
            streams[1].write(json.dumps(listing).encode() + b"\n")
            more = await streams[0].read()
        async with connected(path) as (reader, writer):
            writer.write(json.dumps(listing).encode() + b"\n")
            later = await reader.read()

    assert (more, later) == (b"", b"")
