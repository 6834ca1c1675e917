"""The daemon as a unit of systemd."""

from __future__ import annotations

import getpass
import os
from contextlib import suppress
from pathlib import Path

from probed.doctor.line import Answer, fails, passes, warns
from probed.errors import HostFailed, NotHere
from probed.host import systemd
from probed.host.systemd import Unit

UNIT = "cortex-probed.service"
OF_USER = " --user"
LINGERING = Path("/var/lib/systemd/linger")
"""Names the users whose manager runs from boot on, see loginctl(1)."""


def service() -> Unit | None:
    """None where systemd is not here, gives no answer, or does not know the unit."""
    try:
        found = systemd.show([UNIT])
    except (NotHere, HostFailed):
        return None
    return found[0] if found and found[0].load_state == "loaded" else None


def unit() -> Answer | None:
    """None where there is no systemd to ask: its own line says so."""
    try:
        loaded, option = _look()
    except (NotHere, HostFailed):
        return None
    if loaded.load_state == "not-found":
        return warns(f"{UNIT} is not installed: nothing starts the daemon with this host", "sudo ./install.sh")
    if loaded.load_state != "loaded":
        return fails(f"{UNIT} is {loaded.load_state}", f"systemctl{option} status {UNIT}")
    if loaded.active_state == "failed":
        remedy = f"journalctl{option} -u {UNIT}, then: systemctl{option} restart {UNIT}"
        return fails(f"{UNIT} has failed ({loaded.result})", remedy)
    if loaded.unit_file_state != "enabled":
        return warns(f"{UNIT} does not start with this host", f"systemctl{option} enable --now {UNIT}")
    if option and not (LINGERING / getpass.getuser()).exists():
        user = getpass.getuser()
        return warns(f"{UNIT} runs only while {user} is logged in", f"sudo loginctl enable-linger {user}")
    return passes(f"{UNIT}{option and ' of your own'} is enabled and {loaded.active_state}")


def _look() -> tuple[Unit, str]:
    """The unit of the system or, where that has none, of the user's own manager, with the option that asks for it."""
    [unit] = systemd.show([UNIT])
    if unit.load_state == "not-found" and os.geteuid():
        with suppress(HostFailed):  # none runs for this user
            [own] = systemd.show([UNIT], of_user=True)
            if own.load_state != "not-found":
                return own, OF_USER
    return unit, ""
