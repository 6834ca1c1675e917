"""A healthy host is silent for a week: what the shipped documents say of its numbers, minute by minute, is nothing.

The host is written down here, with what its days hold: two boots, backups at night, the large one at the month's end,
an upgrade, rotated logs, a full page cache, a person who compiles, a deployment. The checks and their bounds are the
shipped ones, and so is who judges. The same host with something really wrong must be told, or the silence would say
little. What is a state and no number (units, ports, accounts, files, lines of logs) is looked at on this host itself,
again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from probed.checks import cpu, disk_io, filesystems, since_last_look, swap
from probed.checks.registry import BoundCheck
from probed.config.documents import load_documents
from probed.core.finding import Finding, Severity
from probed.core.inspection import Inspection
from probed.core.observation import Memory as Known
from probed.core.observation import Observation
from probed.engine.carry_over import Moment
from probed.engine.judging import Judge, severity_of
from probed.errors import CheckFailed
from probed.host import block_devices, proc
from probed.host.block_devices import Work
from probed.host.mounts import Mount, Usage
from probed.host.proc import CpuTimes, Load, Memory, Pressure, Swap
from tests.checks.looking import REGISTRY

SHIPPED = Path(__file__).parents[2] / "inspections"
CHECKS = {"cpu", "load", "pressure", "memory", "memory_stall", "swap", "disk", "inodes", "disk_io"}
CORES = 2
GIB = 2**30
HOUR, DAY, WEEK = 60, 24 * 60, 7 * 24 * 60
"""Minutes."""
REBOOT = 5 * DAY + 4 * HOUR + 30
BOOT_GRACE_S = 180.0
LOOKS = 5
WINDOWS = (cpu._window, disk_io._window, swap._window)


@dataclass(frozen=True)
class Minute:
    """What goes on during one minute."""

    user: float = 8.0
    """Percent of all processors."""
    nice: float = 0.0
    iowait: float = 1.0
    load: float = 0.3
    """For each processor."""
    stalled_cpu: float = 1.0
    stalled_io: float = 1.0
    stalled_memory: float = 0.0
    available_gib: float = 5.0
    """Of 8."""
    cached_gib: float = 2.0
    swapped_gib: float = 0.1
    """Of 2."""
    pages_in_a_second: float = 2.0
    full_percent: float = 55.0
    """Of the disk."""
    operations_a_second: float = 5.0
    latency_s: float = 0.004
    disk_busy: float = 4.0


BACKUP = {
    "nice": 90.0,
    "iowait": 8.0,
    "load": 1.4,
    "stalled_cpu": 30.0,
    "stalled_io": 50.0,
    "cached_gib": 4.8,
    "operations_a_second": 400.0,
    "latency_s": 0.045,
    "disk_busy": 100.0,
}
DUMP = {**BACKUP, "nice": 0.0, "user": 97.0}
"""Of a database that does not give way, before the backup."""
UPGRADE = {**DUMP, "latency_s": 0.2, "full_percent": 63.0}
COMPILES = {"user": 99.0, "load": 1.9, "stalled_cpu": 60.0}
DEPLOYS = {"available_gib": 0.6, "stalled_memory": 8.0, "user": 70.0}
BOOTS = {"user": 95.0, "load": 2.5, "stalled_io": 80.0, "stalled_cpu": 50.0, "latency_s": 0.4, "disk_busy": 100.0}
CACHED = {"cached_gib": 4.9, "swapped_gib": 1.8}
"""Page cache as far as it goes, and what nobody has used for days is swapped out: nothing of that is scarce."""


def healthy(minute: int) -> Minute:
    day, of_day = divmod(minute, DAY)
    now = Minute(full_percent=55.0 + day * 0.5 + of_day / DAY)  # it grows, and the rotation at midnight gives most back
    if day >= 1:
        now = replace(now, **CACHED)
    if minute < 6 or 0 <= minute - REBOOT < 6:
        return replace(now, **BOOTS)
    if day == 6 and 2 * HOUR <= of_day < 16 * HOUR:  # the month's end: all of it once more, beside what it will replace
        return replace(now, **BACKUP, full_percent=58.0 + 14 * (of_day - 2 * HOUR) / (14 * HOUR))
    if 2 * HOUR <= of_day < 2 * HOUR + 12:
        return replace(now, **DUMP)
    if 2 * HOUR + 12 <= of_day < 4 * HOUR:
        return replace(now, **BACKUP)
    if day == 1 and 10 * HOUR <= of_day < 10 * HOUR + 9:
        return replace(now, **UPGRADE)
    if day in (2, 4) and 14 * HOUR <= of_day < 14 * HOUR + 13:
        return replace(now, **COMPILES)
    if day == 3 and 11 * HOUR <= of_day < 11 * HOUR + 4:
        return replace(now, **DEPLOYS)
    return now


@dataclass
class Host:
    """Its counters, as the kernel would show them at the end of the minute."""

    minute: Minute = field(default_factory=Minute)
    seconds: float = 0.0
    booted_at: float = 0.0
    cpu: CpuTimes = field(default_factory=lambda: CpuTimes(*[0.0] * 8))
    pages_in: float = 0.0
    disk: Work = field(default_factory=lambda: Work(0, 0, 0, 0, 0, 0))

    def passes(self, minute: Minute) -> None:
        self.minute, self.seconds = minute, self.seconds + 60
        idle = max(0.0, 100.0 - minute.user - minute.nice - minute.iowait)
        user, nice, waiting, idle = (0.6 * each for each in (minute.user, minute.nice, minute.iowait, idle))
        was = self.cpu
        self.cpu = replace(
            was,
            user_s=was.user_s + user,
            nice_s=was.nice_s + nice,
            iowait_s=was.iowait_s + waiting,
            idle_s=was.idle_s + idle,
        )
        self.pages_in += 60 * minute.pages_in_a_second
        done = round(60 * minute.operations_a_second)
        self.disk = Work(
            operations=self.disk.operations + done,
            operations_ms=self.disk.operations_ms + round(1000 * done * minute.latency_s),
            read_bytes=0,
            written_bytes=self.disk.written_bytes + done * 4096,
            busy_ms=self.disk.busy_ms + round(600 * minute.disk_busy),
            under_way=1,
        )

    def boots(self) -> None:
        """All counters begin anew, and the daemon knows nothing but what it has stored."""
        self.booted_at = self.seconds
        self.cpu, self.pages_in, self.disk = CpuTimes(*[0.0] * 8), 0.0, Work(0, 0, 0, 0, 0, 0)
        for window in WINDOWS:
            window.forget()

    def pressure(self, resource: str) -> Pressure:
        share = float(getattr(self.minute, f"stalled_{resource}"))
        return Pressure(share, share, share, share / 2, share / 2, share / 2)

    def usage(self, mount: Mount) -> Usage:
        used = round(self.minute.full_percent * 10)
        return Usage(1000 * GIB, used * GIB, (1000 - used) * GIB, 10_000, used * 3, 10_000 - used * 3)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    it = Host()

    def sleep(seconds: float) -> None:
        it.seconds += seconds

    clock = SimpleNamespace(monotonic=lambda: it.seconds, sleep=sleep)
    readings: dict[str, Callable[..., object]] = {
        "cpu_times": lambda: (it.cpu,) * CORES,
        "cpu_count": lambda: CORES,
        "load": lambda: Load(*[CORES * it.minute.load] * 3),
        "pressure": it.pressure,
        "memory": lambda: Memory(8 * GIB, round(it.minute.available_gib * GIB), round(it.minute.cached_gib * GIB)),
        "swap": lambda: Swap(2 * GIB, round(it.minute.swapped_gib * GIB)),
        "swapped_pages": lambda: (round(it.pages_in), 0),
        "processes": lambda: (),
    }
    for name, reading in readings.items():
        monkeypatch.setattr(proc, name, reading)
    root = Mount(1, 0, "8:1", "/", "/", "ext4", "/dev/sda1", read_only=False)
    monkeypatch.setattr(filesystems, "mounts", lambda: (root,))
    monkeypatch.setattr(filesystems, "usage", it.usage)
    monkeypatch.setattr(block_devices, "work", lambda: {"sda": it.disk})
    monkeypatch.setattr(block_devices, "disks", lambda: ("sda",))
    monkeypatch.setattr(since_last_look, "time", clock)
    for window in WINDOWS:
        window.forget()
    yield it
    for window in WINDOWS:
        window.forget()


def shipped() -> list[Inspection]:
    usable, broken = load_documents(SHIPPED, REGISTRY)
    assert broken == []
    return usable


def told(host: Host, minutes: int, minute_of: Callable[[int], Minute]) -> list[tuple[int, Finding]]:
    """What the shipped documents find, with the minute; what stays is told once."""
    looks = [(each.id, REGISTRY.bind(call)) for each in shipped() for call in each.checks if call.check in CHECKS]
    assert {check.name for _, check in looks} == CHECKS
    judge, active, found = Judge(BOOT_GRACE_S), dict[tuple[str, str, str], Severity](), list[tuple[int, Finding]]()
    for minute in range(minutes):
        if minute == REBOOT:
            host.boots()
            judge = restarted(judge, host, {source for source, _ in looks})
        host.passes(minute_of(minute))
        for source, check in looks:
            seen = tuple(item for item in check.look() if isinstance(item, Observation))
            known = {(name, of): level for (whose, name, of), level in active.items() if whose == source}
            now = judge.findings(source, check.name, seen, known, host.seconds, host.seconds - host.booted_at)
            found += [(minute, each) for each in now if (each.check, each.object) not in known]
            active = {key: level for key, level in active.items() if key[:2] != (source, check.name)}
            active |= {(source, each.check, each.object): each.severity for each in now}
    return found


def restarted(judge: Judge, host: Host, sources: set[str]) -> Judge:
    """With what was pending before the boot, after a minute in which nobody looked."""
    wall, fresh = datetime.fromtimestamp(host.seconds, UTC), Judge(BOOT_GRACE_S)
    before, after = Moment("this boot", host.seconds, wall), Moment("the next", 0.0, wall + timedelta(minutes=1))
    for source in sources:
        fresh.recall(source, judge.memory(source, before, host.seconds) or {}, after)
    return fresh


def test_a_week_of_a_healthy_host_is_silent(host: Host) -> None:
    assert told(host, WEEK, healthy) == []


@pytest.mark.parametrize(
    ("wrong", "object_"),
    [
        ({"user": 99.0}, "cpu"),
        ({"load": 2.5}, "load"),
        ({"stalled_io": 95.0}, "io"),
        ({"stalled_memory": 45.0}, "memory"),
        ({"available_gib": 0.5, "cached_gib": 0.3}, "memory"),
        ({"available_gib": 2.0, "swapped_gib": 1.8}, "swap"),
        ({"pages_in_a_second": 5000.0}, "swapping"),
        ({"available_gib": 0.7, "stalled_memory": 95.0}, "memory"),
        ({"full_percent": 85.0}, "/"),
        ({"operations_a_second": 300.0, "latency_s": 1.5, "disk_busy": 100.0}, "sda"),
    ],
)
def test_the_same_host_with_something_really_wrong_is_told_within_half_an_hour(
    host: Host, wrong: dict[str, float], object_: str
) -> None:
    found = told(host, 90, lambda minute: replace(healthy(minute), **wrong) if minute >= 60 else healthy(minute))

    assert {each.object for _, each in found} & {object_, f"{object_} busy"}
    assert {each.severity for _, each in found} <= {Severity.WARNING, Severity.CRITICAL}
    assert all(minute >= 60 for minute, _ in found)


def wrong(check: BoundCheck, known: Known) -> tuple[set[str], Known]:
    """The objects of what it finds, or that it does not answer; and what it knows now."""
    try:
        answer, memory = check.look_since(known)
    except CheckFailed as failure:
        return {f"unanswered: {failure}"}, known
    return {each.object for each in answer if isinstance(each, Observation) and severity_of(each, None)}, memory


@pytest.mark.alone
@pytest.mark.parametrize("inspection", shipped(), ids=lambda each: each.id)
def test_who_looks_at_this_host_again_and_again_finds_nothing_that_was_not_there(inspection: Inspection) -> None:
    """Of its own looking, of its own memory, or of what every host does by the minute."""
    for call in inspection.checks:
        if call.check not in CHECKS:
            check = REGISTRY.bind(call)
            first, memory = wrong(check, {})
            for _ in range(LOOKS):
                later, memory = wrong(check, memory)
                assert later <= first, call
