"""A page and its dashboard: one program for each, which ends with it.

Of textual-serve's own `AppService` nothing is used: it starts a shell, leaves a program running whose page went away in
the middle of a screen, and waits without end for one that hangs.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from cortexctl.web import packets

if TYPE_CHECKING:
    from aiohttp.web import WebSocketResponse

ENDS_WITHIN_S = 3.0
"""A program that is asked to end is killed after this."""
TAKEN_WITHIN_S = 10.0
"""A program that takes no key for so long hangs."""
NOT_BEGUN = "The dashboard could not be started; the terminal of cortexctl web says why.\r\n"


async def session(socket: WebSocketResponse, socket_path: str, columns: int, lines: int) -> None:
    """Until the page is closed, or the person leaves the dashboard."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "cortexctl.web.program", socket_path),
        stdin=PIPE,
        stdout=PIPE,
        env=environment(os.environ, columns, lines),
        start_new_session=True,  # Ctrl-C is for the server, which ends them
    )
    halves = [asyncio.create_task(show(program, socket)), asyncio.create_task(listen(socket, program))]
    try:
        await asyncio.wait(halves, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for half in halves:
            half.cancel()
        await asyncio.gather(*halves, return_exceptions=True)
        await end(program)


def environment(inherited: Mapping[str, str], columns: int, lines: int) -> dict[str, str]:
    """As Textual's web driver wants it."""
    return {
        **inherited,
        "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TERM_PROGRAM": "textual",
        "COLUMNS": str(columns),
        "ROWS": str(lines),
    }


async def show(program: Process, socket: WebSocketResponse) -> None:
    assert program.stdout
    with suppress(ConnectionError):
        if not await packets.has_begun(program.stdout):
            await socket.send_bytes(NOT_BEGUN.encode())
            return
        async for kind, payload in packets.packets(program.stdout):
            if kind == packets.SCREEN:
                await socket.send_bytes(payload)
            elif packets.is_end(kind, payload):
                return


async def listen(socket: WebSocketResponse, program: Process) -> None:
    assert program.stdin
    with suppress(ConnectionError, TimeoutError):
        async for message in socket:
            if not isinstance(message.data, str):
                continue
            if answer := packets.for_page(message.data):
                await socket.send_str(answer)
            elif said := packets.for_program(message.data):
                program.stdin.write(said)
                async with asyncio.timeout(TAKEN_WITHIN_S):
                    await program.stdin.drain()


async def end(program: Process) -> None:
    assert program.stdin
    with suppress(ConnectionError):
        program.stdin.write(packets.meta("quit"))
    try:
        async with asyncio.timeout(ENDS_WITHIN_S):
            await program.communicate()  # it may be in the middle of a screen
    except TimeoutError:
        with suppress(ProcessLookupError):
            program.kill()
        await program.wait()
