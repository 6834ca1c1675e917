"""Tunnels to other hosts that are up: WireGuard, OpenVPN, Tailscale and their like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from probed.discovery.proposal import Found, Kind
from probed.host.interfaces import SYS_NET, interfaces

KIND = Kind(
    "found-network",
    "Tunnels of this host",
    "every 1m",
    """\
Are the tunnels up through which this host reaches others?

When there is a finding: look at the unit that sets the tunnel up, and at the time of the last handshake.
""",
)
TUN_FLAG = "tun_flags"
"""A file that interfaces of the kernel's TUN driver have, whichever program made them."""


def find(folder: Path = SYS_NET) -> Iterator[Found]:
    """Raises HostFailed."""
    for each in interfaces().values():
        if each.is_set_up and (kind := _kind_of(folder / each.name)):
            yield Found(KIND.id, "network", each.name, {"interfaces": [each.name], "required": [each.name]}, kind)


def _kind_of(device: Path) -> str:
    if (device / TUN_FLAG).exists():
        return "a tunnel of a program"
    try:
        facts = (device / "uevent").read_text().split()
    except OSError:
        return ""
    return "WireGuard" if "DEVTYPE=wireguard" in facts else ""
