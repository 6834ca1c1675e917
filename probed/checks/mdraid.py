"""Linux software RAID (md): arrays that lack a device, that do not run, or that have a failed one.

Parameters: `arrays` (all; names and shell patterns, as in /proc/mdstat), `exclude` (names and patterns).

An array that lacks a device is critical, for the next failure may lose its data; while it is being rebuilt it is a
warning. An array that does not run is critical. A failed device in an array that is complete again (a spare took its
place) is a warning. A check, a resync and a reshape of a complete array are no fault. Replace the device: `mdadm
--manage`; its disk is told by `smart`, what happened by `kernel_errors`. No action fits.

Example:
  - mdraid: {arrays: "md*"}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import mdstat
from probed.host.mdstat import Array

REBUILDING = ("recovery", "reshape", "resync")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    arrays: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()


def look(params: Params) -> CheckAnswer:
    found = [each for each in mdstat.arrays() if fits_any(each.name, params.arrays)]
    return tuple(_observation(each) for each in found if not fits_any(each.name, params.exclude)) or (
        Absent("software RAID"),
    )


def _observation(array: Array) -> Observation:
    severity, text = _judged(array)
    evidence = {**asdict(array), "failed": list(array.failed)}
    return Observation(array.name, f"{array.name} {text}", severity=severity, evidence=evidence)


def _judged(array: Array) -> tuple[Severity | None, str]:
    if not array.is_active:
        return Severity.CRITICAL, "does not run"
    if array.is_degraded:
        text = f"has {array.present} of {array.wanted} devices"
        if array.work in REBUILDING:
            done = "" if array.done_percent is None else f", {array.done_percent:g}% done"
            return Severity.WARNING, f"{text}: {array.work} is under way{done}"
        return Severity.CRITICAL, text
    if array.failed:
        return Severity.WARNING, f"is complete, but {', '.join(array.failed)} has failed"
    return None, f"is complete{f', {array.work} is under way' if array.work else ''}"
