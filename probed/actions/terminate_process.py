"""`terminate_process`: end a process, by SIGTERM, and where it does not go by SIGKILL.

Parameters: `pid`, `start_time`, `program` (they follow from the finding).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from typing import ClassVar

from probed.actions.allowed_processes import ProcessName, ticks_now
from probed.actions.performer import Performer
from probed.actions.process_action import ProcessAction
from probed.config.actions import ActionsSettings
from probed.core.action import Executed, Risk, Verification
from probed.core.finding import Finding
from probed.core.size import size_text
from probed.errors import ActionFailed, ActionRefused
from probed.helper.process import Process, all_processes
from probed.host import proc

LOOK_S = 0.1
KILL_S = 5.0


def build(settings: ActionsSettings, performer: Performer) -> TerminateProcess:
    return TerminateProcess(settings.processes, performer)


class TerminateProcess(ProcessAction):
    name = "terminate_process"
    title = "End a process"
    risk = Risk.HIGH
    blast_radius = "the process, for good; what it had not written is lost"
    daily_cap = 6
    checks: ClassVar[frozenset[str]] = frozenset({"processes", "memory"})

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        """The youngest where too many run, the parent of most zombies, the largest where memory is short."""
        evidence = finding.evidence
        if finding.check == "memory":
            found = self.allowed.first(evidence.get("largest_processes"))
        elif finding.object == "zombies":
            found = self.allowed.first(evidence.get("parents"))
        else:
            found = self.allowed.first(evidence.get("youngest")) if _are_too_many(evidence) else None
        return found.params if found else None

    def dry_run(self, params: Mapping[str, object]) -> str:
        process = self.process(params)
        children = [each for each in all_processes() if each.parent == process.pid]
        lines = [f"would send SIGTERM to {self.described(process)}, and SIGKILL after {self.allowed.grace_s:g} s"]
        lines += [f"it takes {size_text(proc.rss_bytes(process.pid))} of memory"]
        lines += [f"its children lose their parent: {', '.join(map(str, children[:20]))}"] if children else []
        return "\n".join(lines)

    def execute(self, params: Mapping[str, object]) -> Executed:
        process, began = self.process(params), ticks_now()
        done = self.perform("signal_process", process, signal="TERM")
        if not _is_gone(process, self.allowed.grace_s):
            done = self._kill(process) or done
        before = {**done.before, "command": _mark(process), "at_ticks": began}
        return Executed(done.detail, before, done.after)

    def _kill(self, process: Process) -> Executed | None:
        """None where it went by itself in the last moment. What is refused now is no refusal: SIGTERM was sent."""
        try:
            done = self.perform("signal_process", process, signal="KILL")
        except ActionRefused as error:
            if _is_gone(process, 0):
                return None
            raise ActionFailed(f"{process} lives on after SIGTERM: {error}") from error
        _is_gone(process, KILL_S)
        return done

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        for process in self.samples(params):
            if process:
                return Verification(False, f"{process} lives on ({process.state})")
        again = _again(executed) if executed else None
        if again:
            return Verification(False, f"{again} was started in its place")
        return Verification(True, f"{self.object_of(params)} is gone")


def _are_too_many(evidence: Mapping[str, object]) -> bool:
    count, most = evidence.get("count"), evidence.get("max")
    return isinstance(count, int) and isinstance(most, int) and count > most


def _is_gone(process: Process, within_s: float) -> bool:
    name, end = ProcessName(process.pid, process.start_time), time.monotonic() + within_s
    while name.look() and time.monotonic() < end:
        time.sleep(LOOK_S)
    return name.look() is None


def _again(executed: Executed) -> Process | None:
    """Whoever starts it anew has to be asked, not the process."""
    before = executed.before

    def is_successor(each: Process) -> bool:
        is_younger = each.start_time >= int(str(before["at_ticks"])) and each.is_alive
        return is_younger and each.uid == before["uid"] and _mark(each) == before["command"]

    return next((each for each in all_processes() if is_successor(each)), None)


def _mark(process: Process) -> str:
    """Its command line, without the secrets that may stand there."""
    return hashlib.sha256("\0".join((process.program, *process.command)).encode(errors="replace")).hexdigest()[:16]
