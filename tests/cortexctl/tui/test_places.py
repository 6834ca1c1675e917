"""How one goes from place to place, and what a place costs that nobody sees."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cortexctl.tui.place import PLACES
from cortexctl.tui.screens.alerts import AlertsPlace
from cortexctl.tui.screens.overview import Overview
from cortexctl.tui.widgets.bar import Bar, window
from probed.wire import paths
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import dashboard

ALERTS = f"GET {paths.ALERTS}"


@pytest.fixture
def asked(atlas: StubDaemon) -> Listing[object]:
    listing: Listing[object] = Listing([*samples.STATUS.alerts])
    atlas.serve(ALERTS, listing)
    return listing


async def test_a_key_goes_to_a_place_and_back(atlas: StubDaemon, asked: Listing[object]) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        await face.press("1")
        await face.shows("Waits for you")


async def test_the_bar_is_for_the_mouse(atlas: StubDaemon, asked: Listing[object]) -> None:
    async with dashboard(atlas.path) as face:
        await face.pilot.click(Bar, offset=(18, 0))
        await face.shows("Alerts 3")
        assert isinstance(face.app.screen, AlertsPlace)


async def test_the_palette_goes_there_by_name(atlas: StubDaemon, asked: Listing[object]) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("ctrl+p", *"go to alerts")
        await face.shows("Go to Alerts")
        await face.press("enter")
        await face.shows("Alerts 3")


async def test_what_is_not_seen_asks_nothing_and_is_renewed_when_it_is(
    atlas: StubDaemon, asked: Listing[object], feed: Feed
) -> None:
    async with dashboard(atlas.path) as face:
        assert asked.queries == []
        await face.press("2")
        await face.shows("Alerts 3")
        await face.press("1")
        await face.until(lambda: isinstance(face.app.screen, Overview), "the overview")
        number = len(asked.queries)

        asked.items.insert(0, samples.alert(9, severity="critical", summary="the roof is on fire"))
        feed.tell(samples.event(500, "alert.changed", "x", 0, state="firing", summary="fire"))
        await face.shows("alert firing: fire")
        assert len(asked.queries) == number

        await face.press("2")
        await face.shows("Alerts 4")


async def test_the_help_names_the_keys_of_the_place_and_the_places(atlas: StubDaemon, asked: Listing[object]) -> None:
    async with dashboard(atlas.path, (100, 50)) as face:
        await face.press("2", "question_mark")
        for words in ("Alerts: keys", "Silence", "What is about one thing together", "The host on one screen"):
            await face.shows(words)


async def test_a_list_that_could_not_be_read_says_why_and_is_read_when_it_can_be(atlas: StubDaemon) -> None:
    atlas.refuse(ALERTS, 503, "unavailable", "the monitor is busy")  # type: ignore[arg-type]
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("the monitor is busy")
        atlas.serve(ALERTS, Listing([*samples.STATUS.alerts]))
        await face.shows("Alerts 3")


def test_no_place_is_loaded_before_it_is_shown() -> None:
    code = """
import sys
import cortexctl.tui.app
from cortexctl.tui.place import PLACES
assert not [place.id for place in PLACES if f"cortexctl.tui.screens.{place.screen.split(':')[0]}" in sys.modules]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_every_place_has_a_key_of_its_own_and_says_what_there_is() -> None:
    assert len({place.key for place in PLACES}) == len({place.id for place in PLACES}) == len(PLACES)
    assert all(place.what for place in PLACES)


@pytest.mark.parametrize(
    ("here", "room", "shown"), [(0, 100, (0, 5)), (0, 30, (0, 2)), (2, 30, (1, 3)), (4, 30, (3, 5)), (2, 1, (2, 3))]
)
def test_the_bar_shows_what_fits_and_where_one_is(here: int, room: int, shown: tuple[int, int]) -> None:
    assert window([12] * 5, here, room) == shown
