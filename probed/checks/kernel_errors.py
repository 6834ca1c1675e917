"""What the kernel has complained of: errors of disks and file systems, of memory and processors, and of itself.

Parameters: `keep` (1h), how long a complaint stays a finding after the newest line of its kind; `ignore` (none; regular
expressions, RE2: lines in which one of them occurs do not count), `kinds` (all; `I/O error`, `read-only`, `ext4`,
`xfs`, `btrfs`, `RAID`, `memory error`, `machine check`, `lockup`, `hung task`, `kernel bug`, `network card`,
`connection table` and `too hot`).

A line counts once, over restarts of the daemon too, and what was said before the first look never does. Each kind of
each part of the host (`I/O error sda`) is one observation, however many lines it has; the evidence has their number and
the newest. What has damaged data or will is critical; what the hardware has mended itself, and what a while of waiting
may mend, is a warning. Look at the disk (`smart`), have backups at hand, and do not repair a mounted file system. Lack
of memory is told by `oom`. No action fits.

Example:
  - kernel_errors: {keep: 1h, ignore: ["dev nbd0,"]}
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator

from probed.checks.parameters import Regexes
from probed.config.values import Duration, Names
from probed.core.finding import Severity, worst
from probed.core.host_event import Concern, EventSource
from probed.core.kernel_faults import KINDS, Fault, faults
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.core.regex import compile_regex
from probed.host import kernel_log

MOST_OBJECTS = 100
LONGEST_LINE = 500


def _known_kinds(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in {kind.name for kind in KINDS}:
            raise ValueError(f"{name!r} is no kind of complaint; see the check's documentation")
    return names


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    keep: Annotated[float, Duration] = 3600.0
    ignore: Regexes = ()
    kinds: Annotated[tuple[str, ...], Names, AfterValidator(_known_kinds)] = ()


def concerns(params: Params) -> Sequence[Concern]:
    return (Concern(EventSource.JOURNAL, ("kernel",)),)


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    said = kernel_log.since(str(known.get("place", "")))
    now = time.time()
    kept = _fresh(known.get("complaints"), now - params.keep)
    for fault in faults(_counting(said.lines, params.ignore)):
        if not params.kinds or fault.kind in params.kinds:
            kept[fault.object] = _with(fault, kept.get(fault.object), now)
    newest = dict(sorted(kept.items(), key=lambda item: -item[1]["at"])[:MOST_OBJECTS])
    answer = tuple(_observation(name, complaint) for name, complaint in newest.items())
    memory = {"place": said.place, "complaints": newest}
    return answer or (Observation("kernel", "the kernel has not complained"),), memory


def _counting(lines: Iterable[str], ignored: tuple[str, ...]) -> tuple[str, ...]:
    expressions = [compile_regex(pattern) for pattern in ignored]
    return tuple(line for line in lines if not any(each.occurs_in(line) for each in expressions))


def _fresh(complaints: object, since: float) -> dict[str, dict[str, Any]]:
    rows = complaints if isinstance(complaints, Mapping) else {}
    return {name: dict(row) for name, row in rows.items() if row["at"] >= since}


def _with(fault: Fault, before: Mapping[str, Any] | None, now: float) -> dict[str, Any]:
    was = Severity(before["severity"]) if before else None
    severity = worst(each for each in (was, fault.severity) if each) or fault.severity
    lines = (before["lines"] if before else 0) + 1
    return {"at": now, "severity": severity.value, "lines": lines, "newest": fault.line[:LONGEST_LINE]}


def _observation(name: str, complaint: Mapping[str, Any]) -> Observation:
    evidence = {"lines": complaint["lines"], "newest": complaint["newest"], "at": complaint["at"]}
    return Observation(name, str(complaint["newest"]), severity=Severity(complaint["severity"]), evidence=evidence)
