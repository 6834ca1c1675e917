"""The firewall's table of connections: how many it holds, and how many it can."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed, NotHere

NETFILTER = Path("/proc/sys/net/netfilter")


@dataclass(frozen=True, slots=True)
class Table:
    entries: int
    limit: int

    @property
    def percent(self) -> float:
        return 100.0 * self.entries / self.limit if self.limit else 0.0


def table() -> Table:
    """Raises NotHere where the kernel follows no connections, HostFailed."""
    try:
        entries, limit = (int((NETFILTER / f"nf_conntrack_{name}").read_text()) for name in ("count", "max"))
    except FileNotFoundError:
        raise NotHere("the firewall's table of connections") from None
    except (OSError, ValueError) as error:
        raise HostFailed(f"{NETFILTER}: {error}") from error
    return Table(entries, limit)
