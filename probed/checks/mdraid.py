"""Linux software RAID (md): arrays that lack a device, that do not run, that have a failed one or a wrong parity.

Parameters: `arrays` (all; names and shell patterns, as in /proc/mdstat), `exclude` (names and patterns), `mismatches`
(1, or off; sectors that the last check of an array with parity found wrong, from where on they are a warning).

An array that lacks a device is critical, for the next failure may lose its data; while it is being rebuilt it is a
warning. An array that does not run, and one that is named and not there, are critical. A failed device in an array that
is complete again (a spare took its place) is a warning. A check, a resync and a reshape of a complete array are no
fault. Where the parity of RAID 4, 5 or 6 does not fit the data, something has written wrongly (a disk, its cable,
memory, a crash in the midst of a write), and a rebuild would bring back wrong data; between mirrors such differences
are normal (swap), so they do not count there. Replace the device: `mdadm --manage`; its disk is told by `smart`, what
happened by `kernel_errors`. No action fits.

Example:
  - mdraid: {arrays: "md*"}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated

from probed.checks.named import found_of, missing
from probed.checks.parameters import NumberBound
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import mdstat
from probed.host.mdstat import Array

WITH_PARITY = ("raid4", "raid5", "raid6")
REBUILDING = ("recovery", "reshape", "resync")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    arrays: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    mismatches: NumberBound = 1.0


def look(params: Params) -> CheckAnswer:
    present = found_of(params.arrays, mdstat.arrays)
    found = [each for each in present if fits_any(each.name, params.arrays)]
    chosen = [each for each in found if not fits_any(each.name, params.exclude)]
    gone = missing(params.arrays, [each.name for each in present], "array")
    return (*(_observation(each, params) for each in chosen), *gone) or (Absent("software RAID"),)


def _observation(array: Array, params: Params) -> Observation:
    mismatches = mdstat.mismatches(array) if array.level in WITH_PARITY else 0
    severity, text = _judged(array)
    if severity is None and params.mismatches is not None and mismatches >= params.mismatches:
        severity, text = Severity.WARNING, f"{text}, but in {mismatches} sectors its parity does not fit the data"
    evidence = {**asdict(array), "failed": list(array.failed), "mismatches": mismatches}
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
