"""Timers of systemd that are enabled: the document `jobs` that comes along looks at all of them."""

from __future__ import annotations

from collections.abc import Iterator

from probed.discovery.proposal import Found, Kind
from probed.host import systemd, timers

KIND = Kind(
    "found-timers",
    "Timers that are enabled here",
    "every 15m",
    """\
Do the timers of this host start what they should, when they should?

When there is a finding: tell whether the run before still hangs, the service failed, or the timer was never started.
""",
    drops=True,
)


def find() -> Iterator[Found]:
    """Raises HostFailed and NotHere."""
    systemd.require()
    for each in timers.timers(["*.timer"]):
        if each.unit_file_state in systemd.STARTED_AT_BOOT:
            is_up = each.active_state == "active"
            yield Found(KIND.id, "systemd_timer", each.name, {}, "", "timers", is_up=is_up, covered_by="auto")
