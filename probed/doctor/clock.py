"""Whether the clock is kept right: certificates, cron times and the order of events depend on it."""

from __future__ import annotations

from probed.doctor.line import Answer, passes, warns
from probed.host.kernel_clock import kept_outside, read_clock


def clock() -> Answer:
    try:
        is_synchronised, error_s = read_clock()
    except OSError as error:
        return warns(f"the kernel does not say whether it is synchronised: {error.strerror}", "timedatectl")
    if not is_synchronised and (outside := kept_outside()):
        return passes(f"kept by {outside}")
    if not is_synchronised:
        return warns("not synchronised", "timedatectl set-ntp true, or install chrony")
    return passes(f"synchronised, at most {error_s:.3g} s off")
