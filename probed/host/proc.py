"""Processor, memory, pressure and processes, as the kernel counts them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import psutil

from probed.errors import HostFailed, NotHere

LOAD = Path("/proc/loadavg")
PRESSURE = Path("/proc/pressure")
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
VMSTAT = Path("/proc/vmstat")
ENTROPY = Path("/proc/sys/kernel/random/entropy_avail")
ZFS_CACHE = Path("/proc/spl/kstat/zfs/arcstats")


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Seconds since boot, of one processor or of several together."""

    user_s: float
    nice_s: float
    """Of programs that give way to all others."""
    system_s: float
    idle_s: float
    iowait_s: float
    irq_s: float
    softirq_s: float
    steal_s: float
    """The hypervisor gave it to other machines."""

    @property
    def interrupts_s(self) -> float:
        return self.irq_s + self.softirq_s

    @property
    def busy_s(self) -> float:
        return self.user_s + self.system_s + self.interrupts_s + self.steal_s

    @property
    def total_s(self) -> float:
        return self.busy_s + self.nice_s + self.idle_s + self.iowait_s


@dataclass(frozen=True, slots=True)
class Load:
    """Mean number of processes that ran or waited, over 1, 5 and 15 minutes."""

    one: float
    five: float
    fifteen: float


@dataclass(frozen=True, slots=True)
class Pressure:
    """Share of the time (percent) in which some, or all, tasks waited for the resource, over 10, 60 and 300 seconds."""

    some_avg10: float
    some_avg60: float
    some_avg300: float
    full_avg10: float
    full_avg60: float
    full_avg300: float


@dataclass(frozen=True, slots=True)
class Memory:
    total_bytes: int
    available_bytes: int
    """What programs can get without swapping: free memory and what caches can give back."""
    cached_bytes: int

    @property
    def used_percent(self) -> float:
        return 100.0 * (self.total_bytes - self.available_bytes) / self.total_bytes if self.total_bytes else 0.0


@dataclass(frozen=True, slots=True)
class Swap:
    total_bytes: int
    used_bytes: int

    @property
    def used_percent(self) -> float:
        return 100.0 * self.used_bytes / self.total_bytes if self.total_bytes else 0.0


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    parent_pid: int
    name: str
    """Name of the program, not cut at 15 characters; arguments are left out because they may hold secrets."""
    user: str
    state: str
    """`running`, `sleeping`, `disk-sleep`, `zombie` …"""
    rss_bytes: int
    cpu_s: float
    started_at: float
    """Seconds since the epoch."""


def cpu_times() -> tuple[CpuTimes, ...]:
    """Of each processor. The kernel counts a guest's time as its host's user time, too."""
    return tuple(
        CpuTimes(each.user, each.nice, each.system, each.idle, each.iowait, each.irq, each.softirq, each.steal)
        for each in psutil.cpu_times(percpu=True)
    )


def summed(times: Sequence[CpuTimes]) -> CpuTimes:
    return CpuTimes(*map(sum, zip(*(astuple(each) for each in times), strict=True)))


def cpu_count() -> int:
    return psutil.cpu_count() or 1


def load(path: Path = LOAD) -> Load:
    """Of a container what its own file says, where it has one. Raises HostFailed."""
    try:
        return Load(*map(float, path.read_text().split()[:3]))
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error


def pressure(resource: str, folder: Path = PRESSURE) -> Pressure:
    """`resource` is `cpu`, `memory` or `io`. Raises NotHere where the kernel does not count pressure."""
    try:
        text = (folder / resource).read_text()
    except (FileNotFoundError, NotADirectoryError):
        raise NotHere("pressure stall information") from None
    except OSError as error:  # EOPNOTSUPP where it was switched off at boot
        raise NotHere("pressure stall information", f"boot with psi=1 ({error.strerror})") from error
    lines = {line.split()[0]: _averages(line) for line in text.splitlines() if line}
    some, full = lines.get("some", {}), lines.get("full", {})
    return Pressure(
        *(some.get(name, 0.0) for name in ("avg10", "avg60", "avg300")),
        *(full.get(name, 0.0) for name in ("avg10", "avg60", "avg300")),
    )


