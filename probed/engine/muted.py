"""What the status says of silences and maintenance: whoever reads it knows what is not told for now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from probed.core.maintenance import Window, WindowState
from probed.core.silence import SilenceState
from probed.ports import Queries

LOOKED_AT = 50
"""The newest of each kind; a host that has more is asked with `cortexctl silences` and `cortexctl maintenance`."""
SHOWN = 3


async def muted_notes(queries: Queries, recurring: Sequence[Window], now: datetime) -> list[str]:
    silences = (await queries.silences(LOOKED_AT)).items
    windows = [*recurring, *(await queries.windows(LOOKED_AT)).items]
    return [
        *_first(
            [_window(window) for window in windows if window.state(now) is WindowState.ACTIVE], "cortexctl maintenance"
        ),
        *_first(
            [silence.title for silence in silences if silence.state(now) is SilenceState.ACTIVE], "cortexctl silences"
        ),
    ]


def _window(window: Window) -> str:
    return f"{window.title}: {window.scope}"


def _first(notes: Sequence[str], command: str) -> list[str]:
    hidden = len(notes) - SHOWN
    return [*notes[:SHOWN], *([f"and {hidden} more: {command}"] if hidden > 0 else [])]
