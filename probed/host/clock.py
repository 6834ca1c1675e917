"""How right the clock is, as whoever keeps the time here tells."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from probed.errors import HostFailed, NotHere
from probed.host import systemd
from probed.host.command import run_command

UNSYNCHRONISED = "Not synchronised"


@dataclass(frozen=True, slots=True)
class ClockState:
    by: str
    """`chronyd`, `ntpd` or `systemd`."""
    is_synchronised: bool
    offset_s: float | None
    """How far this clock is from the right time; None where nobody tells."""


def state() -> ClockState:
    """Raises NotHere where nobody keeps the time, HostFailed."""
    found = _of_chrony() or _of_ntpd() or _of_systemd()
    if found is None:
        raise NotHere("a time service", "install chrony, or enable systemd-timesyncd")
    return found


def _of_chrony() -> ClockState | None:
    """One line of comma-separated facts, see `-c` in chronyc(1)."""
    said = _said(["chronyc", "-n", "-c", "tracking"])
    facts = said.strip().split(",") if said else []
    if len(facts) < 14:
        return None
    is_synchronised = facts[13] != UNSYNCHRONISED
    return ClockState("chronyd", is_synchronised, abs(float(facts[4])) if is_synchronised else None)


def _of_ntpd() -> ClockState | None:
    """System variables, see ntpq(8); the offset in milliseconds. `leap=11`: not synchronised."""
    said = _said(["ntpq", "-n", "-c", "rv 0 leap,offset"])
    facts = dict(re.findall(r"(\w+)=([-+.\d]+)", said or ""))
    if "leap" not in facts:
        return None
    is_synchronised = not facts["leap"].endswith("11")
    offset_s = abs(float(facts["offset"])) / 1000.0 if is_synchronised and "offset" in facts else None
    return ClockState("ntpd", is_synchronised, offset_s)


def _of_systemd() -> ClockState | None:
    if not systemd.is_running():
        return None
    said = _said(["timedatectl", "show", "--property=NTP", "--property=NTPSynchronized"])
    facts = dict(line.partition("=")[::2] for line in (said or "").splitlines())
    return ClockState("systemd", facts.get("NTPSynchronized") == "yes", None) if facts.get("NTP") == "yes" else None


def _said(argv: Sequence[str]) -> str | None:
    """None where the program is not here, or nobody answers it. Raises HostFailed."""
    if not shutil.which(argv[0]):
        return None
    try:
        asked = run_command(argv, deadline_s=5.0, env={"LC_ALL": "C"})
    except OSError as error:
        raise HostFailed(f"{argv[0]} cannot be started: {error.strerror}") from error
    if asked.timed_out:
        raise HostFailed(f"{argv[0]} gave no answer within 5 s")
    return None if asked.exit_code else asked.stdout
