"""The daemon as a unit of systemd."""

from __future__ import annotations

from probed.doctor.line import Answer, fails, passes, warns
from probed.errors import HostFailed, NotHere
from probed.host import systemd
from probed.host.systemd import Unit

UNIT = "cortex-probed.service"


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
        found = systemd.show([UNIT])
    except (NotHere, HostFailed):
        return None
    if not found or found[0].load_state == "not-found":
        return warns(f"{UNIT} is not installed: nothing starts the daemon with this host", "sudo ./install.sh")
    loaded = found[0]
    if loaded.load_state != "loaded":
        return fails(f"{UNIT} is {loaded.load_state}", f"systemctl status {UNIT}")
    if loaded.active_state == "failed":
        return fails(f"{UNIT} has failed ({loaded.result})", f"journalctl -u {UNIT}, then: systemctl restart {UNIT}")
    if loaded.unit_file_state != "enabled":
        return warns(f"{UNIT} does not start with this host", f"systemctl enable --now {UNIT}")
    return passes(f"{UNIT} is enabled and {loaded.active_state}")
