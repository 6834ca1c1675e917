"""A screen that is drawn anew when something has happened, until Ctrl-C: by the event stream, which costs nothing while
nothing happens."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from cortexctl.failure import Failure
from cortexctl.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from cortexctl.client import Client
    from cortexctl.output import Output

LEAST_S = 0.3
"""Between two looks, however much happens."""
MOST_S = 15.0
"""So that `3 min ago` is no lie."""
HOME, CLEAR_LINE, CLEAR_BELOW = "\x1b[H", "\x1b[K", "\x1b[J"
CLEAR = "\x1b[2J"


class Happened:
    """Set by each event of the daemon; a thread of its own reads them, and ends with the program."""

    def __init__(self, client: Client) -> None:
        self._client, self._event = client, threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, within_s: float) -> None:
        self._event.wait(within_s)
        self._event.clear()

    def _read(self) -> None:
        while True:
            try:
                for _ in self._client.follow(on_loss=lambda _: self._event.set()):
                    self._event.set()
            except Failure:
                time.sleep(1.0)  # there is no daemon yet, or none that lets us


def watch(output: Output, client: Client, lines: Callable[[], list[str]], *, is_screen: bool) -> None:
    """Until the reader has gone, or Ctrl-C. A screen is drawn in place on a terminal, and while the daemon is away what
    it said last stays below what is wrong; elsewhere lines follow each other, as often as they are others."""
    happened, last = Happened(client), list[str]()
    is_in_place = is_screen and output.is_terminal
    if is_in_place:
        output.emit(CLEAR, end="")
    while not output.is_closed:
        try:
            shown = lines()
            banner = []
        except Failure as failure:
            shown = last
            banner = [output.paint(f"{one_line(failure.message)}; below is what it said before", "red")]
        if is_in_place:
            draw(output, [*banner, *shown])
        elif shown != last:
            output.emit_lines(shown)
        last = shown
        time.sleep(LEAST_S)
        happened.wait(MOST_S)


def draw(output: Output, lines: list[str]) -> None:
    kept = lines[: output.rows or None]
    output.emit("".join([HOME, *(f"{line}{CLEAR_LINE}\n" for line in kept), CLEAR_BELOW]), end="")
