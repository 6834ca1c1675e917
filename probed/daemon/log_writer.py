"""Writes log lines beside the event loop: a reader that stalls must not stall the daemon.

loguru's own queue is no answer to that: it is a pipe, and whoever logs waits once the pipe is full.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import Protocol

MAX_LINES = 10_000
LAST_WORDS_WITHIN_S = 2.0


class Stream(Protocol):
    def write(self, line: str, /) -> object: ...

    def flush(self) -> None: ...


class LogWriter:
    """Hands lines to a thread that writes them; when the queue is full lines are dropped and counted."""

    def __init__(self, stream: Stream, *others: Stream, max_lines: int = MAX_LINES) -> None:
        self._streams = (stream, *others)
        self._lines: queue.Queue[tuple[str, ...] | None] = queue.Queue(max_lines)
        self._lost = 0
        self._thread = threading.Thread(target=self._write_all, name="log", daemon=True)
        self._thread.start()

    def write(self, *lines: str) -> None:
        """One for each stream."""
        try:
            self._lines.put_nowait(lines)
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Write what is left, for two seconds at the most."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=LAST_WORDS_WITHIN_S)
        self._thread.join(LAST_WORDS_WITHIN_S)

    def _write_all(self) -> None:
        while (lines := self._lines.get()) is not None:
            lost, self._lost = self._lost, 0
            for stream, line in zip(self._streams, lines, strict=True):
                more = f"{lost} log lines were lost: nobody read them in time\n" if lost else ""
                with contextlib.suppress(OSError, ValueError):  # nobody reads them any more
                    stream.write(line + more)
                    stream.flush()
