"""The daemon's side of the unit, with a script in the place of systemd and the runner. The whole, on a machine with the
service: tests/e2e/test_agent_unit.py."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from probed.agent.sandbox.program import CannotConfine, Program
from probed.agent.sandbox.runner import receive, send
from probed.agent.sandbox.unit import SystemdUnit

GROUP = "0::/no-such-group"
Script = Callable[[socket.socket, list[int]], None]
"""With the connection, and the program's stdin, stdout and stderr."""


@contextlib.contextmanager
def acting(path: Path, script: Script) -> Iterator[None]:
    """Once somebody connects."""

    def act() -> None:
        control, _ = listener.accept()
        files = list[int]()
        with control, contextlib.suppress(ConnectionError, TimeoutError):
            control.settimeout(60)
            _, files, _ = receive(control, 2**21)
            script(control, files)
        for file in files:
            os.close(file)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=act)
        thread.start()
        try:
            yield
        finally:
            thread.join()


def program_in(unit: SystemdUnit) -> Program:
    return Program(unit.place({}), ["/bin/true"], {}, stdin=b"hello")


async def said_in(path: Path) -> tuple[bytes, Any]:
    unit, said = SystemdUnit(path), b""
    async with unit.running(program_in(unit)) as child:
        while chunk := await child.read():
            said += chunk
    return said, child


def open_files() -> set[str]:
    gc.collect()
    return {os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd") if _is_open(each)}


def _is_open(number: str) -> bool:
    return os.path.lexists(f"/proc/self/fd/{number}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.sock"


def _starts(control: socket.socket) -> None:
    send(control, {"cgroup": GROUP})


async def test_what_the_program_writes_comes_and_how_it_ended(path: Path) -> None:
    def script(control: socket.socket, files: list[int]) -> None:
        _starts(control)
        os.write(files[1], os.read(files[0], 100) + b" yourself")
        send(control, {"exit_code": 3})
        control.recv(1)

    with acting(path, script):
        said, child = await said_in(path)

    assert (said, child.exit_code, child.stderr) == (b"hello yourself", 3, "")


@pytest.mark.parametrize("last", [b"", b'{"exit_co', b"[]\n"], ids=["nothing", "half a line", "no answer"])
async def test_a_unit_that_ends_without_a_whole_word_was_ended_by_its_limits(path: Path, last: bytes) -> None:
    def script(control: socket.socket, _: list[int]) -> None:
        _starts(control)
        control.sendall(last)

    with acting(path, script):
        _, child = await said_in(path)

    assert child.exit_code is None
    assert "ended by one of its limits" in child.stderr


async def test_how_it_ended_may_come_with_the_first_word(path: Path) -> None:
    def script(control: socket.socket, _: list[int]) -> None:
        control.sendall(b'{"cgroup": "0::/no-such-group"}\n{"exit_code": 0}\n')
        control.recv(1)

    with acting(path, script):
        _, child = await said_in(path)

    assert (child.exit_code, child.stderr) == (0, "")


async def test_a_program_that_cannot_be_started_says_why(path: Path) -> None:
    with acting(path, lambda control, _: send(control, {"error": "no such file"})), pytest.raises(CannotConfine) as no:
        await said_in(path)

    assert "no such file" in str(no.value)


async def test_a_run_that_is_given_up_while_its_unit_starts_leaves_nothing_open(path: Path) -> None:
    loop, was_asked = asyncio.get_running_loop(), asyncio.Event()

    def script(control: socket.socket, _: list[int]) -> None:
        loop.call_soon_threadsafe(was_asked.set)
        control.recv(1)  # until the daemon has gone

    await asyncio.to_thread(len, "")  # what the first thread opens is no matter
    before = open_files()
    with acting(path, script):
        starting = asyncio.create_task(said_in(path))
        await was_asked.wait()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    held = open_files()

    assert held <= before


async def test_a_run_that_is_broken_off_leaves_nothing_open(path: Path) -> None:
    def script(control: socket.socket, _: list[int]) -> None:
        _starts(control)
        control.recv(1)

    await asyncio.to_thread(len, "")
    before, unit = open_files(), SystemdUnit(path)
    with acting(path, script), contextlib.suppress(ZeroDivisionError):
        async with unit.running(program_in(unit)):
            raise ZeroDivisionError

    await asyncio.sleep(0)  # what a transport closes in the next round
    assert open_files() <= before
