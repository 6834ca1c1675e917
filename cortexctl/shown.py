"""What was listed last, so that its rows can be called `@1`, `@2` … in the next command.

Only where a person looks on; a list that is older than an hour is no longer meant.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

MEANT_FOR_S = 3600.0
MOST = 500


def is_watched() -> bool:
    """A list may go to a pager: whether any end of this process is a terminal."""
    return any(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))


def remember(noun: str, ids: Sequence[str]) -> None:
    if not is_watched():
        return
    place = file_of(noun)
    half = place.with_name(f".{place.name}.{os.getpid()}")
    with suppress(OSError):  # a home that cannot be written: `@1` is asked of the daemon then
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half.write_text(json.dumps(ids[:MOST]))
        half.replace(place)


def recalled(noun: str) -> list[str] | None:
    """The ids of the list in its order; None where nobody has seen one lately."""
    place = file_of(noun)
    try:
        if not is_watched() or time.time() - place.stat().st_mtime > MEANT_FOR_S:
            return None
        kept = json.loads(place.read_text())
    except (OSError, ValueError):
        return None
    return [str(id_) for id_ in kept] if isinstance(kept, list) else None


def file_of(noun: str) -> Path:
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "cortex" / f"shown-{noun}.json"
