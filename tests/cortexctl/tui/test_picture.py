"""The pictures of the dashboard in `docs/` show it as it is.

After a wanted change: CORTEX_WRITE_GOLDEN=1 tests/run tests/cortexctl/tui/test_picture.py
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from probed.wire import paths
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import Face, dashboard

DOCS = Path(__file__).parents[3] / "docs"
PICTURES = {"dashboard": ("1", "full 9 d"), "dashboard-alerts": ("2", "Alerts 3  open")}
"""What each is called, by which key it is come to, and what it shows last."""
SIZE = (124, 36)
FONTS = "ui-monospace, 'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, monospace"
ORIGIN = "<!-- Made by: CORTEX_WRITE_GOLDEN=1 tests/run tests/cortexctl/tui/test_picture.py -->"


@pytest.mark.parametrize("name", PICTURES)
async def test_the_picture_shows_the_dashboard_as_it_is(atlas: StubDaemon, name: str) -> None:
    atlas.serve(f"GET {paths.ALERTS}", Listing([*samples.STATUS.alerts]))
    (key, last), file = PICTURES[name], DOCS / f"{name}.svg"
    async with dashboard(atlas.path, SIZE) as face:
        face.app.title = "cortexctl top"
        await face.press(key)
        await face.shows("q Quit")
        await face.shows(last)
        if os.environ.get("CORTEX_WRITE_GOLDEN"):
            await face.settle()
            file.write_text(picture_of(face))
        await face.until(lambda: picture_of(face) == file.read_text(), "the picture as it is kept")


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_asks_no_server_for_anything(name: str) -> None:
    picture = (DOCS / f"{name}.svg").read_text()
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", picture))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert "@import" not in picture


def picture_of(face: Face) -> str:
    return f"{ORIGIN}\n{offline(face.svg)}\n"


def offline(svg: str) -> str:
    """With the fonts that the reader has, instead of one from a server."""
    without_faces = re.sub(r"\s*@font-face \{[^}]*\}", "", svg)
    return re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONTS}", without_faces).strip()
