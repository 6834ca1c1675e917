"""The picture of the dashboard in `docs/` shows it as it is.

After a wanted change: CORTEX_WRITE_GOLDEN=1 tests/run tests/cortexctl/tui/test_picture.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui.screen import dashboard

PICTURE = Path(__file__).parents[3] / "docs" / "dashboard.svg"
SIZE = (124, 36)
FONTS = "ui-monospace, 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"
ORIGIN = "<!-- Made by: CORTEX_WRITE_GOLDEN=1 tests/run tests/cortexctl/tui/test_picture.py -->"


async def test_the_picture_shows_the_dashboard_as_it_is(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path, SIZE) as face:
        face.app.title = "cortexctl top"
        await face.shows("q Quit")
        await face.shows("full 9 d")
        await face.pilot.pause()
        picture = f"{ORIGIN}\n{offline(face.svg)}\n"
    if os.environ.get("CORTEX_WRITE_GOLDEN"):
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(picture)
    assert picture == PICTURE.read_text()


def test_the_picture_asks_no_server_for_anything() -> None:
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", PICTURE.read_text()))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert "@import" not in PICTURE.read_text()


def offline(svg: str) -> str:
    """With the fonts that the reader has, instead of one from a server."""
    without_faces = re.sub(r"\s*@font-face \{[^}]*\}", "", svg)
    return re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONTS}", without_faces).strip()
