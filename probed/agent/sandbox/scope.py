"""A scope of systemd around a run, where this user may make one and its limits are really in force."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from probed.config.agent import ProgramLimits
from probed.host.command import run_command

OF_SYSTEM = Path("/run/systemd/system")
TRIES_WITHIN_S = 5.0
OF_MANAGER = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
"""By which the user's own manager is found."""
IN_FORCE = """
of() { sed -n "s/^[0-9]*:$1://p" /proc/self/cgroup; }
first() { cat "$@" 2>/dev/null | head -n 1; }
first "/sys/fs/cgroup$(of "")/memory.max" "/sys/fs/cgroup/memory$(of memory)/memory.limit_in_bytes"
first "/sys/fs/cgroup$(of "")/cpu.max" "/sys/fs/cgroup/cpu$(of cpu)$(of cpu,cpuacct)/cpu.cfs_quota_us"
"""
"""Prints what the kernel says of the control group that it runs in, in both layouts: see cgroups(7)."""
BY_SCOPE = "limits on {} by a scope of systemd"
BY_PROCESS = (
    "limits on processes, on the memory of each and, four times a second, of all of them; on CPU only a low priority"
)


@dataclass(frozen=True, slots=True)
class Scope:
    command: Sequence[str] = ()
    """That the program's own is appended to."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Of that command, and not for the program."""
    bounds_memory: bool = False
    bounds_cpu: bool = False

    @property
    def holds(self) -> str:
        return (
            BY_SCOPE.format("memory, processes and CPU" if self.bounds_cpu else "memory and processes")
            if self.bounds_memory
            else BY_PROCESS
        )


def find_scope(limits: ProgramLimits) -> Scope:
    """Blocking; an empty one where none can be had. A user's manager makes a scope also where it was given no
    controller: only what the kernel has in force counts."""
    found = _candidate(limits)
    if found is None:
        return Scope()
    try:
        asked = run_command([*found.command, "sh", "-c", IN_FORCE], deadline_s=TRIES_WITHIN_S, env=found.environment)
    except OSError:
        return Scope()
    memory, cpu, *_ = [*asked.stdout.splitlines(), "", ""]
    if not memory.isdigit() or int(memory) > limits.memory:
        return Scope()
    return replace(found, bounds_memory=True, bounds_cpu=cpu[:1].isdigit())


def _candidate(limits: ProgramLimits) -> Scope | None:
    properties = [
        f"MemoryMax={limits.memory}",
        "MemorySwapMax=0",
        f"TasksMax={limits.processes}",
        f"CPUQuota={limits.cpus:.0%}",
    ]
    command = ["systemd-run", "--scope", "--quiet", "--collect", *(f"--property={each}" for each in properties)]
    if os.geteuid() == 0:
        return Scope(command) if OF_SYSTEM.is_dir() else None
    environment = {name: os.environ[name] for name in OF_MANAGER if name in os.environ}
    return Scope([*command, "--user"], environment) if environment else None
