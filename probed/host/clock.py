"""How right the clock is, as whoever keeps the time here tells."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from probed.errors import HostFailed, NotHere
from probed.host import kernel_clock, systemd
from probed.host.command import run_command

UNSYNCHRONISED = "Not synchronised"
SECONDS_1900_TO_1970 = 2_208_988_800
TIMESYNCD = Path("/run/systemd/timesync/synchronized")
"""Touched whenever systemd-timesyncd has heard a time server, see systemd-timesyncd.service(8)."""


@dataclass(frozen=True, slots=True)
class ClockState:
    by: str
    """`chronyd`, `ntpd` or `systemd`."""
    is_synchronised: bool
    offset_s: float | None
    """How far this clock is from the right time; None where nobody tells."""
    heard_at: float | None = None
    """When a source of the right time was heard last, in seconds since 1970; None: not since the start, as far as
    anybody tells."""
    error_bound_s: float | None = None
    """How far off it may be by the keeper's own account, which grows while no source is heard."""


def state() -> ClockState:
    """Raises NotHere where nobody keeps the time, HostFailed."""
    found = _of_chrony() or _of_ntpd() or _of_systemd()
    if found is None:
        raise NotHere("a time service", "install chrony, or enable systemd-timesyncd")
    return found


def _of_chrony() -> ClockState | None:
    """One line of comma-separated facts, see `-c` in chronyc(1). Its "Normal" stays when no source answers any more."""
    said = _said(["chronyc", "-n", "-c", "tracking"])
    facts = said.strip().split(",") if said else []
    if len(facts) < 14:
        return None
    if facts[13] == UNSYNCHRONISED:
        return ClockState("chronyd", False, None)
    bound_s = float(facts[10]) / 2 + float(facts[11])
    return ClockState("chronyd", True, abs(float(facts[4])), float(facts[3]) or None, bound_s)


def _of_ntpd() -> ClockState | None:
    """System variables, see ntpq(8); in milliseconds. `leap=11`: not synchronised."""
    said = _said(["ntpq", "-n", "-c", "rv 0 leap,offset,reftime,rootdelay,rootdisp"])
    facts = dict(re.findall(r"(\w+)=([^\s,]+)", said or ""))
    if "leap" not in facts:
        return None
    if facts["leap"].endswith("11"):
        return ClockState("ntpd", False, None)
    offset_s = abs(float(facts["offset"])) / 1000.0 if "offset" in facts else None
    return ClockState("ntpd", True, offset_s, _ntp_time(facts.get("reftime", "")), _ntp_bound(facts))


def _ntp_time(text: str) -> float | None:
    """As in `ecc96520.4c8b4396`: seconds since 1900, and their fraction."""
    seconds = int(text.removeprefix("0x").partition(".")[0] or "0", 16)
    return float(seconds - SECONDS_1900_TO_1970) if seconds else None


def _ntp_bound(facts: dict[str, str]) -> float | None:
    if not {"rootdelay", "rootdisp"} <= facts.keys():
        return None
    return (float(facts["rootdelay"]) / 2 + float(facts["rootdisp"])) / 1000.0


def _of_systemd() -> ClockState | None:
    if not systemd.is_running():
        return None
    said = _said(["timedatectl", "show", "--property=NTP", "--property=NTPSynchronized"])
    facts = dict(line.partition("=")[::2] for line in (said or "").splitlines())
    if facts.get("NTP") != "yes":
        return None
    return ClockState("systemd", facts.get("NTPSynchronized") == "yes", None, _heard_by_systemd())


def _heard_by_systemd() -> float | None:
    """By timesyncd itself, else by the kernel, whose greatest error grows from then on."""
    try:
        return TIMESYNCD.stat().st_mtime
    except OSError:
        pass
    try:
        is_synchronised, error_s = kernel_clock.read_clock()
    except OSError:
        return None
    return time.time() - error_s / kernel_clock.GROWTH if is_synchronised else None


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
