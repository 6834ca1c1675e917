"""Where packets go: the routes of the main table, and this host's own addresses."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from probed.errors import HostFailed
from probed.host.proc_file import text_of

V4, V6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
REJECTS = 0x0200
"""RTF_REJECT: it says that nothing can be reached."""


@dataclass(frozen=True, slots=True)
class Route:
    destination: str
    """A network; `default` for all."""
    gateway: str
    """Empty where it is reached directly."""
    interface: str
    metric: int


@dataclass(frozen=True, slots=True)
class Address:
    interface: str
    address: str
    """With the length of its network's prefix where that is known."""
    is_up: bool


def routes(v4: Path = V4, v6: Path = V6) -> tuple[Route, ...]:
    return (*_of_v4(text_of(v4)), *_of_v6(text_of(v6)))


def addresses() -> tuple[Address, ...]:
    """Raises HostFailed."""
    try:
        found, links = psutil.net_if_addrs(), psutil.net_if_stats()
    except (psutil.Error, OSError) as error:
        raise HostFailed(f"addresses cannot be listed: {error}") from error
    return tuple(
        Address(name, _with_prefix(each.address, each.netmask), bool(links.get(name) and links[name].isup))
        for name, listed in found.items()
        for each in listed
        if each.family in (socket.AF_INET, socket.AF_INET6)
    )


def _with_prefix(address: str, mask: str | None) -> str:
    plain = address.partition("%")[0]
    try:
        if mask and ":" in mask:
            return f"{plain}/{bin(int(ipaddress.IPv6Address(mask))).count('1')}"
        return str(ipaddress.ip_interface(f"{plain}/{mask}")) if mask else plain
    except ValueError:
        return plain


def _of_v4(text: str) -> Iterator[Route]:
    for line in text.splitlines()[1:]:
        words = line.split()
        if len(words) < 8 or int(words[3], 16) & REJECTS:
            continue
        destination, gateway, mask = (_v4(words[index]) for index in (1, 2, 7))
        network = ipaddress.ip_network(f"{destination}/{mask}", strict=False)
        yield Route(_name(network), gateway if int(words[2], 16) else "", words[0], int(words[6]))


def _of_v6(text: str) -> Iterator[Route]:
    for line in text.splitlines():
        words = line.split()
        if len(words) < 10 or int(words[8], 16) & REJECTS or words[9] == "lo":
            continue
        network = ipaddress.IPv6Network((int(words[0], 16), int(words[1], 16)), strict=False)
        gateway = ipaddress.IPv6Address(int(words[4], 16))
        yield Route(_name(network), "" if gateway.is_unspecified else str(gateway), words[9], int(words[5], 16))


def _name(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
    return "default" if network.prefixlen == 0 else str(network)


def _v4(word: str) -> str:
    """The kernel writes it in the order of this machine's bytes."""
    return socket.inet_ntoa(struct.pack("=L", int(word, 16)))
