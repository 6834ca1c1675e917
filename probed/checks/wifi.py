"""How strong the signal of a wireless link is, in dBm: the nearer to zero, the better.

Parameters: `interfaces` (all; names and shell patterns), `exclude` (the same), `warning` (-80), `critical` (off),
`clear` (-75), `for` (15m).

From about -67 on a link is good; below -80 it loses packets and becomes slow, and near -90 it breaks off. Move the
host, the access point or what stands between them. Where a host is carried about a weak signal is no fault: look at
those that stay. Only drivers that tell the level in dBm are seen. No action fits.

Example:
  - wifi: {interfaces: "wl*", warning: -75}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from probed.checks.parameters import Bounds, For, NumberBound
from probed.config.values import Names
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import wireless
from probed.host.wireless import Radio


@dataclass(frozen=True, slots=True, kw_only=True)
class Params(Bounds):
    below: ClassVar[bool] = True
    interfaces: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    warning: NumberBound = -80.0
    critical: NumberBound = None
    clear: NumberBound = -75.0
    for_s: For = 900.0


def look(params: Params) -> CheckAnswer:
    found = [each for each in wireless.radios() if fits_any(each.name, params.interfaces)]
    chosen = [each for each in found if not fits_any(each.name, params.exclude)]
    return tuple(_observation(each, params) for each in chosen) or (Absent("wireless link"),)


def _observation(radio: Radio, params: Params) -> Observation:
    summary = f"{radio.name} receives its network with {radio.signal_dbm:g} dBm"
    return Observation(radio.name, summary, radio.signal_dbm, "dBm", params.threshold)
