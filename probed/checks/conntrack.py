"""How full the firewall's table of connections is (conntrack), in percent.

Parameters: `warning` (80%), `critical` (95%), `clear` (70%), `for` (1m).

Packet filters with state, address translation and containers have the kernel remember each connection. When the table
is full it drops the packets of new ones, which looks like a network that works now and then. Raise
net.netfilter.nf_conntrack_max (an entry takes about 400 bytes), shorten nf_conntrack_tcp_timeout_established, or find
who opens so many: `conntrack -L`. That packets were dropped already is told by `kernel_errors`. No action fits.

Example:
  - conntrack: {warning: 75%, for: 2m}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.host import conntrack


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0
    for_s: For = 60.0


def look(params: Params) -> CheckAnswer:
    table = conntrack.table()
    percent = round(table.percent, 1)
    evidence = {"entries": table.entries, "limit": table.limit}
    summary = f"the firewall follows {table.entries} connections, {percent:g}% of what it can"
    return (Observation("connections", summary, percent, "%", params.threshold, evidence=evidence),)
