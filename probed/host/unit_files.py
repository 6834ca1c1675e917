"""The files of a unit of systemd: its own, and what was dropped in, as `systemctl cat` shows them."""

from __future__ import annotations

from collections.abc import Sequence

from probed.host.systemd import systemctl


def lines(name: str, *, deadline_s: float = 5.0) -> Sequence[str]:
    """Each file begins with its path as a comment. Raises NotHere, HostFailed."""
    return systemctl("cat", "--", name, deadline_s=deadline_s).stdout.splitlines()


def needs_reload(name: str, *, deadline_s: float = 5.0) -> bool:
    """Whether systemd has read other files than are there now. Raises NotHere, HostFailed."""
    asked = systemctl("show", "--property=NeedDaemonReload", "--", name, deadline_s=deadline_s)
    return asked.stdout.strip() == "NeedDaemonReload=yes"
