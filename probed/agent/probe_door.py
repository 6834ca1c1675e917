"""The door through which one run reaches its probes: a Unix socket of its own, closed with the run.

Lines of JSON: `{"id": 1, "method": "tools/list"}` and `{"id": 2, "method": "tools/call", "params": {"name": …,
"arguments": {…}}}` are answered by `{"id": …, "result": {…}}` or `{"id": …, "error": "…"}`, in any order.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from probed.agent import plain_json
from probed.agent.private_socket import private_folder, served
from probed.agent.toolbox import Toolbox

MAX_REQUEST = 65_536
"""Bytes of one line."""
MAX_CONNECTIONS = 4
MAX_CALLS_AT_ONCE = 4
MAX_REQUESTS = 1000
"""Of a run; then nobody listens any more."""


@contextlib.asynccontextmanager
async def open_probe_door(toolbox: Toolbox) -> AsyncIterator[Path]:
    """Serve the toolbox as long as the block runs; yields the socket's path. Raises OSError."""
    async with private_folder() as folder:
        path = folder / "probes.sock"
        async with served(path, _ProbeDoor(toolbox).converse, limit=MAX_REQUEST, most=MAX_CONNECTIONS):
            yield path


class _ProbeDoor:
    def __init__(self, toolbox: Toolbox) -> None:
        self._toolbox, self._left = toolbox, MAX_REQUESTS

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        places = asyncio.Semaphore(MAX_CALLS_AT_ONCE)
        async with asyncio.TaskGroup() as calls:
            while (line := await _line(reader)) and self._left > 0:
                self._left -= 1
                await places.acquire()
                call = calls.create_task(self._reply(line, writer))
                call.add_done_callback(lambda _: places.release())

    async def _reply(self, line: bytes, writer: asyncio.StreamWriter) -> None:
        answer = await self._answer(line)
        writer.write(json.dumps(answer).encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await writer.drain()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request: Any = plain_json.loads(line)
            number, method, params = request.get("id"), request.get("method"), request.get("params") or {}
        except (ValueError, AttributeError):
            return {"id": None, "error": "not a request: one JSON object a line"}
        if method == "tools/list":
            return {"id": number, "result": {"tools": self._tools()}}
        if method == "tools/call" and isinstance(params, dict) and isinstance(params.get("name"), str):
            return {"id": number, "result": await self._call(params)}
        return {"id": number, "error": f"unknown or incomplete request {method!r}"}

    def _tools(self) -> list[dict[str, Any]]:
        return [
            {"name": tool.name, "description": tool.description, "inputSchema": tool.schema}
            for tool in self._toolbox.tools()
        ]

    async def _call(self, params: dict[str, Any]) -> dict[str, Any]:
        answer = await self._toolbox.call(params["name"], params.get("arguments"))
        return {"text": answer.told, "isError": answer.failed}


async def _line(reader: asyncio.StreamReader) -> bytes:
    """Empty at the end, and where a line is longer than is accepted."""
    try:
        return await reader.readline()
    except ValueError:
        return b""
