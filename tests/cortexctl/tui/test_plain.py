"""`--plain`: what a screen reader is given."""

from __future__ import annotations

import re

import pytest

from probed.wire import paths
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import SMALL, dashboard

DRAWN = re.compile("[\u2190-\u21ff\u2200-\u22ff\u2500-\u25ff\u2700-\u27bf\u2800-\u28ff·›‹]")
"""Arrows, mathematics, boxes, blocks, shapes, dingbats, braille."""


@pytest.mark.parametrize(("key", "name"), [("1", "overview"), ("2", "alerts")])
async def test_it_looks_as_recorded_and_draws_nothing(atlas: StubDaemon, key: str, name: str) -> None:
    atlas.serve(f"GET {paths.ALERTS}", Listing([*samples.STATUS.alerts]))
    async with dashboard(atlas.path, SMALL, is_plain=True) as face:
        await face.press(key)
        await face.shows("q Quit")
        await face.shows("acknowledged: certificate")
        await face.looks_as(f"{name}_plain_80x24.txt")
        assert not DRAWN.findall(face.text)


async def test_the_terminals_cursor_leads_the_reader_to_the_row(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path, SMALL, is_plain=True) as face:
        await face.press("tab", "down")
        row = face.app.cursor_position.y
        assert face.text.splitlines()[row].startswith(">warning")
        assert "/srv/data is 87 % full" in face.text.splitlines()[row]


@pytest.mark.parametrize("key", ["a", "question_mark", "enter", "s"])
async def test_no_dialog_draws_anything(atlas: StubDaemon, key: str) -> None:
    async with dashboard(atlas.path, SMALL, is_plain=True) as face:
        await face.press("tab", key)
        await face.pilot.pause()
        assert not DRAWN.findall(face.text.replace("↑ ↓", ""))
