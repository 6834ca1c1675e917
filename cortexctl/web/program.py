"""The dashboard of one page: the same as that of `cortexctl top`, on pipes to the server that started it."""

from __future__ import annotations

import ctypes
import signal
import sys

from cortexctl.__main__ import tell
from cortexctl.failure import Failure
from cortexctl.tui.app import run

PARENT_ENDS = 1
"""PR_SET_PDEATHSIG, of prctl(2)."""


def main() -> int:
    ctypes.CDLL(None).prctl(PARENT_ENDS, signal.SIGKILL)  # nobody is left to show anything to
    try:
        return run(sys.argv[1])
    except Failure as failure:
        tell(failure)
        return failure.exit


if __name__ == "__main__":
    sys.exit(main())
