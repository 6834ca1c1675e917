from __future__ import annotations

import time

from textual.content import Content
from textual.widgets import Static

from cortexctl.text import one_line
from cortexctl.times import duration
from cortexctl.tui.snapshot import Snapshot


class Banner(Static):
    """Says why what is shown is not renewed, and how old it is. Not there while all is well."""

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.snapshot = Snapshot()
        self._said = ""

    def show(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.tick()

    def tick(self) -> None:
        said = words(self.snapshot)
        if said != self._said:
            self._said = said
            self.update(Content(said))
        self.set_class(bool(said), "-shown")


def words(snapshot: Snapshot) -> str:
    failure = snapshot.failure
    if failure is None:
        return ""
    age = duration(snapshot.age_s(time.monotonic()))
    shown = f"What is shown is {age} old; it" if snapshot.status else "It"
    step = f" Try: {one_line(failure.next_step)}" if failure.next_step else ""
    return f"NOT LIVE  {one_line(failure.message)}. {shown} goes on by itself when the daemon is back.{step}"
