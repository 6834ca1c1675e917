"""Semaphores, shared memory and message queues of System V, in percent of what the kernel allows.

Parameters: `warning` (80%), `critical` (95%), `clear` (70%), `for` (5m).

Databases, mail filters and old servers use them, and who crashes leaves them behind: at the limit such programs do not
start any more ("No space left on device", though the disks have room). `ipcs -p` names who made them, `ipcrm` removes
those whose maker is gone; the evidence names the setting that raises the limit. No action fits.

Example:
  - ipc: {warning: 70%, critical: 90%}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.host import ipc
from probed.host.ipc import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    warning: PercentBound = 80.0
    critical: PercentBound = 95.0
    clear: PercentBound = 70.0
    for_s: For = 300.0


def look(params: Params) -> CheckAnswer:
    return tuple(_observation(each, params) for each in ipc.kinds())


def _observation(kind: Kind, params: Params) -> Observation:
    percent = round(kind.percent, 1)
    evidence = {"taken": kind.taken, "limit": kind.limit, "setting": kind.setting}
    summary = f"{kind.taken} {kind.name} of System V, {percent:g}% of what there can be"
    return Observation(kind.name, summary, percent, "%", params.threshold, evidence=evidence)
