"""Ports that somebody listens on, against those that were known: what is new is told until it is gone or learned.

Parameters: `loopback` (info; how bad a new port is that only this host reaches; `off`), `ignore` (programs and shell
patterns: mosh-server), `ports` (numbers that never count), `for` (0s).

The first look is taken for how it should be. A port counts with its program, or where the daemon may not see that, with
its user: another program on a known port is new as well, unless the known one still listens beside it, as systemd and
many a master do. Of what others may reach any address is as good as another, for they change with the network; what
only this host reaches is told apart. Ports from the range that the kernel gives away (net.ipv4.ip_local_port_range)
change with each start, so there the program counts without the number; UDP sockets and the loopback ones in that range,
and what sshd forwards to loopback, are nobody's service and never count. With `looks: 2 of 2` a program that listens
for a moment is not told. A finding means that a service was installed or started, or that somebody left a door open; if
that is right, `cortexctl inspections relearn ID --check new_listeners`. No action fits by itself.

Example:
  - new_listeners: {loopback: info, ignore: [mosh-server], looks: 2 of 2}
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated

from pydantic import BeforeValidator

from probed.checks.parameters import For, SeverityOrOff, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.pattern import fits_any
from probed.core.text import storable
from probed.host import sockets
from probed.host.log_lines import as_mapping
from probed.host.sockets import Listener

MOST_FINDINGS = 50
BOOTS_WITHIN_S = 600.0
"""Seconds of uptime for which a first look in them goes on: services are still starting."""
SSH = ("sshd", "sshd-session", "ssh")


def _numbers(value: object) -> object:
    return (value,) if isinstance(value, int) else tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    loopback: SeverityOrOff = Severity.INFO
    ignore: Annotated[tuple[str, ...], Names] = ("mosh-server",)
    ports: Annotated[tuple[int, ...], BeforeValidator(_numbers)] = ()
    for_s: For = 0.0


@dataclass(frozen=True, slots=True)
class Port:
    """What counts of a listener."""

    place: str
    """Protocol, address and number; without the number where the kernel chose it."""
    is_public: bool
    program: str
    """Empty where it may not be seen."""
    user: str


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    is_learning = known.get("is_learning", True) and (not known or time.monotonic() < BOOTS_WITHIN_S)
    found, given_away = {}, sockets.ephemeral_ports()
    for listener in sockets.listening(None if is_learning else lambda each: not _is_left_out(each, params)):
        if (port := _port(listener, given_away, params)) is not None:
            found[f"{port.place} {port.program or port.user}"] = (port, listener)
    before = as_mapping(known.get("ports"))
    if is_learning:
        before = {**before, **{key: [port.place, port.program, port.user] for key, (port, _) in found.items()}}
    doors = [(_door(facts[0]), facts[1], facts[2]) for facts in before.values() if isinstance(facts, list)]
    known_places = {port.place for port, _ in found.values() if any(_is_same(port, *door) for door in doors)}
    new = [each for each in found.values() if each[0].place not in known_places]
    memory = {"ports": before, "is_learning": is_learning and time.monotonic() < BOOTS_WITHIN_S}
    return tuple(_answer(new, params)) or (_healthy(len(found)),), memory


def _port(listener: Listener, given_away: tuple[int, int], params: Params) -> Port | None:
    """None of what is nobody's service."""
    is_loopback = _is_loopback(listener.address)
    is_ephemeral = given_away[0] <= listener.port <= given_away[1]
    if _is_left_out(listener, params) or listener.port in params.ports:
        return None
    if is_loopback and (params.loopback is None or is_ephemeral):
        return None
    if is_ephemeral and listener.protocol == "udp":
        return None
    number = "*" if is_ephemeral else str(listener.port)
    where = listener.address if ":" not in listener.address else f"[{listener.address}]"
    place = f"{listener.protocol}/{where}:{number}"
    return Port(place, not is_loopback, storable(listener.process), storable(listener.user))


def _is_left_out(listener: Listener, params: Params) -> bool:
    """For its program; another one on the same port is not."""
    if fits_any(listener.process, params.ignore):
        return True
    return listener.process in SSH and _is_loopback(listener.address)


@lru_cache(256)
def _is_loopback(address: str) -> bool:
    return ip_address(address.partition("%")[0]).is_loopback


def _door(place: str) -> str:
    """The place; of one that others may reach without the address."""
    protocol, _, where = place.partition("/")
    address, _, number = where.rpartition(":")
    return place if _is_loopback(address.strip("[]")) else f"{protocol}/:{number}"


def _is_same(port: Port, door: str, program: str, user: str) -> bool:
    """Programs are compared where both could be seen, users else."""
    if _door(port.place) != door:
        return False
    return program == port.program if program and port.program else user == port.user


def _answer(new: Iterable[tuple[Port, Listener]], params: Params) -> Iterator[Observation]:
    by_place: dict[str, tuple[Port, Listener]] = {}
    for port, listener in new:
        by_place.setdefault(port.place, (port, listener))
    for port, listener in list(by_place.values())[:MOST_FINDINGS]:
        who = port.program or f"a program of {port.user or 'an unknown user'}"
        reach = "which others may reach" if port.is_public else "for this host only"
        yield Observation(
            port.place,
            f"{who} listens on {port.place}, {reach}; that is new",
            threshold=lasting(params.for_s),
            severity=Severity.WARNING if port.is_public else params.loopback,
            evidence={
                "program": port.program,
                "user": port.user,
                "pid": listener.pid,
                "address": listener.address,
                "port": listener.port,
            },
            boot_grace=True,
        )


def _healthy(number: int) -> Observation:
    return Observation("ports", f"{number} ports are listened on, as they are known", evidence={"ports": number})
