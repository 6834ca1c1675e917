"""The log of a unit, as systemd's journal has it; with what systemd says about the unit."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from probed.errors import CortexError
from probed.host.journal import HIDDEN
from probed.own_log.entry import Line, of_json, of_text

BOOTED = Path("/run/systemd/system")
UNIT = "cortex-probed.service"
LEVELS = ("critical", "critical", "critical", "error", "warning", "info", "info", "debug")
"""By priority."""
OURS = "probed"
PAUSE_S = 0.3
NO_JOURNAL = "No journal files were found"
MOST_ERRORS_BYTES = 65_536
LOOKED_THROUGH = 50_000
"""Lines, where no time is given."""


def read(*, of_user: bool, since: datetime | None, follow: bool, is_over: Callable[[], bool]) -> Iterator[Line | None]:
    """As `file.read`; of the newest lines where no time is given."""
    words = ["journalctl", f"--{'user-unit' if of_user else 'unit'}={UNIT}", "--output=json", "--no-pager", "--all"]
    words += [f"--since=@{since.timestamp():.0f}"] if since else []
    words += [f"--lines={'all' if since else LOOKED_THROUGH}", *(["--follow"] if follow else [])]
    reader = Reader()
    with tempfile.TemporaryFile() as errors:
        for content in _printed(words, errors, is_over, follow=follow):
            if content is None:
                yield None
            elif line := reader.line(content):
                yield line


def _printed(
    words: Sequence[str], errors: IO[bytes], is_over: Callable[[], bool], *, follow: bool
) -> Iterator[bytes | None]:
    """Line by line; None whenever none comes for a moment. Raises CortexError."""
    environment = {**os.environ, "LC_ALL": "C"}
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=environment
        )
    except OSError as error:
        raise CortexError(f"{words[0]} cannot be started: {error.strerror}") from error
    assert process.stdout is not None
    try:
        waiting = bytearray()
        while True:
            if follow and is_over():
                process.terminate()
            if not select.select([process.stdout], [], [], PAUSE_S)[0]:
                _refuse(errors)
                yield None
                continue
            content = os.read(process.stdout.fileno(), 65_536)
            if not content:
                _refuse(errors, process.wait())
                return
            waiting += content
            *lines, waiting = waiting.split(b"\n")
            yield from map(bytes, lines)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _refuse(errors: IO[bytes], exit_code: int = 0) -> None:
    """Raises CortexError where it said that this user sees nothing, or why it failed; that a file of the journal is cut
    off, as after a loss of power, is no reason to show nothing of the others."""
    said = os.pread(errors.fileno(), MOST_ERRORS_BYTES, 0).decode(errors="replace").strip()
    if any(words in said for words in HIDDEN):
        raise CortexError("this user may not read the system's journal; try it with sudo, or join systemd-journal")
    is_failure = exit_code > 0 and "No entries" not in said
    if said and (is_failure or NO_JOURNAL in said):
        raise CortexError(f"journalctl: {said.splitlines()[-1]}")


class Reader:
    """Takes its lines one by one: an entry of several lines is several in the journal."""

    def __init__(self) -> None:
        self._head: Line | None = None

    def line(self, content: bytes) -> Line | None:
        """None: it cannot be understood."""
        try:
            entry = json.loads(content)
            at = datetime.fromtimestamp(int(entry["__REALTIME_TIMESTAMP"]) / 1e6, UTC)
            text = entry.get("MESSAGE") or ""
        except (ValueError, TypeError, KeyError):
            return None
        if isinstance(text, list):  # bytes that are no text
            text = bytes(text).decode(errors="replace")
        said = of_text(text) or of_json(text)
        if said:
            self._head = said
            return said
        level = LEVELS[min(int(entry.get("PRIORITY", 6)), len(LEVELS) - 1)]
        who = str(entry.get("SYSLOG_IDENTIFIER") or entry.get("_COMM") or "")
        if who == OURS and self._head and text.startswith(" "):
            return replace(self._head, text=text)
        return Line(at, level, "", text, who)
