"""Listening sockets and who owns them."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psutil

from probed.errors import HostFailed
from probed.host.files import owner_name

TABLES = (("tcp", "tcp"), ("tcp", "tcp6"), ("udp", "udp"), ("udp", "udp6"))


@dataclass(frozen=True, slots=True)
class Listener:
    protocol: str
    """`tcp` or `udp`."""
    address: str
    port: int
    pid: int | None
    """None where the owner is another user's process and the daemon may not see it."""
    process: str
    user: str
    """Of the process, or where that may not be seen, of the socket."""


def listening() -> tuple[Listener, ...]:
    """TCP sockets that listen and UDP sockets bound to a port, by port. Raises HostFailed."""
    try:
        connections = psutil.net_connections(kind="inet")
        users = _users()
    except (psutil.Error, OSError) as error:
        raise HostFailed(f"sockets cannot be listed: {error}") from error
    found = set()
    for each in connections:
        is_udp = each.type == socket.SOCK_DGRAM
        if each.laddr and (each.status == psutil.CONN_LISTEN or (is_udp and not each.raddr)):
            process, user = _owner(each.pid)
            place = ("udp" if is_udp else "tcp", each.laddr.ip, each.laddr.port)
            found.add(Listener(*place, each.pid, process, user or users.get(place, "")))
    return tuple(sorted(found, key=lambda each: (each.port, each.protocol, each.address, each.pid or 0)))


def _owner(pid: int | None) -> tuple[str, str]:
    if pid is None:
        return "", ""
    try:
        process = psutil.Process(pid)
        return process.name(), process.username()
    except psutil.Error:
        return "", ""


def _users() -> Mapping[tuple[str, str, int], str]:
    """Whose sockets they are, by protocol, address and port: the kernel hides that from nobody."""
    return {place: owner_name(uid) for place, uid in _sockets()}


def _sockets() -> Iterator[tuple[tuple[str, str, int], int]]:
    for protocol, table in TABLES:
        try:
            with open(f"/proc/net/{table}") as file:
                lines = file.readlines()[1:]
        except FileNotFoundError:  # a kernel without IPv6
            continue
        for line in lines:
            words = line.split()
            address, _, port = words[1].partition(":")
            if words[2].endswith(":0000"):  # no peer
                yield (protocol, _address(address), int(port, 16)), int(words[7])


def _address(text: str) -> str:
    """The kernel writes each 32 bits in its own byte order."""
    words = [int(text[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(text), 8)]
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, b"".join(words))


def ephemeral_ports() -> tuple[int, int]:
    """The first and the last of those that the kernel gives to whoever asks for any."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
            first, last = file.read().split()
    except OSError:
        return 32768, 60999
    return int(first), int(last)
