"""How long this host has run since its last start, in seconds.

Parameters: `started_within` (off), a host that was started less long ago is a warning, `at_most` (off), one that has
run for longer is one.

A host that starts anew without being told to has lost its power, its kernel has ended, or a hypervisor has moved it:
look at the end of the journal before (`journalctl -b -1 -e`). A host that runs for years has a kernel without its
updates; whether one waits for a reboot is told by `reboot`. No action fits.

Example:
  - uptime: {started_within: 15m, at_most: 365d}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from probed.checks.parameters import DurationBound
from probed.core.inspection import age_text
from probed.core.observation import CheckAnswer, Observation
from probed.core.threshold import Threshold
from probed.host import proc


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    started_within: DurationBound = None
    at_most: DurationBound = None


def look(params: Params) -> CheckAnswer:
    return tuple(_observations(round(proc.uptime_s(), 1), params))


def _observations(up_s: float, params: Params) -> Iterator[Observation]:
    evidence = {"boot_id": proc.boot_id()}
    start = Threshold(warning=params.started_within, below=True)
    yield Observation("start", f"the host was started {age_text(up_s)} ago", up_s, "s", start, evidence=evidence)
    if params.at_most is not None:
        summary = f"the host runs for {age_text(up_s)}, more than which it should not without a reboot"
        yield Observation("uptime", summary, up_s, "s", Threshold(warning=params.at_most), evidence=evidence)
