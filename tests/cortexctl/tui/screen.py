"""The dashboard without a terminal: driven by keys, read as text."""

from __future__ import annotations

import asyncio
import io
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from textual.pilot import Pilot

from cortexctl.client import Client
from cortexctl.tui.app import Dashboard
from cortexctl.tui.history import is_traced
from cortexctl.tui.preferences import Preferences
from cortexctl.tui.screens.overview import Overview

SMALL, MEDIUM, LARGE = (80, 24), (120, 40), (200, 60)
WITHIN_S = 60.0
QUIET_S = 2.0
GOLDEN = Path(__file__).parent / "golden"


class Face:
    def __init__(self, app: Dashboard, pilot: Pilot[int]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def text(self) -> str:
        return self._console().export_text(clear=False)

    @property
    def page(self) -> str:
        """As it is kept: without blanks at the ends of the lines."""
        return "".join(f"{line.rstrip()}\n" for line in self.text.splitlines())

    @property
    def said(self) -> list[str]:
        """The notifications."""
        return [notification.message for notification in self.app._notifications]

    @property
    def svg(self) -> str:
        return self.app.export_screenshot(simplify=True)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        end = time.monotonic() + WITHIN_S
        while not holds():
            assert time.monotonic() < end, f"not within {WITHIN_S:g} s: {what}\n{self.text}"
            await asyncio.sleep(0.01)

    async def shows(self, words: str) -> None:
        await self.until(lambda: words in self.text, f"{words!r} on the screen")

    async def can(self, key: str) -> None:
        """The key of an order is not dim, or no longer."""
        await self.until(lambda: self._is_enabled(key), f"{key} is possible")

    async def cannot(self, key: str) -> None:
        """The key of an order is dim."""
        await self.until(lambda: not self._is_enabled(key), f"{key} is dim")

    def _is_enabled(self, key: str) -> bool:
        return self.app.screen.active_bindings[key].enabled

    async def looks_as(self, name: str) -> None:
        """In the end: what is still being read is waited for, so the test names the last that comes before it asks."""
        if os.environ.get("CORTEX_WRITE_GOLDEN"):
            await self.settle()
        else:
            recorded, end = (GOLDEN / name).read_text(), time.monotonic() + WITHIN_S
            while self.page != recorded and time.monotonic() < end:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert_golden(name, self.page)

    async def traced(self) -> None:
        """The overview has its curves, which are asked for after the rest: behind a question they would not come."""
        assert isinstance(self.app.screen, Overview)
        gauges = self.app.screen.gauges
        await self.until(lambda: gauges.histories or not any(map(is_traced, gauges.items)), "the curves")
        await self.pilot.pause()

    async def says(self, words: str) -> None:
        await self.until(lambda: any(words in said for said in self.said), f"{words!r} said; {self.said}")

    async def settle(self) -> None:
        """Nothing that is on its way is recorded as if it were all."""
        page, since = self.page, time.monotonic()
        while time.monotonic() < since + QUIET_S:
            await asyncio.sleep(0.05)
            if self.page != page:
                page, since = self.page, time.monotonic()

    def _console(self) -> Console:
        width, height = self.app.size
        console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, record=True)
        screen = self.app.screen._compositor.render_update(full=True, screen_stack=self.app._background_screens)
        console.print(screen)
        return console


@asynccontextmanager
async def dashboard(
    path: Path,
    size: tuple[int, int] = SMALL,
    *,
    is_live: bool = True,
    is_plain: bool = False,
    timeout_s: float = 60.0,
) -> AsyncIterator[Face]:
    """`is_live`: begin when there is something to see."""
    app = Dashboard(Client(str(path), timeout_s=timeout_s, act_timeout_s=60.0), Preferences(plain=is_plain))
    async with app.run_test(size=size) as pilot:
        face = Face(app, pilot)
        if is_live:
            await face.until(lambda: app.snapshot.status and app.snapshot.events, "the first snapshot")
            await pilot.pause()
        yield face


def assert_golden(name: str, text: str) -> None:
    """After a wanted change: CORTEX_WRITE_GOLDEN=1 tests/run tests/cortexctl/tui, then read the difference."""
    file = GOLDEN / name
    if os.environ.get("CORTEX_WRITE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()
