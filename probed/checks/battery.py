"""The charge of this host's own battery while it runs on it, in percent.

Parameters: `warning` (15%), `critical` (5%), `clear` (20%), `for` (1m).

Only a battery that is being discharged is judged: with power from the mains an empty one is no fault. Those of mice and
keyboards do not count. A finding means that the host will go off. `ups` tells of supplies of their own. No action fits.

Example:
  - battery: {warning: 20%, critical: 10%}
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar

from probed.checks.parameters import For, PercentBound, PercentBounds
from probed.core.observation import CheckAnswer, Observation
from probed.host import batteries
from probed.host.batteries import Battery


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(PercentBounds):
    below: ClassVar[bool] = True
    warning: PercentBound = 15.0
    critical: PercentBound = 5.0
    clear: PercentBound = 20.0
    for_s: For = 60.0


def look(params: Params) -> CheckAnswer:
    return tuple(_observation(each, params) for each in batteries.batteries())


def _observation(battery: Battery, params: Params) -> Observation:
    charge, is_used = battery.charge_percent, battery.status == "Discharging"
    told = "does not tell its charge" if charge is None else f"is {charge:.0f}% charged"
    summary = f"{battery.name} {told}{' and being discharged' if is_used else ''}"
    threshold = params.threshold if is_used else None
    return Observation(battery.name, summary, charge, "%", threshold, evidence=asdict(battery))
