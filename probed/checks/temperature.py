"""How hot processors, disks and boards are, against the limits that they have themselves.

Parameters: `sensors` (all; names and shell patterns, as the findings have them), `exclude` (names and patterns),
`margin` (5), degrees below its own critical limit from which on a sensor is a warning; `warning` and `critical` (off),
degrees Celsius, in place of the sensors' own limits; `clear`, `for` (2m).

A sensor whose device knows no limit is told, but never a finding unless `warning` or `critical` say from where on. At
the critical limit devices are slowed down, go off or are damaged: look at fans, dust, the room's temperature and what
works so hard. Virtual machines have no sensors. No action fits.

Example:
  - temperature: {margin: 5, exclude: ["acpitz *"]}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from probed.checks.parameters import Bounds, For, NumberBound, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.core.threshold import Threshold
from probed.host import sensors
from probed.host.sensors import Temperature

HYSTERESIS_C = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    sensors: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    margin: Annotated[float, Field(ge=0, le=50)] = 5.0
    warning: NumberBound = None
    critical: NumberBound = None
    clear: NumberBound = None
    for_s: For = 120.0


def look(params: Params) -> CheckAnswer:
    found = (each for each in sensors.temperatures() if fits_any(each.name, params.sensors))
    answer = [_observation(each, params) for each in found if not fits_any(each.name, params.exclude)]
    return tuple(answer) or (Absent("temperature sensor"),)


def _observation(now: Temperature, params: Params) -> Observation:
    evidence = {"celsius": now.celsius, "critical_c": now.critical_c, "has_alarm": now.has_alarm}
    summary = f"{now.name} has {now.celsius:.0f} °C"
    if now.critical_c is not None:
        summary += f", its limit is {now.critical_c:.0f} °C"
    if now.has_alarm and params.critical is None:
        severity, threshold = Severity.CRITICAL, lasting(params.for_s)
        return Observation(now.name, summary, threshold=threshold, severity=severity, evidence=evidence)
    return Observation(now.name, summary, now.celsius, "°C", _threshold(now, params), evidence=evidence)


def _threshold(now: Temperature, params: Params) -> Threshold | None:
    if params.warning is not None or params.critical is not None:
        return params.threshold
    if now.critical_c is None:
        return None
    warning = now.critical_c - params.margin
    return Threshold(warning, now.critical_c, warning - HYSTERESIS_C, params.for_s)
