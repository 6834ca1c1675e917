from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.daemon.notify import SilentNotifier, SystemdNotifier, feed_watchdog, notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket in the place of systemd's, with the address as NOTIFY_SOCKET has it."""
    path = str(tmp_path / "notify") if request.param == "path" else f"\0cortex-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        receiver.settimeout(60)
        yield receiver, path.replace("\0", "@")


def test_each_message_has_the_form_of_sd_notify(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    told = SystemdNotifier(address)

    told.ready("5 inspections")
    assert receiver.recv(200) == b"READY=1\nSTATUS=5 inspections"
    told.status("a line\nand another")
    assert receiver.recv(200) == b"STATUS=a line and another"
    told.alive()
    assert receiver.recv(200) == b"WATCHDOG=1"
    told.stopping("draining")
    assert receiver.recv(200) == b"STOPPING=1\nSTATUS=draining"


def test_a_reload_carries_the_moment_it_began(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    before_us = time.monotonic_ns() // 1000

    SystemdNotifier(address).reloading()

    first, second = receiver.recv(200).decode().splitlines()
    assert first == "RELOADING=1"
    assert before_us <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_without_systemd_nothing_is_told() -> None:
    assert isinstance(notifier({}), SilentNotifier)


def test_the_variables_are_not_left_to_the_children() -> None:
    environment = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid()), "A": "b"}

    told = notifier(environment)

    assert told.watchdog_s == 30.0
    assert environment == {"A": "b"}


def test_a_watchdog_meant_for_another_process_is_not_fed() -> None:
    told = notifier({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"})

    assert told.watchdog_s is None


def test_a_manager_that_is_away_does_no_harm(tmp_path: Path) -> None:
    SystemdNotifier(str(tmp_path / "nobody")).ready("up")


async def test_the_watchdog_is_fed_well_before_it_barks(
    manager: tuple[socket.socket, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, address = manager
    receiver.setblocking(False)
    pauses_s, sleep = list[float](), asyncio.sleep

    async def told_pause(seconds: float) -> None:
        pauses_s.append(seconds)
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", told_pause)
    feeding = asyncio.create_task(feed_watchdog(SystemdNotifier(address, watchdog_s=0.3)))
    fed = [await asyncio.get_running_loop().sock_recv(receiver, 200) for _ in range(4)]
    feeding.cancel()

    assert fed == [b"WATCHDOG=1"] * 4
    assert pauses_s == pytest.approx([0.1] * len(pauses_s))


async def test_a_wedged_loop_does_not_feed_the_watchdog(manager: tuple[socket.socket, str]) -> None:
    receiver, address = manager
    feeding = asyncio.create_task(feed_watchdog(SystemdNotifier(address, watchdog_s=0.3)))
    await asyncio.sleep(0)
    assert receiver.recv(200) == b"WATCHDOG=1"

    time.sleep(0.5)  # noqa: ASYNC251  # this is what a wedged loop is

    receiver.setblocking(False)
    with pytest.raises(BlockingIOError):
        receiver.recv(200)
    feeding.cancel()


async def test_without_a_watchdog_the_task_ends_at_once() -> None:
    await asyncio.wait_for(feed_watchdog(SilentNotifier()), 60)
