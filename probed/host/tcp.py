"""TCP as the kernel counts it: queues that ran over, connections that wait for their end, ports that are taken."""

from __future__ import annotations

import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere
from probed.host import net_counters
from probed.host.proc_file import needed_text_of

NET = Path("/proc/net")
SYSCTL = Path("/proc/sys/net/ipv4")
LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class Refused:
    """Connections since boot that were not taken in."""

    overflows: int
    """The queue of a listening program was full."""
    drops: int
    """For that reason or another (no memory)."""


@dataclass(frozen=True, slots=True)
class Sockets:
    open: int
    time_wait: int
    """Ended, and kept for a minute in case something of them is still under way."""
    max_time_wait: int
    ports: tuple[int, int]
    """First and last of those that outgoing connections are given."""

    @property
    def port_count(self) -> int:
        return max(1, self.ports[1] - self.ports[0] + 1)


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Of the whole host."""

    memory_bytes: int
    max_memory_bytes: int
    """From here on the kernel takes nothing more in."""
    orphans: int
    """Connections that their program has closed and that still have something to send."""
    max_orphans: int


@dataclass(frozen=True, slots=True)
class Listening:
    port: int
    waiting: int
    """Connections that the program has not accepted yet."""


def refused() -> Refused:
    """Raises HostFailed."""
    facts = net_counters.rows("netstat").get("TcpExt", {})
    return Refused(facts.get("ListenOverflows", 0), facts.get("ListenDrops", 0))


def sockets() -> Sockets:
    """Raises HostFailed."""
    four = _of_four()
    first, last = map(int, needed_text_of(SYSCTL / "ip_local_port_range").split())
    return Sockets(
        open=four.get("inuse", 0) + _open_v6(),
        time_wait=four.get("tw", 0),
        max_time_wait=int(needed_text_of(SYSCTL / "tcp_max_tw_buckets")),
        ports=(first, last),
    )


def memory_use() -> MemoryUse:
    """Raises NotHere in a network namespace of one's own, which does not see the bounds; HostFailed."""
    four, page = _of_four(), os.sysconf("SC_PAGE_SIZE")
    try:
        max_pages, max_orphans = (
            needed_text_of(SYSCTL / "tcp_mem").split()[2],
            needed_text_of(SYSCTL / "tcp_max_orphans"),
        )
    except NotHere:
        raise NotHere("the bounds of TCP's memory, which belong to the host") from None
    return MemoryUse(four.get("mem", 0) * page, int(max_pages) * page, four.get("orphan", 0), int(max_orphans))


def busiest_destination(ports: tuple[int, int]) -> tuple[int, str]:
    """How many of the local ports are taken by connections to one remote address and port, which cannot share them; and
    that destination. It reads all connections."""
    counts = Counter(remote for _, local, remote, _ in _connections() if ports[0] <= local <= ports[1])
    destination, count = next(iter(counts.most_common(1)), ("", 0))
    return count, _readable(destination) if destination else ""


def waiting() -> tuple[Listening, ...]:
    """The listening ports whose queues are not empty, the longest first."""
    found = [Listening(local, queue) for state, local, _, queue in _connections() if state == LISTENING and queue]
    return tuple(sorted(found, key=lambda each: -each.waiting))


def _of_four() -> dict[str, int]:
    """What the kernel counts of TCP over IPv4; memory and orphans of both. See sockstat in proc_net(5)."""
    lines = (line.split() for line in needed_text_of(NET / "sockstat").splitlines())
    words = next((words[1:] for words in lines if words[:1] == ["TCP:"]), [])
    return dict(zip(words[::2], map(int, words[1::2]), strict=False))


def _connections() -> Iterator[tuple[str, int, str, int]]:
    """State, local port, remote address and port, length of the receive queue; see proc_net_tcp(5)."""
    for table in ("tcp", "tcp6"):
        try:
            with (NET / table).open() as file:
                next(file, None)
                for line in file:
                    _, local, remote, state, queues, *_ = line.split()
                    yield state, int(local.rpartition(":")[2], 16), remote, int(queues.rpartition(":")[2], 16)
        except OSError:
            continue


def _readable(address: str) -> str:
    """The kernel writes an address as words of four bytes in the machine's own order, all in hexadecimal."""
    host, _, port = address.partition(":")
    words = [int(host[start : start + 8], 16).to_bytes(4, sys.byteorder) for start in range(0, len(host), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return f"{socket.inet_ntop(family, b''.join(words))} port {int(port, 16)}"


def _open_v6() -> int:
    try:
        facts = dict(line.split(":", 1) for line in (NET / "sockstat6").read_text().splitlines())
    except OSError:
        return 0
    words = facts.get("TCP6", "").split()
    return int(words[1]) if len(words) > 1 else 0
