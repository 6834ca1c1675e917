"""Arrays of disks, by Linux software RAID and by ZFS: the document `hardware` that comes along looks at all of them."""

from __future__ import annotations

from collections.abc import Iterator

from probed.discovery.proposal import Found, Kind
from probed.errors import HostFailed, NotHere
from probed.host import mdstat, zfs

KIND = Kind(
    "found-arrays",
    "Arrays of disks",
    "every 5m",
    """\
Do the arrays of this host have all of their disks?

When there is a finding: say which disk is missing, whether a spare took its place, and how far that is.
""",
)


def find() -> Iterator[Found]:
    """Raises HostFailed."""
    try:
        for array in mdstat.arrays():
            yield Found(KIND.id, "mdraid", array.name, {}, "", "arrays", covered_by="*")
    except NotHere:
        pass
    try:
        for pool in zfs.pools():
            yield Found(KIND.id, "zfs", pool.name, {}, "", "pools", covered_by="*")
    except (NotHere, HostFailed):
        pass
