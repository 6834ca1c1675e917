"""`probed demo`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from probed.demo import story, tour
from probed.demo.narrator import Narrator, NothingCame
from probed.demo.world import World

OK, FAILED, INTERRUPTED = 0, 1, 130
LOG_LINES = 20


def main(pace: float, *, is_tour: bool = False) -> int:
    """Everything that was made is gone at its end, however it ends."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        with World(has_past=is_tour) as world:
            return _told(world, Narrator(world.socket, pace), tour.show if is_tour else story.tell)
    except KeyboardInterrupt:
        print("\nThe demonstration ends here; nothing of it is left.", flush=True)
        return INTERRUPTED


def _told(world: World, voice: Narrator, tell: Callable[[World, Narrator], None]) -> int:
    try:
        tell(world, voice)
    except NothingCame as nothing:
        print(f"probed: {nothing}; the daemon's log ends:", file=sys.stderr)
        print("\n".join(world.log.read_text(errors="replace").splitlines()[-LOG_LINES:]), file=sys.stderr)
        return FAILED
    return OK


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
