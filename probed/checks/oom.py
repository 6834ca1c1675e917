"""Whether the kernel has ended processes because memory ran out, of the host or of a container or unit.

Parameters: `keep` (1h), how long that stays a finding after the newest one.

Counted since the last look, over restarts of the daemon too; what was before the first look never counts. A finding is
critical where the memory of the whole host ran out, and a warning where only a control group had reached its own limit
(a container, a unit with MemoryMax): somebody's work was lost either way. The evidence names the processes and their
groups, as far as the kernel's log may be read; without it all count as critical. Give more memory, lower what asks for
it, or look for a leak (`process_growth`). What has been killed is told by `systemd_unit` and `docker_container`, which
propose its restart.

Example:
  - oom: {keep: 1h}
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from probed.config.values import Duration
from probed.core.finding import Severity
from probed.core.host_event import Concern, EventSource
from probed.core.observation import CheckAnswer, Memory, Observation
from probed.errors import HostFailed, NotHere
from probed.host import kernel_log, out_of_memory, proc

MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    keep: Annotated[float, Duration] = 3600.0


def concerns(params: Params) -> Sequence[Concern]:
    return (Concern(EventSource.JOURNAL, ("kernel",)),)


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    boot, kills, now = proc.boot_id(), out_of_memory.kills(), time.time()
    before = known.get("kills") if known.get("boot") == boot else kills
    new = max(0, kills - before) if isinstance(before, int) else 0
    place = str(known.get("place", ""))
    lines, place = _log(place) if new or known.get("boot") != boot else ((), place)
    last = known.get("last")
    event = _event(new, lines, now) if new else last if isinstance(last, Mapping) else None
    if event and now - float(event["at"]) > params.keep:
        event = None
    return (_observation(event),), {"boot": boot, "kills": kills, "place": place, "last": event}


def _log(place: str) -> tuple[tuple[str, ...], str]:
    """What was said since the last kill, and where to go on from. Without the log the count alone has to do."""
    with contextlib.suppress(NotHere, HostFailed):
        said = kernel_log.since(place)
        return said.lines, said.place
    return (), place


def _event(kills: int, lines: tuple[str, ...], now: float) -> dict[str, Any]:
    victims = [{"pid": pid, "name": name, "control_group": group} for pid, name, group in out_of_memory.victims(lines)]
    return {"at": now, "kills": kills, "victims": victims[-MOST_NAMED:]}


def _observation(event: Mapping[str, Any] | None) -> Observation:
    if event is None:
        return Observation("oom", "no process was ended for lack of memory")
    victims = event["victims"]
    is_local = bool(victims) and all(each["control_group"] for each in victims)
    names = ", ".join(dict.fromkeys(str(each["name"]) for each in victims))
    many = f"{event['kills']} processes" if event["kills"] > 1 else "a process"
    summary = f"the kernel has ended {many} for lack of memory" + (f": {names}" if names else "")
    severity = Severity.WARNING if is_local else Severity.CRITICAL
    return Observation("oom", summary, severity=severity, evidence=dict(event))
