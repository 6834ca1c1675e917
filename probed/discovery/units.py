"""Services that are enabled and up: what an administrator wants to run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from probed.discovery.proposal import Found, Kind
from probed.errors import HostFailed, NotHere
from probed.host import systemd

KIND = Kind(
    "found-services",
    "Services that run here",
    "every 1m",
    """\
Are the services that an administrator enabled on this host up?

When there is a finding: read how the unit ended and its newest lines in the journal. Tell its own fault from another's.
""",
    actions="{L2: [restart_unit]}",
    drops=True,
)
OF_THE_SYSTEM = (
    "systemd-*",
    "getty@*",
    "serial-getty@*",
    "console-*",
    "user@*",
    "user-runtime-dir@*",
    "dbus*",
    "polkit*",
    "snapd.*",
    "cloud-*",
    "cortex-*",
    "apparmor*",
    "keyboard-setup*",
    "networking*",
    "ifup@*",
    "snapperd*",
)
"""What the system needs itself: `auto` tells when it fails, and much of it may rightly end."""


def find() -> Iterator[Found]:
    """Raises HostFailed and NotHere."""
    systemd.require()
    names = [name for name in systemd.list_units(["*.service"]) if not _is_of_system(name)]
    for unit in systemd.show(names) if names else ():
        if unit.unit_file_state in systemd.STARTED_AT_BOOT:
            name, is_up = unit.name.removesuffix(".service"), unit.sub_state == "running"
            yield Found(KIND.id, "systemd_unit", name, {}, "", listed="units", is_up=is_up)


def gone(names: Collection[str]) -> frozenset[str]:
    """Of those services the ones that nobody wants any more: purged, disabled or masked. One that failed is not among
    them, and none is where systemd does not answer."""
    try:
        units = systemd.show(sorted(names))
    except (NotHere, HostFailed):
        return frozenset()
    return frozenset(each.name for each in units if each.active_state != "active" and _is_unwanted(each))


def _is_unwanted(unit: systemd.Unit) -> bool:
    return unit.load_state in ("not-found", "masked") or unit.unit_file_state in ("disabled", "masked")


def _is_of_system(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in OF_THE_SYSTEM)
