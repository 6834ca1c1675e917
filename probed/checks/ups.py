"""Uninterruptible power supplies that the Network UPS Tools or apcupsd look after: power, battery, complaints.

Parameters: `names` (all of this host; as `upsc` takes them: `ups`, `ups@server`; or `apcupsd`), `on_battery_for` (1m),
`charge` (30%) and `runtime` (5m), less of which on battery is critical, `load` (90%).

On battery is a warning, and with a low battery, little charge or little time left critical: the host will go off. A
battery that has to be replaced, a supply that is overloaded, switched off or in bypass, and one that its driver has
lost are warnings. A self-test and loading are no fault. No action fits.

Example:
  - ups: {on_battery_for: 1m, runtime: 5m}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

from probed.checks.parameters import lasting
from probed.config.values import Duration, Names, Percent
from probed.core.finding import Severity
from probed.core.inspection import age_text
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.errors import NotHere
from probed.host import apcupsd, ups
from probed.host.ups import Supply

APCUPSD = "apcupsd"
COMPLAINTS = {
    "RB": "its battery has to be replaced",
    "OVER": "it is overloaded",
    "OFF": "it is switched off",
    "BYPASS": "it is in bypass, without its battery",
}
PLAUSIBLE_LOAD = 200.0
"""Percent; some drivers tell thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    names: Annotated[tuple[str, ...], Names] = ()
    on_battery_for: Annotated[float, Duration] = 60.0
    charge: Annotated[float, Percent] = 30.0
    runtime: Annotated[float, Duration] = 300.0
    load: Annotated[float, Percent] = 90.0


def look(params: Params) -> CheckAnswer:
    found = map(_named, params.names) if params.names else _all_here()
    return tuple(_observation(each, params) for each in found) or (Absent("UPS"),)


def _named(name: str) -> Supply:
    return apcupsd.supply() if name == APCUPSD else ups.supply(name)


def _all_here() -> list[Supply]:
    """Raises NotHere where neither program looks after any."""
    found, missing = list[Supply](), list[NotHere]()
    for supplies in (lambda: map(ups.supply, ups.names()), lambda: [apcupsd.supply()]):
        try:
            found += supplies()
        except NotHere as away:
            missing.append(away)
    if not found and missing:
        raise missing[0]
    return found


def _observation(supply: Supply, params: Params) -> Observation:
    evidence = {**asdict(supply), "flags": list(supply.flags)}
    faults = sorted(_faults(supply, params), key=lambda fault: -fault[0].rank)
    if not faults:
        return Observation(supply.name, f"{supply.name} has power from the mains", evidence=evidence)
    severity, summary = faults[0][0], f"{supply.name}: {'; '.join(text for _, text in faults)}"
    waits = "OB" in supply.flags and severity is Severity.WARNING
    threshold = lasting(params.on_battery_for) if waits else None
    return Observation(supply.name, summary, threshold=threshold, severity=severity, evidence=evidence)


def _faults(supply: Supply, params: Params) -> Iterator[tuple[Severity, str]]:
    if not supply.flags:
        yield Severity.WARNING, supply.trouble or "it tells no state"
        return
    if supply.flags == ("WAIT",):  # its driver has only just started
        return
    if "OB" in supply.flags:
        yield (Severity.CRITICAL if _is_nearly_empty(supply, params) else Severity.WARNING), _on_battery(supply)
    elif "LB" in supply.flags and "CHRG" not in supply.flags:
        yield Severity.WARNING, "its battery is low"
    for flag, text in COMPLAINTS.items():
        if flag in supply.flags:
            yield Severity.WARNING, text
    if supply.load_percent is not None and params.load <= supply.load_percent <= PLAUSIBLE_LOAD:
        yield Severity.WARNING, f"its load is {supply.load_percent:.0f}%"
    if supply.alarm.strip("0") and "OB" not in supply.flags:
        yield Severity.WARNING, f"it says {supply.alarm}"


def _is_nearly_empty(supply: Supply, params: Params) -> bool:
    is_short = supply.runtime_s is not None and supply.runtime_s < params.runtime
    is_low = supply.charge_percent is not None and supply.charge_percent < params.charge
    return "LB" in supply.flags or is_short or is_low


def _on_battery(supply: Supply) -> str:
    left = [f"{supply.charge_percent:.0f}% charged"] if supply.charge_percent is not None else []
    left += [f"{age_text(supply.runtime_s)} left"] if supply.runtime_s is not None else []
    return " ".join(["it is on battery", *([f"({', '.join(left)})"] if left else [])])
