"""All finders, one after the other: what one cannot look at is said, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from probed.discovery import (
    arrays,
    backups,
    certificates,
    containers,
    databases,
    jobs,
    mounts,
    ports,
    timers,
    tunnels,
    units,
)
from probed.discovery.proposal import Found, Kind, Noted, Survey
from probed.errors import HostFailed, NotHere

Finder = Callable[[], Iterable[Found | Noted]]
FINDERS: Sequence[tuple[Finder, tuple[Kind, ...]]] = (
    (units.find, (units.KIND,)),
    (containers.find, (containers.KIND,)),
    (ports.find, (ports.PORTS, ports.WEB, ports.SERVED)),
    (certificates.find, (ports.SERVED,)),
    (databases.find_postgresql, (databases.POSTGRESQL,)),
    (databases.find_redis, (databases.REDIS,)),
    (databases.note_mysql, ()),
    (mounts.find, (mounts.KIND,)),
    (arrays.find, (arrays.KIND,)),
    (tunnels.find, (tunnels.KIND,)),
    (backups.find, (backups.KIND,)),
    (jobs.find, (jobs.KIND,)),
    (timers.find, (timers.KIND,)),
)
KINDS = {kind.id: kind for _, kinds in FINDERS for kind in kinds}


def survey(finders: Sequence[tuple[Finder, tuple[Kind, ...]]] = FINDERS) -> Survey:
    """Blocking. Each look has a deadline of its own."""
    seen, unseen = list[Found | Noted](), list[str]()
    blind = {kind.id for _, kinds in finders for kind in kinds if not kind.drops}
    for finder, kinds in finders:
        try:
            seen += finder()
        except (NotHere, HostFailed) as error:
            unseen.append(f"{' and '.join(kind.id for kind in kinds)}: {error}")
            blind |= {kind.id for kind in kinds}
    found = tuple(each for each in seen if isinstance(each, Found))
    noted = tuple(each for each in seen if isinstance(each, Noted))
    return Survey(found, tuple(unseen), frozenset(blind), noted)
