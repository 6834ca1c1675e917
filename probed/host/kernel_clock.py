"""What the kernel says of the clock: whether somebody keeps it, how wrong it may be, and whose it is."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

TIME_ERROR = 5
"""What adjtimex(2) returns while the clock is not synchronised."""
GROWTH = 500e-6
"""Seconds by which the kernel's greatest error grows in a second without news, see `MAXFREQ`."""
CLOCKSOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
PTP = Path("/sys/class/ptp")
OF_A_HYPERVISOR = ("kvm-clock", "hyperv_clocksource", "xen")
PTP_OF_A_HYPERVISOR = ("KVM virtual PTP", "hyperv", "ptp_vmw", "vmclock")
IN_A_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"), Path("/run/systemd/container"))


class Timex(ctypes.Structure):
    """The head of struct timex; what follows is only made room for."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_char * 256),
    )


def read_clock() -> tuple[bool, float]:
    """Whether it is synchronised, and its greatest error in seconds. Raises OSError."""
    timex = Timex()  # modes 0: only read
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    if state < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return state != TIME_ERROR, timex.maxerror / 1e6


def kept_outside() -> str:
    """Who keeps this clock from outside: the host of this container or of this virtual machine; empty: nobody."""
    if any(path.exists() for path in IN_A_CONTAINER):
        return "the host of this container"
    names = [(CLOCKSOURCE, OF_A_HYPERVISOR), *((path, PTP_OF_A_HYPERVISOR) for path in PTP.glob("*/clock_name"))]
    is_guest = any(_first_line(path).startswith(known) for path, known in names)
    return "the host of this virtual machine" if is_guest else ""


def _first_line(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
