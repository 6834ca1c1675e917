"""What journalctl prints, asked only once as long as nothing was written: by the next look, and by another check."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass

from probed.host import journal, journal_files

MOST_KEPT = 16
LONGEST_KEPT = 32768


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    mark: journal_files.Mark
    """Of the journal before it was read."""


_kept: dict[tuple[str, ...], _Answer] = {}
_asking: dict[tuple[str, ...], threading.Lock] = {}


def ask(argv: list[str], deadline_s: float, directory: str = "") -> str:
    """Of a question whose answer changes only with the journal, not with the time. Who asks the same meanwhile waits
    for the answer. Raises NotHere, HostFailed."""
    key = (str(shutil.which(argv[0])), *argv)
    lock = _asking.setdefault(key, threading.Lock())
    is_own = lock.acquire(timeout=deadline_s)
    try:
        mark, known = journal_files.mark(directory), _kept.get(key)
        if known and known.mark == mark:
            return known.text
        text = journal.ask(argv, deadline_s)
        if mark is not None and len(text) <= LONGEST_KEPT:
            _keep(key, _Answer(text, mark))
        return text
    finally:
        if is_own:
            lock.release()
            _asking.pop(key, None)


def _keep(key: tuple[str, ...], answer: _Answer) -> None:
    _kept.pop(key, None)
    _kept[key] = answer
    for oldest in list(_kept)[: max(0, len(_kept) - MOST_KEPT)]:
        _kept.pop(oldest, None)
