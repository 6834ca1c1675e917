"""`python -m probed.agent.loopback PROGRAM [ARGUMENT...]`: a port on loopback, where the program is, that leads to the
run's gateway: for programs that ask a model over TCP and no other way. Its URL stands in ANTHROPIC_BASE_URL."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

CHUNK = 65_536
SIGNALLED = 128
SOCKET, URL = "CORTEX_GATEWAY_SOCKET", "ANTHROPIC_BASE_URL"


def behind_a_port(argv: Sequence[str]) -> tuple[str, ...]:
    root = Path(__file__).resolve().parent.parent.parent
    start = f"import sys; sys.path.insert(0, {str(root)!r}); from probed.agent.loopback import main; main()"
    return (sys.executable, "-I", "-c", start, *argv)


def main() -> None:
    sys.exit(asyncio.run(_run(sys.argv[1:])))


async def _run(argv: Sequence[str]) -> int:
    """Ends as the program does."""
    gateway = os.environ[SOCKET]

    async def lead(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_unix_connection(gateway)
            await asyncio.gather(_pass(reader, back), _pass(there, writer))

    server = await asyncio.start_server(lead, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    env = {**os.environ, URL: f"http://127.0.0.1:{port}"}
    try:
        program = await asyncio.create_subprocess_exec(*argv, env=env)
    except OSError as error:
        print(f"{argv[0]}: {error.strerror}", file=sys.stderr)
        return 127
    code = await program.wait()
    return SIGNALLED - code if code < 0 else code


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
