"""What the kernel has counted of its network since boot, by the names that it gives its counters; see
Documentation/networking/snmp_counter.rst of the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from probed.errors import NotHere
from probed.host.proc_file import needed_text_of

NET = Path("/proc/net")
UDP_TABLES = ("udp", "udp6")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Packets between the cards and the protocols, of all processors together."""

    dropped: int
    """The queue was full (net.core.netdev_max_backlog)."""
    squeezed: int
    """Times at which more was there than one turn may take (net.core.netdev_budget); nothing is lost by that."""


@dataclass(frozen=True, slots=True)
class UdpSocket:
    port: int
    dropped: int
    """Since it was opened."""


def rows(table: str) -> Mapping[str, Mapping[str, int]]:
    """Of /proc/net/snmp or netstat: a line of names and one of numbers for each protocol. Raises HostFailed."""
    lines = [line.split() for line in needed_text_of(NET / table).splitlines()]
    pairs = zip(lines[::2], lines[1::2], strict=False)
    return {names[0].rstrip(":"): dict(zip(names[1:], map(int, numbers[1:]), strict=False)) for names, numbers in pairs}


def snmp6() -> Mapping[str, int]:
    """Empty where there is no IPv6."""
    try:
        words = (line.split() for line in (NET / "snmp6").read_text().splitlines())
    except OSError:
        return {}
    return {pair[0]: int(pair[1]) for pair in words if len(pair) == 2}


def backlog() -> Backlog | None:
    """A line of hexadecimal numbers for each processor. None where the kernel shows none. Raises HostFailed."""
    try:
        lines = [line.split() for line in needed_text_of(NET / "softnet_stat").splitlines()]
    except NotHere:
        return None
    if not lines:
        return None
    return Backlog(sum(int(words[1], 16) for words in lines), sum(int(words[2], 16) for words in lines))


def udp_losers() -> tuple[UdpSocket, ...]:
    """The sockets that lost packets because nobody read them in time, the one that lost most first."""
    found = (each for table in UDP_TABLES for each in _udp_sockets(table))
    return tuple(sorted((each for each in found if each.dropped), key=lambda each: -each.dropped))


def _udp_sockets(table: str) -> list[UdpSocket]:
    """See proc_net_udp(5): the local address is the second word, what was dropped the last."""
    try:
        lines = [line.split() for line in (NET / table).read_text().splitlines()[1:]]
    except OSError:
        return []
    return [UdpSocket(int(words[1].rpartition(":")[2], 16), int(words[-1])) for words in lines if len(words) > 12]
