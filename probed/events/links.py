"""Network links: what the kernel says over netlink when one comes, goes, or loses its carrier, see rtnetlink(7)."""

from __future__ import annotations

import asyncio
import errno
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from probed.core.host_event import ANY
from probed.errors import HostFailed, NotHere
from probed.events.source import Listener

LINKS = 1
"""The group RTMGRP_LINK."""
NEW_LINK, GONE_LINK = 16, 17
NAME, STATE = 3, 16
"""Attributes: IFLA_IFNAME and IFLA_OPERSTATE."""
UP, RUNNING = 0x1, 0x40
HEADER = struct.Struct("=IHHII")
LINK = struct.Struct("=BxHiII")
ATTRIBUTE = struct.Struct("=HH")
PIECE = 65_536
PAUSE_S = 0.1
"""After each piece: the kernel holds what comes meanwhile, and says when it had to drop some."""


@dataclass(frozen=True, slots=True)
class Link:
    name: str
    is_up: bool
    is_running: bool
    state: int
    is_gone: bool = False


async def follow(listener: Listener) -> None:
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE) as netlink:
            netlink.setblocking(False)
            netlink.bind((0, LINKS))
            listener.live()
            await _tell(netlink, listener)
    except OSError as error:
        if error.errno in (errno.EAFNOSUPPORT, errno.EPERM, errno.EACCES):
            raise NotHere("netlink", f"RestrictAddressFamilies= has to hold AF_NETLINK ({error.strerror})") from error
        raise HostFailed(f"netlink: {error.strerror}") from error


async def _tell(netlink: socket.socket, listener: Listener) -> None:
    """Of a link whose state is another one than before: a driver speaks of more than that."""
    loop = asyncio.get_running_loop()
    known: dict[str, Link] = {}
    while True:
        try:
            piece = await loop.sock_recv(netlink, PIECE)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            listener.tell(ANY)
            known.clear()
            continue
        for link in links_in(piece):
            if known.get(link.name) != link and listener.is_concerned(link.name):
                listener.tell(link.name)
            known[link.name] = link
            if link.is_gone:
                del known[link.name]
        await asyncio.sleep(PAUSE_S)


def links_in(piece: bytes) -> Iterator[Link]:
    at = 0
    while at + HEADER.size <= len(piece):
        length, kind, *_ = HEADER.unpack_from(piece, at)
        if length < HEADER.size:
            return
        if kind in (NEW_LINK, GONE_LINK) and length >= HEADER.size + LINK.size:
            yield _link(piece[at + HEADER.size : at + length], is_gone=kind == GONE_LINK)
        at += (length + 3) & ~3


def _link(message: bytes, *, is_gone: bool) -> Link:
    _, _, index, flags, _ = LINK.unpack_from(message)
    attributes = dict(_attributes(message[LINK.size :]))
    name = attributes.get(NAME, b"").rstrip(b"\0").decode(errors="replace")
    state = attributes.get(STATE, b"\0")[0]
    return Link(name or str(index), bool(flags & UP), bool(flags & RUNNING), state, is_gone)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + ATTRIBUTE.size <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, at)
        if length < ATTRIBUTE.size:
            return
        yield kind, data[at + ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
