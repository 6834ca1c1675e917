"""File systems of /etc/fstab that are mounted, and those that are fuller than the usual bounds allow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from probed.discovery.proposal import Found, Kind
from probed.errors import HostFailed
from probed.host.mounts import Kind as MountKind
from probed.host.mounts import Mount, mounts, usage

FSTAB = Path("/etc/fstab")
KIND = Kind(
    "found-mounts",
    "File systems that belong here",
    "every 5m",
    """\
Is every file system mounted that /etc/fstab names, and is there room in it?

When there is a finding: tell whether it is missing, does not answer, or is full; and if it is full, what grew.
""",
    drops=True,
)
USUAL = (80.0, 90.0)
"""From where on `disk` warns and from where it is critical, without a word in a document."""
ABOVE = 5.0
KINDS = frozenset({MountKind.STORE, MountKind.NETWORK})


def find() -> Iterator[Found]:
    """Raises HostFailed."""
    wanted = _fstab(FSTAB)
    there = {mount.mount_point: mount for mount in mounts() if mount.kind in KINDS}
    for place in sorted(wanted):
        if place in there:
            yield _found(there[place])
        else:
            yield Found(KIND.id, "disk", place, {}, "", listed="mounts", is_up=False)


def _fstab(path: Path) -> frozenset[str]:
    try:
        rows = [line.split() for line in path.read_text(errors="replace").splitlines()]
    except OSError:
        return frozenset()
    usual = [row for row in rows if len(row) >= 4 and not row[0].startswith("#")]
    return frozenset(row[1] for row in usual if row[1].startswith("/") and "noauto" not in row[3].split(","))


def _found(mount: Mount) -> Found:
    try:
        percent = usage(mount).used_percent
    except HostFailed:
        percent = 0.0
    name = mount.mount_point
    if percent + ABOVE <= USUAL[0]:
        return Found(KIND.id, "disk", name, {}, "", listed="mounts")
    warning = min(percent + ABOVE, 97.0)
    params = {"mounts": [name], "warning": f"{warning:.0f}%", "critical": f"{min(warning + ABOVE, 99.0):.0f}%"}
    return Found(KIND.id, "disk", name, params, f"{percent:.0f}% full today")
