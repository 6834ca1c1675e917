"""Whether the clock is kept right: certificates, cron times and the order of events depend on it."""

from __future__ import annotations

import ctypes
import os

from probed.doctor.line import Answer, passes, warns

TIME_ERROR = 5
"""What adjtimex(2) returns while the clock is not synchronised."""


class Timex(ctypes.Structure):
    """The head of struct timex; what follows is only made room for."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_char * 256),
    )


def clock() -> Answer:
    try:
        is_synchronised, error_s = read_clock()
    except OSError as error:
        return warns(f"the kernel does not say whether it is synchronised: {error.strerror}", "timedatectl")
    if not is_synchronised:
        return warns("not synchronised", "timedatectl set-ntp true, or install chrony")
    return passes(f"synchronised, at most {error_s:.3g} s off")


def read_clock() -> tuple[bool, float]:
    """Whether it is synchronised, and its greatest error. Raises OSError."""
    timex = Timex()  # modes 0: only read
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex))
    if state < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return state != TIME_ERROR, timex.maxerror / 1e6
