"""ZFS pools: their state as the kernel's module tells it to everybody, and more where `zpool` may be asked."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed, NotHere
from probed.host.command import run_command

KSTAT = Path("/proc/spl/kstat/zfs")
ZPOOL_DEADLINE_S = 10.0
NO_ERRORS = "No known data errors"
DEVICE = re.compile(r"^\s+(\S+)\s+(ONLINE|DEGRADED|FAULTED|OFFLINE|UNAVAIL|REMOVED)\s+(\S+)\s+(\S+)\s+(\S+)")


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    state: str
    errors: tuple[int, int, int]
    """Of reading, writing and checksums."""


@dataclass(frozen=True, slots=True)
class Pool:
    name: str
    state: str
    """ONLINE, DEGRADED, FAULTED, UNAVAIL, SUSPENDED …"""
    devices: tuple[Device, ...] = ()
    """Those that are not all right; none where `zpool` could not be asked."""
    scan: str = ""
    data_errors: str = ""
    """Empty for none."""


def pools() -> tuple[Pool, ...]:
    """Raises NotHere where there is no ZFS, HostFailed."""
    if not KSTAT.is_dir():
        raise NotHere("ZFS")
    states = {file.parent.name: _text(file) for file in sorted(KSTAT.glob("*/state"))}
    told = {pool.name: pool for pool in parsed(_asked())}
    return tuple(told.get(name) or Pool(name, state) for name, state in states.items())


def parsed(status: str) -> tuple[Pool, ...]:
    """What `zpool status` prints, with `-p` or without."""
    blocks = re.split(r"^\s*pool: ", status, flags=re.MULTILINE)[1:]
    return tuple(_pool(block) for block in blocks)


def _pool(block: str) -> Pool:
    name = block.split("\n", 1)[0].strip()
    errors = _field(block, "errors")
    return Pool(
        name=name,
        state=_field(block, "state"),
        devices=tuple(_troubled(block, name)),
        scan=_field(block, "scan") or _field(block, "scrub"),
        data_errors="" if errors == NO_ERRORS else errors,
    )


def _troubled(block: str, pool: str) -> list[Device]:
    found = []
    for line in block.partition("config:")[2].splitlines():
        if (row := DEVICE.match(line)) and row[1] != pool:
            device = Device(row[1], row[2], (_count(row[3]), _count(row[4]), _count(row[5])))
            if device.state != "ONLINE" or any(device.errors):
                found.append(device)
    return found


def _field(block: str, name: str) -> str:
    found = re.search(rf"^\s*{name}: +(.*)$", block, re.MULTILINE)
    return found[1].strip() if found else ""


def _count(text: str) -> int:
    """Without `-p` it says `1.2K`: then that many at least."""
    found = re.match(r"(\d+)", text)
    return int(found[1]) if found else 0


def _asked() -> str:
    if not (program := shutil.which("zpool", path="/usr/sbin:/sbin:/usr/bin:/usr/local/sbin")):
        return ""
    try:
        asked = run_command([program, "status", "-p"], deadline_s=ZPOOL_DEADLINE_S, env={"LC_ALL": "C"})
    except OSError:
        return ""
    if asked.timed_out:
        raise HostFailed(f"zpool gave no answer within {ZPOOL_DEADLINE_S:g} s")
    return asked.stdout if asked.exit_code == 0 else ""


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise HostFailed(f"{file}: {error.strerror}") from error
