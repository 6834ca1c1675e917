"""The dashboard of one page: the same as that of `cortexctl top`, on pipes to the server that started it."""

from __future__ import annotations

import ctypes
import signal
import sys

from cortexctl.tui.app import run

PARENT_ENDS = 1
"""PR_SET_PDEATHSIG, of prctl(2)."""


def main() -> int:
    ctypes.CDLL(None).prctl(PARENT_ENDS, signal.SIGKILL)  # nobody is left to show anything to
    return run(sys.argv[1])


if __name__ == "__main__":
    sys.exit(main())
