"""A program of a fault, run in the world of its drill."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from probed.drill.places import DAEMON, FAULT, PRIVATE
from probed.drill.private_daemon import environment
from probed.errors import CortexError

SKIPPED = 77
"""The exit code by which it says that this host cannot show the fault; the custom of test suites."""
ENDS_WITHIN_S = 60.0
LOOK_EVERY_S = 0.02


class Skipped(CortexError):
    """This host cannot show the fault."""


class Program:
    def __init__(self, name: str) -> None:
        self._name, self._log = name, Path(DAEMON, f"{name}.log")
        with self._log.open("ab") as said:
            self._process = subprocess.Popen(
                [f"{FAULT}/{name}", PRIVATE], stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                env=environment(), cwd=FAULT, start_new_session=True,
            )  # fmt: skip

    @staticmethod
    def exists(name: str) -> bool:
        return Path(FAULT, name).exists()

    def has_ended(self) -> bool:
        """Raises Skipped, and CortexError where it has failed."""
        code = self._process.poll()
        if code == SKIPPED:
            raise Skipped(self._last_words())
        if code:
            raise CortexError(f"{self._name} ended with exit code {code}: {self._last_words()}")
        return code is not None

    def wait(self, within_s: float = ENDS_WITHIN_S) -> bool:
        """Whether it ended well within the time. Raises Skipped, CortexError."""
        end = time.monotonic() + within_s
        while not self.has_ended():
            if time.monotonic() > end:
                return False
            time.sleep(LOOK_EVERY_S)
        return True

    def finish(self) -> None:
        """Raises Skipped, and CortexError where it fails or does not end."""
        if not self.wait():
            raise CortexError(f"{self._name} did not end within {ENDS_WITHIN_S:g} s")

    def _last_words(self) -> str:
        """Programs put what belongs to a line behind an indent."""
        said = [line for line in self._log.read_text(errors="replace").splitlines() if line and not line[0].isspace()]
        return said[-1] if said else "it said nothing"
