"""TCP sockets that listen, asked of the kernel by sock_diag(7): it goes through the whole table of connections where
/proc/net/tcp is read, however few there are."""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
REQUEST, DUMP = 0x1, 0x300
DONE, ERROR = 3, 2
LISTEN = 1 << 10
DEADLINE_S = 2.0
CHUNK_BYTES = 65536
HEAD = struct.Struct("=IHHII")
"""Length, type, flags, sequence and port; see netlink(7)."""
ASKED = struct.Struct("=BBBxI48x")
"""Family, protocol, extensions and states, then any addresses."""
TOLD = struct.Struct("=4xHH16s16s12x12xII")
"""`struct inet_diag_msg`: of its own port and address to the other's, then user and inode."""


@dataclass(frozen=True, slots=True)
class ListeningTcp:
    address: str
    port: int
    uid: int
    inode: int


def listening_tcp(family: socket.AddressFamily) -> tuple[ListeningTcp, ...]:
    """Raises OSError, also where the kernel or a sandbox does not have it."""
    kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_NETLINK, kind, NETLINK_SOCK_DIAG) as netlink:
        netlink.settimeout(DEADLINE_S)
        asked = ASKED.pack(family, socket.IPPROTO_TCP, 0, LISTEN)
        netlink.send(HEAD.pack(HEAD.size + len(asked), SOCK_DIAG_BY_FAMILY, REQUEST | DUMP, 1, 0) + asked)
        return tuple(_one(family, told) for told in _told(netlink))


def _told(netlink: socket.socket) -> Iterator[bytes]:
    while True:
        chunk = netlink.recv(CHUNK_BYTES)
        at = 0
        while at < len(chunk):
            length, kind, *_ = HEAD.unpack_from(chunk, at)
            body = chunk[at + HEAD.size : at + length]
            if kind == DONE:
                return
            if kind == ERROR:
                code = -int.from_bytes(body[:4], sys.byteorder, signed=True)
                raise OSError(code, os.strerror(code))
            yield body
            at += length + -length % 4


def _one(family: socket.AddressFamily, told: bytes) -> ListeningTcp:
    port, _, address, _, uid, inode = TOLD.unpack_from(told)
    size = 4 if family is socket.AF_INET else 16
    return ListeningTcp(socket.inet_ntop(family, address[:size]), socket.ntohs(port), uid, inode)
