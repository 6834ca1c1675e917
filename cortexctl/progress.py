"""That something is under way, and for how long: in one line on the terminal, which is gone when it is over."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from cortexctl.failure import Failure
from cortexctl.text import cut, one_line
from cortexctl.times import duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from cortexctl.output import Output

FIRST_S = 0.5
"""What is over sooner was never under way."""
EVERY_S = 0.5
CLEAR_LINE = "\r\x1b[K"


class Progress:
    """Shown on stderr, where that is a terminal and quiet is not wanted. `words` may change while it goes on; `far` is
    asked each time how far it is."""

    def __init__(self, output: Output, words: str, far: Callable[[], str] | None = None) -> None:
        self.words = words
        self._far = far
        self._is_shown = sys.stderr is not None and sys.stderr.isatty() and not output.is_quiet
        self._columns = output.columns or 80
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._began = time.monotonic()

    def __enter__(self) -> Progress:
        if self._is_shown:
            self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._is_shown:
            self._over.set()
            self._thread.join()

    def _show(self) -> None:
        wait_s, shown = FIRST_S, False
        while not self._over.wait(wait_s):
            self._write(CLEAR_LINE + cut(self._line(), self._columns - 1))
            wait_s, shown = EVERY_S, True
        if shown:
            self._write(CLEAR_LINE)

    def _line(self) -> str:
        far = ""
        if self._far:
            with suppress(Failure):  # the next time, perhaps
                far = self._far()
        return one_line(f"{self.words} … {', '.join(filter(None, [duration(time.monotonic() - self._began), far]))}")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a terminal that is gone
            sys.stderr.write(text)
            sys.stderr.flush()
