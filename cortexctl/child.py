"""What needs no daemon is a subcommand of `probed`: run as a child, its output and its exit code passed on."""

from __future__ import annotations

import subprocess
import sys

SIGNAL_EXIT = 128


def exit_of_probed(*arguments: str) -> int:
    """With the same interpreter; `-P`, so that a folder `probed` where the user happens to be is not taken for it."""
    code = subprocess.run([sys.executable, "-P", "-m", "probed", *arguments], check=False).returncode
    return code if code >= 0 else SIGNAL_EXIT - code
