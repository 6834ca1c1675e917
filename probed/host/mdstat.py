"""Software RAID, as /proc/mdstat tells it; see md(4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed, NotHere

MDSTAT = Path("/proc/mdstat")
SYS_BLOCK = Path("/sys/block")
HEAD = re.compile(r"^(md\S*) : (active|inactive)(?: \(([\w-]+)\))?((?: \S+)*)")
MEMBER = re.compile(r"^(\S+?)\[\d+\]((?:\([A-Z]\))*)$")
STATE = re.compile(r"\[(\d+)/(\d+)\] \[([U_]+)\]")
WORK = re.compile(r"(recovery|resync|reshape|check|repair) *= *([\d.]+)%")
WAITING = re.compile(r"(recovery|resync|reshape|check) *= *(?:DELAYED|PENDING)")


@dataclass(frozen=True, slots=True)
class Array:
    name: str
    is_active: bool
    level: str
    wanted: int
    """Devices that it should have; 0 where its level has no spare ones."""
    present: int
    failed: tuple[str, ...]
    work: str
    """`recovery`, `resync`, `check` … that is under way or waits; empty for none."""
    done_percent: float | None

    @property
    def is_degraded(self) -> bool:
        return self.present < self.wanted


def arrays(path: Path | None = None) -> tuple[Array, ...]:
    """Without containers of metadata, which are no arrays. Raises NotHere where the kernel has no software RAID."""
    try:
        text = (path or MDSTAT).read_text()
    except FileNotFoundError:
        raise NotHere("software RAID") from None
    except OSError as error:
        raise HostFailed(f"{path or MDSTAT}: {error.strerror}") from error
    blocks = re.split(r"\n(?=md\S* : )", "\n" + text.partition("\nunused devices")[0])
    found = (_array(block) for block in blocks)
    return tuple(each for each in found if each)


def mismatches(array: Array) -> int:
    """Sectors that the last check of the array found different from what its parity says."""
    try:
        return int((SYS_BLOCK / array.name / "md" / "mismatch_cnt").read_text())
    except (OSError, ValueError):
        return 0


def _array(block: str) -> Array | None:
    head = HEAD.match(block)
    if not head or re.search(r"super external:(?!/)", block):
        return None
    words = head[4].split()
    level = words[0] if words and not MEMBER.match(words[0]) else ""
    members = [found for found in map(MEMBER.match, words) if found]
    state, work = STATE.search(block), WORK.search(block) or WAITING.search(block)
    return Array(
        name=head[1],
        is_active=head[2] == "active",
        level=level,
        wanted=int(state[1]) if state else 0,
        present=int(state[2]) if state else 0,
        failed=tuple(each[1] for each in members if "(F)" in each[2]),
        work=work[1] if work else "",
        done_percent=float(work[2]) if work and work.re is WORK else None,
    )
