"""Who has to go where memory ends, and who had to."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path

from probed.errors import HostFailed, NotHere

VMSTAT = Path("/proc/vmstat")
KILLED = re.compile(
    r"(?:Out of memory|Memory cgroup out of memory|out of memory).{0,40}: Kill(?:ed)? process (\d+) \((.+?)\)"
)
CGROUP = re.compile(r"oom-kill:.*task_memcg=([^,]+)")

FIRST = "500"
"""For oom_score_adj, see proc(5): as if it held half of the memory there is beside its own."""


def let_go_first(pid: int) -> None:
    """The kernel ends this process, and what it starts from now on, before it ends the daemon."""
    with contextlib.suppress(OSError):  # it has ended, or become somebody else
        Path(f"/proc/{pid}/oom_score_adj").write_text(FIRST)


def kills() -> int:
    """How many processes the kernel has ended for lack of memory since boot, of the whole host or of a control group
    (a container, a unit with MemoryMax). Raises NotHere where it does not count them, HostFailed."""
    try:
        lines = VMSTAT.read_text().splitlines()
    except OSError as error:
        raise HostFailed(f"{VMSTAT}: {error.strerror}") from error
    counts = [int(line.split()[1]) for line in lines if line.startswith("oom_kill ")]
    if not counts:
        raise NotHere("count of the kernel's OOM kills")
    return counts[0]


def victims(lines: Iterable[str]) -> tuple[tuple[int, str, str], ...]:
    """Pid, name and control group (empty: of the whole host) of those that the lines of the kernel's log tell of."""
    found, group = [], ""
    for line in lines:
        if told := CGROUP.search(line):
            group = told[1] if "constraint=CONSTRAINT_MEMCG" in line else ""
        elif killed := KILLED.search(line):
            found.append((int(killed[1]), killed[2], group))
            group = ""
    return tuple(found)
