"""All that the kernel tells of one process, but for its environment."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from probed.errors import HostFailed
from probed.host import proc
from probed.host.proc_file import record_of

PROC = Path("/proc")
MOST_THREADS = 200
STATUS = ("State", "Uid", "Gid", "Threads", "VmPeak", "VmRSS", "VmSwap", "RssAnon", "RssFile", "NoNewPrivs", "Seccomp")
CAPABILITIES = "CapEff"
IO = ("rchar", "wchar", "read_bytes", "write_bytes", "cancelled_write_bytes")
NUMBERS = ("oom_score", "oom_score_adj", "wchan")
LINKS = ("exe", "cwd", "root")


def facts(pid: int, root: Path = PROC) -> Iterator[tuple[str, str]]:
    """Names and values; what may not be seen is left out. Raises HostFailed where there is no such process."""
    folder = root / str(pid)
    status = _pairs(record_of(f"{folder}/status"))
    if not status:
        raise HostFailed(f"there is no process {pid}")
    yield "name", status.get("Name", "")
    yield from ((name, status[name]) for name in (*STATUS, CAPABILITIES) if name in status)
    yield from _links(folder)
    yield from ((name, value) for name in NUMBERS if (value := record_of(f"{folder}/{name}").strip()))
    yield from (("cgroup", line.split(":", 2)[2]) for line in record_of(f"{folder}/cgroup").splitlines()[:1])
    io = _pairs(record_of(f"{folder}/io"))
    yield from ((f"io {name}", io[name]) for name in IO if name in io)
    yield from _limits(record_of(f"{folder}/limits"))
    yield from _descriptors(folder)
    yield from _threads(folder)


def command_line(pid: int, root: Path = PROC) -> Sequence[str]:
    """As it was given, secrets and all. Empty for the kernel's own, and what has ended."""
    return record_of(f"{root}/{pid}/cmdline").rstrip("\0").split("\0")


def variables(pid: int, root: Path = PROC) -> Sequence[str]:
    """The names in its environment, without their values."""
    names = (each.partition("=")[0] for each in record_of(f"{root}/{pid}/environ").split("\0"))
    return sorted({name for name in names if name.isidentifier()})


def _pairs(text: str) -> Mapping[str, str]:
    return {
        name.strip(): " ".join(value.split())
        for name, colon, value in (line.partition(":") for line in text.splitlines())
        if colon
    }


def _links(folder: Path) -> Iterator[tuple[str, str]]:
    for name in LINKS:
        try:
            yield name, os.readlink(folder / name)
        except OSError:
            continue


def _limits(text: str) -> Iterator[tuple[str, str]]:
    """Columns of 26, 21 and 21 signs, see proc_pid_limits(5)."""
    for line in text.splitlines()[1:]:
        soft, hard = line[26:47].strip(), line[47:68].strip()
        yield f"limit {line[:26].strip().removeprefix('Max ')}", soft if soft == hard else f"{soft} (hard {hard})"


def _descriptors(folder: Path) -> Iterator[tuple[str, str]]:
    kinds: Counter[str] = Counter()
    try:
        names = os.listdir(folder / "fd")
    except OSError:
        return
    for name in names:
        try:
            target = os.readlink(folder / "fd" / name)
        except OSError:
            continue
        kinds["file" if target.startswith("/") else target.partition(":")[0]] += 1
    yield "open descriptors", str(len(names))
    yield from ((f"open {kind}", str(number)) for kind, number in kinds.most_common(8))


def _threads(folder: Path) -> Iterator[tuple[str, str]]:
    """Those that took most time, in clock ticks."""
    found: list[tuple[int, str]] = []
    try:
        numbers = os.listdir(folder / "task")
    except OSError:
        return
    for number in numbers[:MOST_THREADS]:
        head, _, rest = record_of(f"{folder}/task/{number}/stat").rpartition(")")
        words = rest.split()
        if len(words) > 12:
            found.append((int(words[11]) + int(words[12]), f"{head.partition('(')[2]} ({words[0]})"))
    hertz = os.sysconf("SC_CLK_TCK")
    for ticks, name in sorted(found, reverse=True)[:10]:
        yield f"thread {name}", f"{ticks / hertz:.1f} s of processor time"


def started_at(pid: int) -> float:
    """Seconds since the epoch; 0 where it has ended."""
    ticks = proc.start_time(pid)
    return proc.boot_time() + ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0
