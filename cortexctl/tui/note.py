"""What a person should know about the watching itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cortexctl.overview import SLOW_LOOP_MS
from cortexctl.text import plural
from probed.wire.status import DaemonShape, StatusShape


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    tone: str = ""


def notes(status: StatusShape) -> list[Note]:
    """What does not work comes first; then what this host does not have or the daemon may not see."""
    broken = [Note(f"{document.path}:{document.line}: {document.reason}", "warning") for document in status.broken]
    return [*_troubles(status.daemon), *broken, *(Note(text, "muted") for text in status.notes)]


def _troubles(daemon: DaemonShape) -> Iterator[Note]:
    if not daemon.ready:
        yield Note("the daemon is not ready, a part of it does not work: cortexctl doctor", "critical")
    if daemon.messages_dead:
        yield Note(f"{plural(daemon.messages_dead, 'message')} given up: cortexctl doctor", "critical")
    if daemon.loop_lag_ms >= SLOW_LOOP_MS:
        yield Note(f"the daemon is slow: its event loop lags {daemon.loop_lag_ms:.0f} ms behind", "warning")
    if daemon.messages_pending:
        yield Note(f"{plural(daemon.messages_pending, 'message')} not delivered yet", "warning")
