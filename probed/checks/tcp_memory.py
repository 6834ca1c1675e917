"""The memory that TCP takes, and connections without a program, in percent of what the kernel allows them.

Parameters: `warning` (80%), `critical` (95%), `clear` (70%), `for` (2m).

Two observations. `memory`: all buffers of TCP together, in percent of the last number of net.ipv4.tcp_mem, at which
the kernel stops taking in and connections stall; look for programs that do not read what they are sent. `orphans`:
connections that their program has closed and that still have something to send, in percent of
net.ipv4.tcp_max_orphans, beyond which they are cut off. Both bounds belong to the host, and a container does not see
them. No action fits.

Example:
  - tcp_memory: {warning: 70%, for: 5m}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.core.size import size_text
from probed.host import tcp


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0
    for_s: For = 120.0


def look(params: Params) -> CheckAnswer:
    use = tcp.memory_use()
    memory = _percent(use.memory_bytes, use.max_memory_bytes)
    orphans = _percent(use.orphans, use.max_orphans)
    taken, most = size_text(use.memory_bytes), size_text(use.max_memory_bytes)
    return (
        Observation(
            "memory",
            f"TCP takes {taken} of {most} that it may",
            memory,
            "%",
            params.threshold,
            evidence={"memory_bytes": use.memory_bytes, "max_memory_bytes": use.max_memory_bytes},
        ),
        Observation(
            "orphans",
            f"{use.orphans} connections have no program any more, of {use.max_orphans} that may",
            orphans,
            "%",
            params.threshold,
            evidence={"orphans": use.orphans, "max_orphans": use.max_orphans},
        ),
    )


def _percent(taken: int, most: int) -> float:
    return round(100.0 * taken / most, 1) if most else 0.0
