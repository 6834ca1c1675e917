"""Links of the network that became slower than they were, that are slower than they should be, or half duplex.

Parameters: `interfaces` (auto, or names and shell patterns), `exclude` (names and patterns), `at_least` (off; Mbit/s),
`keep` (7d), how long a speed that was had before counts, `for` (2m).

`auto` means network cards and what bundles them. A link that was fast and is slow now has a damaged cable or plug, of
which one pair of wires does not work any more, or somebody has moved it to another switch; half duplex comes of two
ends that do not agree on how to speak, and loses packets under load. All of them are warnings. What becomes of a slower
link after `keep` is taken for right. Virtual machines mostly have no speed to tell. No action fits.

Example:
  - link_speed: {interfaces: "en*", at_least: 1000}
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from probed.checks.parameters import For, NumberBound, lasting
from probed.config.values import Duration, Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.host import interfaces
from probed.host.interfaces import Interface

Speeds = dict[str, list[float]]
"""By interface the fastest speed it had (Mbit/s), and when that was last seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    interfaces: Annotated[tuple[str, ...], Names] = (interfaces.AUTO,)
    exclude: Annotated[tuple[str, ...], Names] = ()
    at_least: NumberBound = None
    keep: Annotated[float, Duration] = 604800.0
    for_s: For = 120.0


def look_since(params: Params, known: Memory) -> tuple[CheckAnswer, Memory]:
    found = interfaces.chosen(interfaces.interfaces(), params.interfaces, params.exclude)
    telling = [each for each in found if each.has_carrier and each.speed_mbit > 0]
    speeds = _fresh(known, time.time() - params.keep)
    for each in telling:
        if each.speed_mbit >= speeds.get(each.name, [0.0])[0]:
            speeds[each.name] = [float(each.speed_mbit), time.time()]
    answer = tuple(_observation(each, speeds[each.name][0], params) for each in telling)
    return answer or (Absent("network interface that tells its speed"),), speeds


def _fresh(known: Memory, since: float) -> Speeds:
    return {name: list(row) for name, row in known.items() if isinstance(row, list | tuple) and row[1] >= since}


def _observation(link: Interface, fastest: float, params: Params) -> Observation:
    faults = list(_faults(link, fastest, params))
    evidence: Mapping[str, object] = {
        "speed_mbit": link.speed_mbit,
        "fastest_mbit": fastest,
        "half_duplex": link.is_half_duplex,
    }
    return Observation(
        link.name,
        f"{link.name} runs at {link.speed_mbit} Mbit/s{''.join(faults)}",
        threshold=lasting(params.for_s),
        severity=Severity.WARNING if faults else None,
        evidence=evidence,
        boot_grace=True,
    )


def _faults(link: Interface, fastest: float, params: Params) -> Iterator[str]:
    if link.speed_mbit < fastest:
        yield f", and had {fastest:g} before"
    elif params.at_least is not None and link.speed_mbit < params.at_least:
        yield f", less than {params.at_least:g}"
    if link.is_half_duplex:
        yield ", in one direction at a time (half duplex)"
