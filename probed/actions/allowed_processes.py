"""Which processes the actions may touch, and those of a finding that they would."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from probed.config.actions import ProcessesSettings
from probed.core.pattern import fits_any
from probed.errors import ParameterError
from probed.helper import process as processes
from probed.helper.process import Process
from probed.host.files import owner_name

LONGEST_GRACE_S = 60.0
MOST_NUMBER = 2**63
LONGEST_PROGRAM = 200
WINDOW_S = 0.5
"""How long processes are watched to find the one that takes most."""


@dataclass(frozen=True, slots=True)
class ProcessName:
    """What names a process for ever."""

    pid: int
    start_time: int

    @classmethod
    def parse(cls, params: Mapping[str, object]) -> ProcessName:
        return cls(_number(params, "pid", 1), _number(params, "start_time", 0))

    @property
    def params(self) -> dict[str, object]:
        return {"pid": self.pid, "start_time": self.start_time}

    def look(self) -> Process | None:
        """None where it has ended."""
        return processes.same(self.pid, self.start_time)

    def __str__(self) -> str:
        return f"process {self.pid}"


def canonical(params: Mapping[str, object]) -> dict[str, object]:
    """With the program, by which a process that comes again is known. Raises ParameterError."""
    name, said = ProcessName.parse(params), params.get("program")
    if said is None:
        found = name.look()
        return {**name.params, "program": found.program[:LONGEST_PROGRAM]} if found and found.program else name.params
    if not isinstance(said, str) or not said.isprintable() or not 0 < len(said) <= LONGEST_PROGRAM:
        raise ParameterError("program", "expected the process' program, as /proc tells it")
    return {**name.params, "program": said}


def misnamed(process: Process, params: Mapping[str, object]) -> str:
    """Why the parameters mean another program; empty where they do not."""
    said = params.get("program", process.program[:LONGEST_PROGRAM])
    return "" if said == process.program[:LONGEST_PROGRAM] else f"{process} is not {said}"


def kin_of(params: Mapping[str, object]) -> str:
    return str(params.get("program") or ProcessName.parse(params))


class AllowedProcesses:
    def __init__(self, settings: ProcessesSettings) -> None:
        self._settings = settings
        self.grace_s = min(settings.grace, LONGEST_GRACE_S)

    def reason_against(self, process: Process) -> str:
        """Empty where it may be touched."""
        if not fits_any(process.program, self._settings.programs):
            return f"{process} is not in actions.processes.programs"
        if not fits_any(owner := owner_name(process.uid), self._settings.users):
            return f"{process} belongs to {owner}, who is not in actions.processes.users"
        return processes.reason_against(process)

    def first(self, named: object) -> ProcessName | None:
        """The first of a finding's evidence (a list of facts with `pid` and `start_time`) that may be touched."""
        for facts in named if isinstance(named, list | tuple) else ():
            if not isinstance(facts, Mapping) or not {"pid", "start_time"} <= facts.keys():
                continue
            name = ProcessName.parse(facts)
            found = name.look()
            if found and not self.reason_against(found):
                return name
        return None

    def greediest(self, taken: Callable[[int], float | None]) -> ProcessName | None:
        """The one that takes most of what `taken` counts of a process by its pid; None where nobody takes any."""
        candidates = [each for each in processes.all_processes() if not self.reason_against(each)]
        before = {each: taken(each.pid) for each in candidates}
        time.sleep(WINDOW_S if before else 0)
        rates = ((_grown(before[each], taken(each.pid)), each) for each in candidates)
        most, process = max(rates, key=lambda rate: rate[0], default=(0.0, None))
        return ProcessName(process.pid, process.start_time) if process and most > 0 else None


def cpu_ticks(pid: int) -> float | None:
    try:
        with open(f"/proc/{pid}/stat", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return float(words[11]) + float(words[12])


def io_bytes(pid: int) -> float | None:
    """What it read from and wrote to storage. None also where it is another user's, for all but root."""
    try:
        with open(f"/proc/{pid}/io") as file:
            facts = dict(line.split(": ") for line in file.read().splitlines())
    except OSError:
        return None
    return float(facts["read_bytes"]) + float(facts["write_bytes"])


def ticks_now() -> int:
    """In the unit of `start_time`."""
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))


def _grown(before: float | None, after: float | None) -> float:
    return after - before if before is not None and after is not None else 0.0


def _number(params: Mapping[str, object], name: str, least: int) -> int:
    value = params.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value < MOST_NUMBER:
        raise ParameterError(name, "expected the process' number and its start, field 22 of /proc/PID/stat")
    return value
