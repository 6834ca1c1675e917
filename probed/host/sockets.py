"""Listening sockets and who owns them."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import psutil

from probed.errors import HostFailed


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


def listening() -> tuple[Listener, ...]:
    """TCP sockets that listen and UDP sockets bound to a port, by port. Raises HostFailed."""
    try:
        connections = psutil.net_connections(kind="inet")
    except (psutil.Error, OSError) as error:
        raise HostFailed(f"sockets cannot be listed: {error}") from error
    found = set()
    for each in connections:
        is_udp = each.type == socket.SOCK_DGRAM
        if each.laddr and (each.status == psutil.CONN_LISTEN or (is_udp and not each.raddr)):
            process, user = _owner(each.pid)
            found.add(Listener("udp" if is_udp else "tcp", each.laddr.ip, each.laddr.port, each.pid, process, user))
    return tuple(sorted(found, key=lambda each: (each.port, each.protocol, each.address, each.pid or 0)))


def _owner(pid: int | None) -> tuple[str, str]:
    if pid is None:
        return "", ""
    try:
        process = psutil.Process(pid)
        return process.name(), process.username()
    except psutil.Error:
        return "", ""
