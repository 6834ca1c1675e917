"""Listening sockets and who owns them."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from probed.errors import HostFailed
from probed.host.files import owner_name
from probed.host.listening_tcp import listening_tcp
from probed.host.socket_owners import KnownOwners, Owner, Owners, search

LISTENING = "0A"


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
    owner: str = ""
    """Of the socket: of whoever opened it, before a server became another user. The kernel hides that from nobody."""


def listening(suffices: Callable[[Listener], bool] | None = None) -> tuple[Listener, ...]:
    """TCP sockets that listen and UDP sockets bound to a port, by port, with each program and user that holds one.

    With `suffices` that may be known from a call before: who still holds a socket and suffices is told, and whoever
    else has come to hold the same one is looked for only when none of those does any more. Raises HostFailed.
    """
    try:
        found = tuple(_sockets())
        owners = _owners({each.inode: each for each in found if each.inode}, suffices)
    except OSError as error:
        raise HostFailed(f"sockets cannot be listed: {error}") from error
    listeners = {
        listener
        for each in found
        for listener in [_held(each, owner) for owner in owners.get(each.inode, ())] or [_hidden(each)]
    }
    return tuple(sorted(listeners, key=lambda each: (each.port, each.protocol, each.address, each.pid or 0)))


@dataclass(frozen=True, slots=True)
class _Socket:
    protocol: str
    address: str
    port: int
    uid: int
    """The kernel hides from nobody whose it is."""
    inode: int


_known_owners = KnownOwners()


def _owners(found: Mapping[int, _Socket], suffices: Callable[[Listener], bool] | None) -> Owners:
    if suffices is None:
        return search(found)
    return _known_owners.of(found, lambda inode, owner: suffices(_held(found[inode], owner)))


def _held(by: _Socket, owner: Owner) -> Listener:
    return Listener(by.protocol, by.address, by.port, owner.pid, owner.process, owner.user, owner_name(by.uid))


def _hidden(it: _Socket) -> Listener:
    owner = owner_name(it.uid)
    return Listener(it.protocol, it.address, it.port, None, "", owner, owner)


def _sockets() -> Iterator[_Socket]:
    try:
        listening = [each for family in (socket.AF_INET, socket.AF_INET6) for each in listening_tcp(family)]
        yield from (_Socket("tcp", each.address, each.port, each.uid, each.inode) for each in listening)
    except OSError:  # an old kernel, or a sandbox without netlink
        yield from _listed("tcp", ("tcp", "tcp6"))
    yield from _listed("udp", ("udp", "udp6"))


def _listed(protocol: str, tables: Sequence[str]) -> Iterator[_Socket]:
    for table in tables:
        with suppress(FileNotFoundError), open(f"/proc/net/{table}") as file:  # there are kernels without IPv6
            next(file, None)
            for line in file:
                _, local, remote, state, _, _, _, uid, _, inode, *_ = line.split()
                if protocol == "tcp" and state != LISTENING:
                    break  # the kernel lists those that listen before all others
                if remote.endswith(":0000"):  # no peer
                    address, _, port = local.partition(":")
                    yield _Socket(protocol, _address(address), int(port, 16), int(uid), int(inode))


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
