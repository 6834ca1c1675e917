"""How many processes run or wait, for each processor, over the last five minutes.

Parameters: `warning` (2), `critical` (4), `clear` (1.5), `for` (10m); load for each processor.

On Linux a process that waits for a disk counts too, so a finding means either too much work or a slow disk: `cpu` and
`pressure` tell which. `renice_process` fits, if the document allows it.

Example:
  - load: {warning: 1.5, critical: 3}
"""

from __future__ import annotations

from dataclasses import dataclass

from probed.checks.parameters import Bounds, For, NumberBound
from probed.core.observation import CheckAnswer, Observation
from probed.host import proc


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    warning: NumberBound = 2.0
    critical: NumberBound = 4.0
    clear: NumberBound = 1.5
    for_s: For = 600.0


def look(params: Params) -> CheckAnswer:
    load, cores = proc.load(), proc.cpu_count()
    value = round(load.five / cores, 2)
    evidence = {
        "load_1": round(load.one, 2),
        "load_5": round(load.five, 2),
        "load_15": round(load.fifteen, 2),
        "cores": cores,
    }
    summary = f"the load is {value:g} for each of {cores} processors"
    return (Observation("load", summary, value, "per core", params.threshold, evidence=evidence),)
