"""What a person sees of the dashboard in a page, and where on it they click."""

from __future__ import annotations

import re
import time
from typing import cast

from tests.real.chromium import Page, wait_until

SEEN = """
Object.defineProperty(Object.prototype, "terminal", {configurable: true, set(value) {
    window.seen = value;
    Object.defineProperty(this, "terminal", {value, writable: true, configurable: true});
}})
"""
"""Letters are painted, so they are read from the terminal that paints them: textual-serve keeps it to itself."""
LINES = "Array.from({length: seen.rows}, (_, y) => seen.buffer.active.getLine(y).translateToString())"
PLACE = """(() => {
    const painted = document.querySelector(".xterm-screen").getBoundingClientRect();
    return [painted.left, painted.top, painted.width / seen.cols, painted.height / seen.rows];
})()"""

AGAIN_S = 3.0


class Screen:
    def __init__(self, page: Page) -> None:
        self.page = page
        page.before_each_document(SEEN)

    @property
    def lines(self) -> list[str]:
        return cast("list[str]", self.page.asked(LINES) or [])

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def shows(self, words: str) -> None:
        wait_until(lambda: words in self.text, repr(words), lambda: self.text)

    def click(self, words: str, then: str) -> None:
        """On their first letter, until there is a line like the pattern `then`: what moves away under the mouse is
        clicked again, as a person would."""
        due_s = 0.0

        def is_done() -> bool:
            nonlocal due_s
            if any(re.search(then, line) for line in self.lines):
                return True
            if time.monotonic() >= due_s:
                self._click(words)
                due_s = time.monotonic() + AGAIN_S
            return False

        wait_until(is_done, f"{then} after a click on {words}", lambda: self.text)

    def _click(self, words: str) -> None:
        found = [(line.index(words), row) for row, line in enumerate(self.lines) if words in line]
        if found:
            (column, row), (left, top, width, height) = found[0], cast("list[float]", self.page.ask(PLACE))
            self.page.click(left + (column + 0.5) * width, top + (row + 0.5) * height)
