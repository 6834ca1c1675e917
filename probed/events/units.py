"""systemd's units: what PID 1 says on D-Bus when one fails, or no longer does, and when one that is named ends."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Set

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, new_method_call
from jeepney.auth import BEGIN, Authenticator
from jeepney.bus import get_bus
from jeepney.bus_messages import message_bus
from jeepney.io.asyncio import DBusConnection

from probed.errors import HostFailed
from probed.events.source import Listener
from probed.host import systemd

UNITS = "/org/freedesktop/systemd1/unit/"
MANAGER = DBusAddress("/org/freedesktop/systemd1", "org.freedesktop.systemd1", "org.freedesktop.systemd1.Manager")
TROUBLED = ("failed", "auto-restart", "auto-restart-queued")
"""States, or states below one, as `systemctl --state` takes them."""
ENDED = "inactive"
OPENS_WITHIN_S = 10.0
MOST_TROUBLED = 2000
"""One that systemd forgets while it has failed says no more; the one that was heard of longest ago goes first."""
MOST_IN_A_SECOND = 500
"""More of them are a storm: the connection is given up, so that they pile up nowhere, and opened again."""


async def follow(listener: Listener) -> None:
    systemd.require()
    async with _connected() as bus:
        async with asyncio.timeout(OPENS_WITHIN_S):
            await _subscribe(bus)
            troubled = dict.fromkeys(await asyncio.to_thread(systemd.list_units, states=TROUBLED))
        listener.live()
        began, count = time.monotonic(), 0
        while True:
            change = changed(await bus.receive())
            count += 1
            if count >= MOST_IN_A_SECOND and time.monotonic() - began < 1:
                raise HostFailed(f"more than {MOST_IN_A_SECOND} changes of units in a second")
            if time.monotonic() - began >= 1:
                began, count = time.monotonic(), 0
            if change:
                _tell(listener, troubled, *change)


def _tell(listener: Listener, troubled: dict[str, None], unit: str, states: Set[str]) -> None:
    """Of a unit that fails, again or for the first time, and of one that no longer does. One that is named may not even
    end well: whether somebody has stopped it is the check's to tell."""
    is_down = not states.isdisjoint(TROUBLED) or (ENDED in states and listener.names(unit))
    if not is_down and unit not in troubled:
        return
    troubled.pop(unit, None)
    if is_down:
        troubled[unit] = None
    while len(troubled) > MOST_TROUBLED:
        del troubled[next(iter(troubled))]
    if listener.is_concerned(unit):
        listener.tell(unit)


def changed(message: Message) -> tuple[str, Set[str]] | None:
    """The unit that a signal is about, and the states that it is in now."""
    path = str(message.header.fields.get(HeaderFields.path, ""))
    if message.header.message_type is not MessageType.signal or not path.startswith(UNITS):
        return None
    properties = message.body[1]
    states = {str(properties[name][1]) for name in ("ActiveState", "SubState") if name in properties}
    return (unit_at(path), states) if states else None


def unit_at(path: str) -> str:
    """`…/unit/nginx_2eservice` as `nginx.service`."""
    return re.sub(r"_([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), path.removeprefix(UNITS))


@contextlib.asynccontextmanager
async def _connected() -> AsyncIterator[DBusConnection]:
    """The library's own way leaves a connection open that did not come about."""
    reader, writer = await asyncio.open_unix_connection(get_bus("SYSTEM"))
    try:
        async with asyncio.timeout(OPENS_WITHIN_S):
            await _sign_in(reader, writer)
            bus = DBusConnection(reader, writer)
            await _call(bus, message_bus.Hello())
        yield bus
    finally:
        writer.close()


async def _sign_in(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    conversation = Authenticator()
    for words in conversation:
        writer.write(words)
        answer = await reader.read(1024)
        if not answer:
            raise EOFError("D-Bus has closed the connection")
        conversation.feed(answer)
    writer.write(BEGIN)


async def _subscribe(bus: DBusConnection) -> None:
    """Signals are sent only while somebody has subscribed. Raises HostFailed where one of the calls is refused."""
    rule = MatchRule(
        type="signal",
        sender=MANAGER.bus_name,
        interface="org.freedesktop.DBus.Properties",
        member="PropertiesChanged",
        path_namespace=UNITS.rstrip("/"),
    )
    rule.add_arg_condition(0, "org.freedesktop.systemd1.Unit")
    for call in (message_bus.AddMatch(rule), new_method_call(MANAGER, "Subscribe")):
        await _call(bus, call)


async def _call(bus: DBusConnection, call: Message) -> None:
    serial = next(bus.outgoing_serial)
    await bus.send(call, serial=serial)
    while True:
        answer = await bus.receive()
        if answer.header.fields.get(HeaderFields.reply_serial) != serial:
            continue
        if answer.header.message_type is MessageType.error:
            raise HostFailed(f"D-Bus refused: {answer.header.fields.get(HeaderFields.error_name)}")
        return
