"""A real message bus; who speaks for systemd on it is scripted. tests/e2e/test_events_machine.py has a real systemd."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection, open_dbus_connection

from probed.core.host_event import ANY, Concern, EventSource
from probed.errors import HostFailed, NotHere
from probed.events import units
from probed.host import systemd
from tests.conftest import require
from tests.events.listening import listening
from tests.real.packages import program

CONFIG = """<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy>
</busconfig>"""
EVERY = Concern(EventSource.SYSTEMD, (ANY,), exclude=("other*",))


class Manager:
    """PID 1 on the bus: takes subscriptions, and says how units are."""

    def __init__(self, connection: DBusConnection, bus: subprocess.Popen[bytes]) -> None:
        self._connection, self.bus = connection, bus
        self.refuses = False

    async def answer(self) -> None:
        while True:
            call = await self._connection.receive()
            if call.header.message_type is not MessageType.method_call:
                continue
            refused = new_error(call, "org.freedesktop.DBus.Error.AccessDenied")
            await self._connection.send(refused if self.refuses else new_method_return(call))

    async def says(self, unit: str, active: str, sub: str) -> None:
        path = units.UNITS + "".join(each if each.isalnum() else f"_{ord(each):02x}" for each in unit)
        emitter = DBusAddress(path, interface="org.freedesktop.DBus.Properties")
        changes = {"ActiveState": ("s", active), "SubState": ("s", sub), "Job": ("(uo)", (0, "/"))}
        body: tuple[object, ...] = ("org.freedesktop.systemd1.Unit", changes, [])
        await self._connection.send(new_signal(emitter, "PropertiesChanged", "sa{sv}as", body))


@contextlib.contextmanager
def message_bus_daemon() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """With its address."""
    daemon = program("dbus-daemon", "dbus-daemon")
    with tempfile.TemporaryDirectory(prefix="cx-") as folder:
        config, address = Path(folder, "bus.conf"), f"unix:path={folder}/bus"
        config.write_text(CONFIG.format(socket=Path(folder, "bus")))
        argv = [daemon, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as bus:
            try:
                assert bus.stdout
                require("a message bus", present=bool(bus.stdout.readline()))
                yield bus, address
            finally:
                bus.kill()


@contextlib.asynccontextmanager
async def manager(monkeypatch: pytest.MonkeyPatch, failed: str = "") -> AsyncIterator[Manager]:
    """With a bus of its own; `failed`: the unit that has failed already."""
    with message_bus_daemon() as (bus, address):
        monkeypatch.setattr(systemd, "is_running", lambda: True)
        monkeypatch.setattr(systemd, "list_units", lambda **_: (failed,) if failed else ())
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        connection = await open_dbus_connection("SYSTEM")
        await connection.send(message_bus.RequestName(units.MANAGER.bus_name))
        while (await connection.receive()).header.fields.get(HeaderFields.member) != "NameAcquired":
            pass
        scripted = Manager(connection, bus)
        answering = asyncio.create_task(scripted.answer())
        try:
            yield scripted
        finally:
            answering.cancel()
            connection.writer.close()
            await asyncio.gather(answering, return_exceptions=True)


async def test_a_unit_that_fails_or_no_longer_does_is_told_and_what_comes_and_goes_in_peace_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with manager(monkeypatch) as pid1, listening(units.follow, EVERY) as (heard, _):
        await pid1.says("backup.service", "active", "running")
        await pid1.says("backup.service", "inactive", "dead")
        await pid1.says("other.service", "failed", "failed")
        await pid1.says("web-1@a.service", "failed", "failed")
        await heard.until(lambda told: told == ["web-1@a.service"])
        await pid1.says("web-1@a.service", "activating", "start")
        await pid1.says("web-1@a.service", "active", "running")
        await pid1.says("loop.service", "activating", "auto-restart")
        await heard.until(lambda told: told == ["web-1@a.service", "web-1@a.service", "loop.service"])


async def test_of_units_that_failed_and_were_forgotten_by_systemd_not_all_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(units, "MOST_TROUBLED", 2)
    async with manager(monkeypatch) as pid1, listening(units.follow, EVERY) as (heard, _):
        for number in range(3):
            await pid1.says(f"run-{number}.service", "failed", "failed")
        await heard.until(lambda told: len(told) == 3)
        for number in range(3):
            await pid1.says(f"run-{number}.service", "active", "running")
        await heard.until(lambda told: told[3:] == ["run-1.service", "run-2.service"])


async def test_a_unit_that_is_named_is_told_however_it_ends_and_once_it_is_up_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named = Concern(EventSource.SYSTEMD, (ANY, "web-*"))
    async with manager(monkeypatch) as pid1, listening(units.follow, named) as (heard, _):
        await pid1.says("backup.service", "inactive", "dead")
        await pid1.says("web-1.service", "inactive", "dead")
        await heard.until(lambda told: told == ["web-1.service"])
        await pid1.says("web-1.service", "active", "running")
        await heard.until(lambda told: told == ["web-1.service"] * 2)


async def test_a_unit_that_had_failed_before_anybody_listened_is_told_once_it_is_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with manager(monkeypatch, failed="web.service") as pid1, listening(units.follow, EVERY) as (heard, _):
        await pid1.says("web.service", "active", "running")
        await heard.until(lambda told: told == ["web.service"])


async def test_a_bus_that_is_killed_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    async with manager(monkeypatch) as pid1, listening(units.follow, EVERY) as (_, task):
        pid1.bus.kill()
        with pytest.raises((EOFError, OSError)):
            await asyncio.wait_for(task, 120)


async def test_a_storm_is_not_queued_but_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "MOST_IN_A_SECOND", 20)  # so many come in one piece, however busy this host is
    async with manager(monkeypatch) as pid1, listening(units.follow, EVERY) as (_, task):
        for _ in range(50 * units.MOST_IN_A_SECOND):
            await pid1.says("busy.service", "active", "running")
        with pytest.raises(HostFailed, match="changes of units in a second"):
            await asyncio.wait_for(task, 120)


async def test_a_bus_that_lets_nobody_subscribe_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    async with manager(monkeypatch) as pid1:
        pid1.refuses = True
        with pytest.raises(HostFailed, match="AccessDenied"):
            async with listening(units.follow, EVERY):
                pass


async def test_a_host_without_systemd_has_no_such_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(systemd, "BOOTED", str(tmp_path / "missing"))
    with pytest.raises(NotHere, match="systemd"):
        async with listening(units.follow, EVERY):
            pass