def memory(zfs_cache: Path = ZFS_CACHE) -> Memory:
    now, given_back = psutil.virtual_memory(), _zfs_reclaimable(zfs_cache)
    return Memory(now.total, min(now.total, now.available + given_back), now.cached + given_back)


def swap() -> Swap:
    now = psutil.swap_memory()
    return Swap(now.total, now.used)


def swapped_pages() -> tuple[int, int]:
    """Pages read back in from swap, and written out to it, since boot. Raises HostFailed."""
    facts = _vmstat()
    return facts.get("pswpin", 0), facts.get("pswpout", 0)


def major_faults() -> int:
    """Pages that somebody wanted and had to wait for, since boot: they were on the disk. Raises HostFailed."""
    return _vmstat().get("pgmajfault", 0)


def _vmstat() -> Mapping[str, int]:
    try:
        lines = VMSTAT.read_text().splitlines()
    except OSError as error:
        raise HostFailed(f"{VMSTAT}: {error.strerror}") from error
    return {name: int(number) for name, number in (line.split() for line in lines)}


def entropy_bits() -> int:
    """What the kernel has gathered for random numbers. Raises NotHere."""
    try:
        return int(ENTROPY.read_text())
    except OSError:
        raise NotHere("count of the kernel's entropy") from None


def processes() -> tuple[Process, ...]:
    fields = ["pid", "ppid", "name", "username", "status", "memory_info", "cpu_times", "create_time"]
    return tuple(_process(each.info) for each in psutil.process_iter(fields))


def start_time(pid: int) -> int:
    """Clock ticks since boot; together with the pid it names a process for ever. 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19])
    except OSError:
        return 0


def rss_bytes(pid: int) -> int:
    """0 where it has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def boot_time() -> float:
    """Seconds since the epoch, by the wall clock of now."""
    return psutil.boot_time()


def uptime_s() -> float:
    """Seconds since boot, suspended time included."""
    try:
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    except OSError as error:
        raise HostFailed(f"no time since boot: {error}") from error


def boot_id() -> str:
    """Names this boot of the host; empty where the kernel does not say."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


def threads() -> tuple[int, int]:
    """How many threads there are, and how many there can be. Raises HostFailed."""
    try:
        existing = LOAD.read_text().split()[3].partition("/")[2]
        limits = [int(Path(f"/proc/sys/kernel/{name}").read_text()) for name in ("pid_max", "threads-max")]
    except OSError as error:
        raise HostFailed(f"threads cannot be counted: {error}") from error
    return int(existing), min(limits)


def _zfs_reclaimable(arcstats: Path) -> int:
    """What the cache of ZFS gives back under pressure; the kernel does not count it as available."""
    try:
        rows = dict(line.split()[::2] for line in arcstats.read_text().splitlines()[2:] if len(line.split()) == 3)
    except OSError:
        return 0
    return max(0, int(rows.get("size", 0)) - int(rows.get("c_min", 0)))


def _averages(line: str) -> Mapping[str, float]:
    return {name: float(value) for name, _, value in (word.partition("=") for word in line.split()[1:])}


def _process(info: Mapping[str, object]) -> Process:
    """psutil puts None where the process has gone or may not be read."""
    memory_info, times = info["memory_info"], info["cpu_times"]
    return Process(
        pid=int(str(info["pid"])),
        parent_pid=int(str(info["ppid"] or 0)),
        name=str(info["name"] or "?"),
        user=str(info["username"] or "?"),
        state=str(info["status"] or "?"),
        rss_bytes=getattr(memory_info, "rss", 0),
        cpu_s=getattr(times, "user", 0.0) + getattr(times, "system", 0.0),
        started_at=float(str(info["create_time"] or 0.0)),
    )
