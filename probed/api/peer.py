"""Who is at the other end of the socket, as the kernel says it, and what that person may do."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import grp
import os
import pwd
import socket
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from probed.core.people import UNKNOWN_LOGIN
from probed.ports import Actor
from probed.wire.status import RoleName

SO_PEERGROUPS = 59
"""From asm-generic/socket.h; Python has no name for it."""
MOST_GROUP_BYTES = 1024
"""The most that Python's getsockopt takes: 256 groups. Who has more is known by the primary group alone."""
NO_LOGIN = 2**32 - 1
MOST_NAMES = 1024
MOST_LOOKUPS = 2
"""At once."""
NAME_DEADLINE_S = 2.0


class Role(enum.IntEnum):
    """Ordered: each may do what the ones before it may."""

    NOBODY = 0
    """Somebody the socket's mode should have kept away; may do nothing."""
    VIEWER = 1
    """May look."""
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> RoleName:
        """Of one who was let in."""
        return cast("RoleName", self.name.lower())


@dataclass(frozen=True, slots=True)
class Peer:
    uid: int
    gid: int
    pid: int
    groups: frozenset[int] = frozenset()
    login_uid: int | None = None
    """Who logged in (audit's login uid); None: nobody did, or the kernel keeps no such account."""
    name: str = ""
    """Of one that the kernel does not know."""


def read_peer(connection: socket.socket) -> Peer:
    """The credentials that the other side had when it connected."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, uid, gid = struct.unpack("3i", credentials)
    groups: tuple[int, ...] = ()
    with contextlib.suppress(OSError):
        listed = connection.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, MOST_GROUP_BYTES)
        groups = struct.unpack(f"{len(listed) // 4}I", listed)
    return Peer(uid, gid, pid, frozenset(groups), login_uid_of(pid, uid))


def login_uid_of(pid: int, uid: int) -> int | None:
    """Of the process that connected as `uid`. Once it has ended nobody knows: who took another's uid could leave a
    connection behind and pass for that person."""
    try:
        if str(uid) not in _uids_of(pid):  # the number is somebody else's by now
            return UNKNOWN_LOGIN
        login_uid = int(Path(f"/proc/{pid}/loginuid").read_text())
    except (OSError, ValueError):
        return None if os.path.exists(f"/proc/{pid}") else UNKNOWN_LOGIN
    return login_uid if 0 <= login_uid < NO_LOGIN else None


def _uids_of(pid: int) -> Sequence[str]:
    """Raises OSError."""
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    return next((line.split()[1:] for line in lines if line.startswith("Uid:")), ())


def group_id(name: str) -> int | None:
    """None where the host has no such group."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


@dataclass(frozen=True, slots=True)
class Access:
    """Root, the daemon's own user and the members of the admin group are administrators; members of the group are
    what the configuration says."""

    group_gid: int | None
    admin_gid: int | None
    members: Role = Role.OPERATOR
    own_uid: int = field(default_factory=os.geteuid)

    def role_of(self, peer: Peer | None) -> Role:
        if peer is None:
            return Role.NOBODY
        gids = peer.groups | {peer.gid}
        if peer.uid in (0, self.own_uid) or self.admin_gid in gids:
            return Role.ADMIN
        return self.members if self.group_gid in gids else Role.NOBODY


class Names:
    """Users' names by uid, each looked up once: the name service may be slow, or hang, so beside the event loop and not
    by the few threads that everything else needs."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MOST_LOOKUPS, "user-names")
        self._known: dict[int, str] = {}

    async def actor(self, peer: Peer) -> Actor:
        """As the audit log names it: `uid:1000 alice`, without the name where there is none."""
        if peer.name:
            return Actor(peer.name)
        name = self._known.get(peer.uid)
        if name is None:
            name = await self._look_up(peer.uid)
        return Actor(f"uid:{peer.uid} {name}".strip(), peer.pid, peer.uid, peer.login_uid)

    async def _look_up(self, uid: int) -> str:
        try:
            async with asyncio.timeout(NAME_DEADLINE_S):
                name = await asyncio.get_running_loop().run_in_executor(self._threads, name_of, uid)
        except TimeoutError:
            return ""
        if len(self._known) >= MOST_NAMES:
            self._known.clear()
        self._known[uid] = name
        return name


def name_of(uid: int) -> str:
    """Empty where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""
