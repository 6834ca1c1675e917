"""All finders, one after the other: what one cannot look at is said, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from probed.discovery import backups, certificates, containers, jobs, mounts, ports, tunnels, units
from probed.discovery.proposal import Found, Kind, Survey
from probed.errors import HostFailed, NotHere

Finder = Callable[[], Iterable[Found]]
FINDERS: Sequence[tuple[Finder, tuple[Kind, ...]]] = (
    (units.find, (units.KIND,)),
    (containers.find, (containers.KIND,)),
    (ports.find, (ports.PORTS, ports.WEB, ports.SERVED)),
    (certificates.find, (ports.SERVED,)),
    (mounts.find, (mounts.KIND,)),
    (tunnels.find, (tunnels.KIND,)),
    (backups.find, (backups.KIND,)),
    (jobs.find, (jobs.KIND,)),
)
KINDS = {kind.id: kind for _, kinds in FINDERS for kind in kinds}


def survey(finders: Sequence[tuple[Finder, tuple[Kind, ...]]] = FINDERS) -> Survey:
    """Blocking. Each look has a deadline of its own."""
    found, unseen = list[Found](), list[str]()
    blind = {kind.id for _, kinds in finders for kind in kinds if not kind.drops}
    for finder, kinds in finders:
        try:
            found += finder()
        except (NotHere, HostFailed) as error:
            unseen.append(f"{' and '.join(kind.id for kind in kinds)}: {error}")
            blind |= {kind.id for kind in kinds}
    return Survey(tuple(found), tuple(unseen), frozenset(blind))
