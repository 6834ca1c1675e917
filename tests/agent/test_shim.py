"""The MCP shim, driven by the official library's client, as its own process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from probed.agent.launch import SHIM
from probed.agent.probe_door import open_probe_door
from tests.agent.arrange import make_toolbox, unframed

ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def session(socket: Path) -> AsyncIterator[ClientSession]:
    server = StdioServerParameters(
        command=SHIM[0], args=[*SHIM[1:], str(socket)], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    async with stdio_client(server) as (incoming, outgoing), ClientSession(incoming, outgoing) as client:
        async with asyncio.timeout(20):
            await client.initialize()
        yield client


async def test_a_model_sees_the_probes_and_gets_their_answers() -> None:
    toolbox = make_toolbox(60)

    async with open_probe_door(toolbox) as socket, session(socket) as client:
        listed = await client.list_tools()
        answer = await client.call_tool("processes", {"limit": 2})

    assert [tool.name for tool in listed.tools] == ["processes"]
    assert listed.tools[0].input_schema["additionalProperties"] is False
    assert not answer.is_error
    assert unframed(answer.content[0].model_dump()["text"]) == toolbox.evidence[0].answer


async def test_a_wrong_argument_is_an_error_that_the_model_can_read() -> None:
    async with open_probe_door(make_toolbox(60)) as socket, session(socket) as client:
        answer = await client.call_tool("processes", {"shell": "id"})

    assert answer.is_error
    assert "there is no such argument" in answer.content[0].model_dump()["text"]


async def test_the_shim_ends_with_the_run() -> None:
    async with open_probe_door(make_toolbox(60)) as socket:
        shim = await asyncio.create_subprocess_exec(
            *SHIM, str(socket), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        )
        assert shim.stdin
        assert shim.stdout
        shim.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        async with asyncio.timeout(20):
            assert b'"id":1' in await shim.stdout.readline()

    async with asyncio.timeout(10):
        assert await shim.wait() == 0
    shim.stdin.close()


def test_a_socket_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    shim = subprocess.run(
        [sys.executable, "-m", "cortexctl", "mcp", "--socket", str(tmp_path / "none")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=20,
        check=False,
    )

    assert shim.returncode == 1
    assert shim.stdout == ""
    assert shim.stderr.strip().endswith("cannot be reached: No such file or directory")
    assert "Traceback" not in shim.stderr
