"""Bonds of network interfaces (bonding) that lack one of them.

Parameters: `bonds` (all; names and shell patterns), `exclude` (names and patterns), `for` (1m).

A bond with a member whose link is down still works, and the next failure takes it away: a warning. One without any
member that is up is critical. With LACP (802.3ad) a member that has a link but is not taken into the bundle, and a
switch that bundles nothing, are warnings: look at the switch's configuration. A bond that nobody gave a member is no
fault. What one link lost is told by `network`. No action fits.

Example:
  - bonding: {bonds: "bond*", for: 1m}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

from probed.checks.parameters import For, lasting
from probed.config.values import Names
from probed.core.finding import Severity
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.pattern import fits_any
from probed.host import bonds
from probed.host.bonds import Bond


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    bonds: Annotated[tuple[str, ...], Names] = ("*",)
    exclude: Annotated[tuple[str, ...], Names] = ()
    for_s: For = 60.0


def look(params: Params) -> CheckAnswer:
    found = [each for each in bonds.bonds() if fits_any(each.name, params.bonds) and each.members]
    chosen = [each for each in found if not fits_any(each.name, params.exclude)]
    return tuple(_observation(each, params) for each in chosen) or (Absent("bond of network interfaces"),)


def _observation(bond: Bond, params: Params) -> Observation:
    faults = list(_faults(bond))
    severity = None
    if faults:
        severity = Severity.CRITICAL if len(bond.down) == len(bond.members) else Severity.WARNING
    whole = f"has all of its {len(bond.members)} members"
    return Observation(
        bond.name,
        f"{bond.name} {'; '.join(faults) or whole}",
        threshold=lasting(params.for_s),
        severity=severity,
        evidence={key: list(value) if isinstance(value, tuple) else value for key, value in asdict(bond).items()},
        boot_grace=True,
    )


def _faults(bond: Bond) -> Iterator[str]:
    if len(bond.down) == len(bond.members):
        yield "has no member that is up"
        return
    if bond.down:
        yield f"lacks {', '.join(bond.down)}, whose link is down"
    if bond.is_alone:
        yield "bundles nothing: the switch does not speak LACP with it"
    elif bond.alone:
        yield f"has not taken {', '.join(bond.alone)} into its bundle"
