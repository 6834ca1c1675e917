"""The network interfaces: their links, and what they have counted since boot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from probed.core.pattern import fits_any
from probed.errors import HostFailed

AUTO = "auto"
SYS_NET = Path("/sys/class/net")
ROUTE = Path("/proc/net/route")
IPV6_ROUTE = Path("/proc/net/ipv6_route")


@dataclass(frozen=True, slots=True)
class Interface:
    name: str
    is_set_up: bool
    """By whoever administers it."""
    has_carrier: bool
    had_carrier: bool
    """At any time since it is there, as far as the kernel tells."""
    is_hardware: bool
    """A card or what stands for one, or several of them bundled; no bridge, tunnel or end of a container."""
    speed_mbit: int
    """0 where nobody knows."""
    packets: int
    errors: int
    dropped: int
    received_bytes: int = 0
    sent_bytes: int = 0
    is_half_duplex: bool = False
    """It cannot send while it receives: what a cable or a card brings about where the two ends do not agree."""


def interfaces() -> dict[str, Interface]:
    """By name, without the loopback. Raises HostFailed."""
    try:
        links, counters = psutil.net_if_stats(), psutil.net_io_counters(pernic=True, nowrap=False)
    except (psutil.Error, OSError) as error:
        raise HostFailed(f"network interfaces cannot be listed: {error}") from error
    return {name: _interface(name, links[name], counts) for name, counts in counters.items() if _is_real(name, links)}


def chosen(found: Mapping[str, Interface], names: Sequence[str], exclude: Sequence[str]) -> tuple[Interface, ...]:
    """Those that fit; `auto` among the names stands for network cards and what bundles them."""
    return tuple(
        each
        for each in found.values()
        if ((AUTO in names and each.is_hardware) or fits_any(each.name, names)) and not fits_any(each.name, exclude)
    )


def of_default_route() -> frozenset[str]:
    """The interfaces over which this host reaches what lies far away."""
    return frozenset({*_default_v4(), *_default_v6()})


def carries_others(name: str) -> bool:
    """Whether a bond, a bridge, a VLAN or the like goes over it."""
    return any((SYS_NET / name).glob("upper_*"))


def is_wireless(name: str) -> bool:
    return (SYS_NET / name / "phy80211").exists()


def _is_real(name: str, links: Mapping[str, object]) -> bool:
    return name in links and "loopback" not in getattr(links[name], "flags", "")


def _interface(name: str, link: object, counts: object) -> Interface:
    def number(field: str) -> int:
        return int(getattr(counts, field))

    flags = str(getattr(link, "flags", "")).split(",")
    return Interface(
        name=name,
        is_set_up="up" in flags,
        has_carrier="running" in flags,
        had_carrier=_number(name, "carrier_up_count") > 0,
        is_hardware=any((SYS_NET / name / each).exists() for each in ("device", "bonding")),
        speed_mbit=int(getattr(link, "speed", 0)),
        packets=number("packets_recv") + number("packets_sent"),
        errors=number("errin") + number("errout"),
        dropped=number("dropin") + number("dropout"),
        received_bytes=number("bytes_recv"),
        sent_bytes=number("bytes_sent"),
        is_half_duplex=getattr(link, "duplex", None) is psutil.NIC_DUPLEX_HALF,
    )


def _number(name: str, fact: str) -> int:
    try:
        return int((SYS_NET / name / fact).read_text())
    except (OSError, ValueError):
        return 0


def _rows(table: Path) -> list[list[str]]:
    try:
        return [line.split() for line in table.read_text().splitlines()]
    except OSError:
        return []


def _default_v4() -> list[str]:
    return [row[0] for row in _rows(ROUTE) if len(row) > 7 and row[1] == row[7] == "00000000"]


def _default_v6() -> list[str]:
    """Without those that only say that nothing can be reached (on lo)."""
    rows = _rows(IPV6_ROUTE)
    return [row[9] for row in rows if len(row) > 9 and row[0] == "0" * 32 and row[1] == "00" and row[9] != "lo"]
