"""The one MCP server: it hands probes on to a model's program over stdin and stdout.

It lives in a process of its own, because the protocol's library is heavy. For a run the daemon's end is a line protocol
over the run's Unix socket; for an assistant that a person works with, the daemon's API.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from typing import TYPE_CHECKING, Any, Protocol

from cortexctl.failure import Failure

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

    from cortexctl.daemon import Daemon

NAME = "cortex"
MAX_LINE = 4_194_304
DEADLINE_S = 60.0
"""Far beyond a probe's own deadline: the daemon always answers, or the socket closes."""


class Tools(Protocol):
    async def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Of `tools/list` and `tools/call`."""


def run(socket: str) -> None:
    """Serve until stdin closes, or the run's socket does. Raises Failure where the socket cannot be reached."""
    try:
        asyncio.run(_serve(socket))
    except OSError as error:
        raise Failure(f"the probes at {socket} cannot be reached: {error.strerror or error}") from error


def run_for_assistant(daemon: Daemon, *, proposes: bool) -> None:
    """Serve until stdin closes. Raises Failure where the daemon cannot be asked."""
    from cortexctl.assistant import Assistant

    assistant = Assistant(daemon, proposes=proposes)
    assistant.tools()
    asyncio.run(_speak(assistant))


async def _serve(socket: str) -> None:
    probes = await _Probes.connect(socket)
    await _speak(probes)
    probes.close()


async def _speak(tools: Tools) -> None:
    from mcp.server.stdio import stdio_server

    server = _server(tools)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _server(tools: Tools) -> Server[Any]:
    from mcp import types
    from mcp.server.lowlevel import Server

    async def list_tools(context: object, params: object) -> types.ListToolsResult:
        listed = await tools.ask("tools/list", {})
        return types.ListToolsResult(tools=[types.Tool.model_validate(tool) for tool in listed["tools"]])

    async def call_tool(context: object, params: types.CallToolRequestParams) -> types.CallToolResult:
        answer = await tools.ask("tools/call", {"name": params.name, "arguments": params.arguments or {}})
        return types.CallToolResult(content=[types.TextContent(text=answer["text"])], is_error=answer["isError"])

    return Server(NAME, on_list_tools=list_tools, on_call_tool=call_tool)


class _Probes:
    """The daemon's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listener = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, socket: str) -> _Probes:
        return cls(*await asyncio.open_unix_connection(socket, limit=MAX_LINE))

    async def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        request = {"id": number, "method": method, "params": params}
        self._writer.write(json.dumps(request).encode() + b"\n")
        try:
            return await asyncio.wait_for(answer, DEADLINE_S)
        finally:
            del self._waiting[number]

    def close(self) -> None:
        self._listener.cancel()
        self._writer.close()

    async def _listen(self) -> None:
        while line := await self._reader.readline():
            answer = json.loads(line)
            future = self._waiting.get(answer["id"])
            if future is None or future.done():
                continue
            if "error" in answer:
                future.set_exception(RuntimeError(answer["error"]))
            else:
                future.set_result(answer["result"])
        os._exit(0)  # the run is over; a thread that reads stdin would hold up an orderly exit
