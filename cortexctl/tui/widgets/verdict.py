"""How the host is, in large letters and in words."""

from __future__ import annotations

import time
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from cortexctl.overview import gist
from cortexctl.times import duration
from cortexctl.tui.cell import TONE_CLASSES, Cell, strip_of
from cortexctl.tui.lettering import LETTERING
from cortexctl.tui.plain import is_plain
from cortexctl.tui.snapshot import Snapshot
from cortexctl.tui.source import HEARTBEAT_S
from probed.wire.status import DaemonShape, StatusShape

MODES = {
    "observe": "observe: known-safe fixes are only named",
    "act": "act: known-safe fixes are carried out",
}
STALE_S = 1.5 * HEARTBEAT_S
Lines = tuple[tuple[Cell, ...], tuple[Cell, ...]]
"""The lettering stands beside both."""
GAP = 3
DOT = {False: "  ·  ", True: ", "}
"""Between what is said of the daemon; in words for whoever hears it."""
WIDE = 140
"""From so many columns on there is room for the daemon itself."""


class Verdict(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {*TONE_CLASSES, "verdict--lettering"}
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.snapshot = Snapshot()
        self._said: Lines = ((), ())

    @property
    def is_plain(self) -> bool:
        return is_plain(self)

    def show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.tick()

    def tick(self) -> None:
        said = self._lines()
        if said != self._said:
            self._said = said
            for verdict in LETTERING:
                self.set_class(verdict == verdict_of(self.snapshot), f"-{verdict}")
            self.refresh()

    def on_resize(self) -> None:
        self.tick()

    def render_line(self, y: int) -> Strip:
        cells = self._said[y] if y < len(self._said) else ()
        return strip_of(cells, self.content_size.width, self._style_of)

    def _lines(self) -> Lines:
        verdict = verdict_of(self.snapshot)
        if verdict is None:
            return (Cell("asking the daemon …", "muted"),), ()
        is_wide = self.size.width >= WIDE
        lettering = ("", "") if self.is_plain else LETTERING[verdict]
        letters = (Cell(line, "lettering", len(line), gap=GAP if line else 0) for line in lettering)
        fresh = freshness(self.snapshot)
        beside = (
            (Cell(headline(self.snapshot), "strong", gap=0),),
            (
                Cell(about(self.snapshot.status, is_wide, DOT[self.is_plain]), "muted"),
                Cell(fresh, "muted", len(fresh), gap=0),
            ),
        )
        upper, lower = ((letter, *cells) for letter, cells in zip(letters, beside, strict=True))
        return upper, lower

    def _style_of(self, tone: str) -> Style:
        base = self.rich_style
        if not tone:
            return base
        style = self.get_component_rich_style("verdict--lettering" if tone == "lettering" else f"tone--{tone}")
        return base + Style(color=style.color, bold=style.bold)


def verdict_of(snapshot: Snapshot) -> str | None:
    """What can be said now: an answer that is too old is none. None while nothing was asked."""
    if snapshot.status is None:
        return "unknown" if snapshot.failure else None
    return "unknown" if is_stale(snapshot) else snapshot.status.verdict


def is_stale(snapshot: Snapshot) -> bool:
    return snapshot.age_s(time.monotonic()) >= STALE_S


def headline(snapshot: Snapshot) -> str:
    status = snapshot.status
    if status is None:
        return "nothing is known yet"
    if is_stale(snapshot):
        return f"{status.host}: unknown; it was {status.verdict}{gist(status)}"
    return f"{status.host}: {status.verdict}{gist(status)}"


def about(status: StatusShape | None, is_wide: bool, dot: str) -> str:
    if status is None:
        return ""
    mode = MODES[status.mode]
    return dot.join([mode, *daemon_words(status.daemon)]) if is_wide else mode


def daemon_words(daemon: DaemonShape) -> list[str]:
    words = [f"probed {daemon.version} up {duration(daemon.uptime_s)}", f"agent {daemon.agent}"]
    return [*words, f"tells by {', '.join(daemon.channels) or 'nothing'}"]


def freshness(snapshot: Snapshot) -> str:
    """`live`, or how old that is which is shown."""
    if is_stale(snapshot):
        return f"{duration(snapshot.age_s(time.monotonic()))} old"
    return "not live" if snapshot.failure else "live"
