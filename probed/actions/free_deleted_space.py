"""`free_deleted_space`: let go of deleted files that are still open, by a signal to their owner or a restart of its
unit.

Parameters: `pid`, `start_time`, `program` (they follow from the finding, and are whoever holds most).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from probed.actions.allowed_processes import ProcessName, canonical, kin_of, misnamed
from probed.actions.deleted_space import Holder, held_by
from probed.actions.freed_room import settle
from probed.actions.performer import Performer
from probed.actions.restart_unit import RestartUnit
from probed.actions.typed_action import TypedAction, only
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import Finding
from probed.core.size import size_text
from probed.errors import ActionRefused, ParameterError
from probed.helper.process import Process, all_processes, reason_against
from probed.host import files
from probed.host.mounts import devices_at
from probed.host.systemd import unit_of

SIGNAL_S = 20.0
EXAMPLES = 5
MAX_FILES = 200


def build(settings: ActionsSettings, performer: Performer) -> FreeDeletedSpace:
    return FreeDeletedSpace(settings, performer)


@dataclass(frozen=True, slots=True)
class Way:
    """How the owner lets go."""

    signal: str = ""
    unit: str = ""

    def __str__(self) -> str:
        return f"SIG{self.signal}" if self.signal else f"a restart of {self.unit}"


class FreeDeletedSpace(TypedAction):
    name = "free_deleted_space"
    title = "Free the room of deleted files"
    object_kind = "process"
    risk = Risk.MEDIUM
    blast_radius = "the process reopens its files, or its unit is restarted; the deleted files are gone for good"
    cooldown_s = 3600.0
    daily_cap = 6
    settle_s = 5.0
    checks: ClassVar[frozenset[str]] = frozenset({"disk"})

    def __init__(self, settings: ActionsSettings, performer: Performer) -> None:
        self._settings, self._performer = settings.free_deleted_space, performer
        self._restart = RestartUnit(settings, performer)

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        """Of those who hold room of the full file system the one that holds most and has a way to let go."""
        devices = devices_at(finding.object)
        holders = (held_by(ProcessName(each.pid, each.start_time), devices) for each in all_processes())
        worthwhile = [holder for holder in holders if holder.size_bytes >= self._settings.min_size]
        for holder in sorted(worthwhile, key=lambda each: -each.size_bytes):
            process = holder.name.look()
            if process and self._way(process):
                return holder.name.params
        return None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        only(params, ("pid", "start_time", "program"), self.name)
        return canonical(params)

    def object_of(self, params: Mapping[str, object]) -> str:
        return str(ProcessName.parse(params))

    def kin_of(self, params: Mapping[str, object]) -> str:
        return kin_of(params)

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        name = ProcessName.parse(self.validate(params))
        process = name.look()
        if process is None:
            return Precondition(False, f"{name} has ended")
        way, holder = self._way(process), held_by(name)
        facts = {**name.params, "program": process.program, "way": str(way) if way else ""}
        if wrong := misnamed(process, params):
            return Precondition(False, wrong, facts)
        if way is None:
            return Precondition(False, f"{process} has no signal to reopen its files, and no unit to restart", facts)
        if holder.size_bytes < self._settings.min_size:
            return Precondition(False, f"{process} holds {size_text(holder.size_bytes)} of deleted files", facts)
        if way.unit:
            ready = self._restart.precondition(_restart(way))
            return Precondition(ready.holds, ready.reason, {**facts, "unit": dict(ready.snapshot)})
        return Precondition(True, f"{process} holds {size_text(holder.size_bytes)} of deleted files", facts)

    def dry_run(self, params: Mapping[str, object]) -> str:
        process, way = self._owner(params)
        holder = held_by(ProcessName.parse(params))
        taken = (file for file in holder.files.values() if file.size_bytes)
        largest = sorted(taken, key=lambda file: -file.size_bytes)[:EXAMPLES]
        shown = ", ".join(f"{files.printable(file.path)} ({size_text(file.size_bytes)})" for file in largest)
        lines = [
            f"would free {size_text(holder.size_bytes)} of deleted files that {process} has open, by {way}: {shown}"
        ]
        return "\n".join([*lines, *([self._restart.dry_run(_restart(way))] if way.unit else [])])

    def execute(self, params: Mapping[str, object]) -> Executed:
        process, way = self._owner(params)
        before = _record(held_by(ProcessName.parse(params)))
        if way.unit:
            done = self._restart.execute(_restart(way))
        else:
            named = {**ProcessName.parse(params).params, "signal": way.signal}
            own = {"users": [process.uid]}
            done = self._performer.perform("signal_process", named, deadline_s=SIGNAL_S, own=own)
        return Executed(done.detail, {**done.before, **before, "unit": way.unit}, done.after)

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        """At least half of what was held nobody may hold any more, and who was restarted has to be up."""
        name = ProcessName.parse(params)
        if executed is None:
            left = held_by(name).size_bytes
            return Verification(left < self._settings.min_size, f"interrupted: {name} holds {size_text(left)}")
        settle(map(str, _rows(executed.before.get("folders"))))
        wanted, held = _pairs(executed.before["deleted"]), _open_inodes()
        total, freed = sum(wanted.values()), sum(size for key, size in wanted.items() if key not in held)
        detail = f"{size_text(freed)} of {size_text(total)} are free"
        if freed * 2 < total:
            return Verification(False, detail)
        unit = executed.before.get("unit")
        up = self._restart.verify({"unit": unit}, None) if unit else Verification(True, "")
        return Verification(up.holds, f"{detail}; {up.detail}" if up.detail else detail)

    def _owner(self, params: Mapping[str, object]) -> tuple[Process, Way]:
        name = ProcessName.parse(self.validate(params))
        process = name.look()
        if process is None:
            raise ActionRefused(f"{name} has ended")
        way = self._way(process)
        if way is None:
            raise ActionRefused(f"{process} has no signal to reopen its files, and no unit to restart")
        return process, way

    def _way(self, process: Process) -> Way | None:
        if reason_against(process):
            return None
        if signal := self._settings.signals.get(process.program):
            return Way(signal=signal)
        try:
            unit = unit_of(process.pid)
            return Way(unit=unit) if unit and self._restart.validate({"unit": unit}) else None
        except ParameterError:
            return None


def _restart(way: Way) -> Mapping[str, object]:
    return {"unit": way.unit, "even_if_up": True}


def _record(holder: Holder) -> Mapping[str, object]:
    largest = sorted(holder.files.items(), key=lambda item: -item[1].size_bytes)[:MAX_FILES]
    return {
        "deleted": [[device, inode, file.size_bytes] for (device, inode), file in largest],
        "folders": sorted({os.path.dirname(file.path) for _, file in largest}),
    }


def _rows(record: object) -> Sequence[Any]:
    return record if isinstance(record, list | tuple) else ()


def _pairs(record: object) -> Mapping[tuple[int, int], int]:
    return {(int(device), int(inode)): int(size) for device, inode, size in _rows(record)}


def _open_inodes() -> frozenset[tuple[int, int]]:
    def keys() -> Iterable[tuple[int, int]]:
        for process in all_processes():
            yield from (key for key, _ in files.deleted_of(process.pid))

    return frozenset(keys())
