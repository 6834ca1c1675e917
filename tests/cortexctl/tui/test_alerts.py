"""The alerts as they look and as they behave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cortexctl.tui.screens.alerts import AlertsPlace
from cortexctl.tui.screens.details import Details
from probed.wire import paths
from probed.wire.alert import AlertShape
from tests.cortexctl.samples import SILENCE
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import MEDIUM, SMALL, Face, dashboard

STATUS = f"GET {paths.STATUS}"
ALERTS = f"GET {paths.ALERTS}"
PAST = samples.alert(
    4, state="resolved", summary="swap is 97 % used", starts_at=samples.ago(days=3), labels={"source": "system"}
)


@pytest.fixture
def kept(atlas: StubDaemon) -> Listing[AlertShape]:
    """What the daemon has."""
    listing = Listing([*samples.STATUS.alerts, PAST])
    atlas.serve(ALERTS, listing)
    return listing


def alerts(face: Face) -> AlertsPlace:
    screen = face.app.screen
    assert isinstance(screen, AlertsPlace)
    return screen


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_they_look_as_recorded(atlas: StubDaemon, kept: Listing[AlertShape], size: tuple[int, int]) -> None:
    async with dashboard(atlas.path, size) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        await face.shows("q Quit")
        await face.looks_as(f"alerts_{size[0]}x{size[1]}.txt")


async def test_those_of_the_past_are_a_key_away(atlas: StubDaemon, kept: Listing[AlertShape]) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        assert "swap is 97 % used" not in face.text
        await face.press("o")
        await face.shows("Alerts 4  open and past")
        await face.shows("swap is 97 % used")


async def test_what_is_about_one_thing_stands_together(atlas: StubDaemon, kept: Listing[AlertShape]) -> None:
    kept.items.append(samples.alert(5, summary="/srv is slow", labels=samples.FILLING_DISK.labels))
    async with dashboard(atlas.path) as face:
        await face.press("2", "g")
        await face.shows("disks: 2 alerts")
        await face.press("slash", *"slow", "enter")
        await face.shows("/srv is slow")
        await face.until(lambda: "services: 1 alert" not in face.text, "no empty group")


async def test_a_word_that_the_daemon_knows_is_asked_of_it(atlas: StubDaemon, kept: Listing[AlertShape]) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("2", "slash", *"resolved", "enter")
        await face.shows("swap is 97 % used")
        assert kept.queries[-1]["state"] == ["resolved"]
        await face.press("escape")
        await face.shows("Alerts 3")


async def test_the_selected_alert_is_silenced_for_a_while_with_a_reason(
    atlas: StubDaemon, kept: Listing[AlertShape]
) -> None:
    silence = f"{paths.ALERTS}/{samples.FAILED_UNIT.id}/silence"
    atlas.answer(f"POST {silence}", SILENCE)
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        await face.press("s", "backspace", "backspace", *"30m", "tab", *"new disk", "enter")
        await face.says("silenced")
        assert atlas.bodies(silence) == [{"for_s": 1800.0, "comment": "new disk"}]


async def test_a_span_that_is_none_silences_nothing(atlas: StubDaemon, kept: Listing[AlertShape]) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        await face.press("s", *"x", "enter")
        await face.shows("Not tell this for a while?")
        await face.press("escape")
        await face.shows("Alerts 3")
        assert not any(request.method == "POST" for request in atlas.requests)


async def test_details_say_what_to_type(atlas: StubDaemon, kept: Listing[AlertShape]) -> None:
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        await face.press("enter")
        await face.shows(f"cortexctl alerts ack {samples.FAILED_UNIT.id}")
        assert isinstance(face.app.screen, Details)


async def test_an_alert_that_comes_is_seen_and_the_cursor_stays_on_its_own(
    atlas: StubDaemon, kept: Listing[AlertShape], feed: Feed
) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        await face.press("down")
        assert alerts(face).rows.current == samples.FILLING_DISK

        kept.items.insert(0, samples.alert(9, severity="critical", summary="the roof is on fire"))
        feed.tell(samples.event(500, "alert.changed", "x", 0, state="firing", severity="critical"))

        await face.shows("the roof is on fire")
        assert alerts(face).rows.current == samples.FILLING_DISK


async def test_a_viewer_sees_the_orders_dim_and_is_told_why(atlas: StubDaemon, kept: Listing[AlertShape]) -> None:
    atlas.answer(STATUS, replace(samples.STATUS, role="viewer"))
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("Alerts 3")
        await face.until(lambda: not face.app.screen.active_bindings["k"].enabled, "dim")
        await face.press("k")
        await face.says("Ack: needs the role operator; you are viewer")
        await face.press("enter")
        await face.shows("needs the role operator; you are viewer")
        assert not any(request.method == "POST" for request in atlas.requests)


async def test_thousands_of_open_alerts_are_scrolled_through_by_pages(
    atlas: StubDaemon, kept: Listing[AlertShape]
) -> None:
    kept.items = [samples.alert(number, id=f"a{number:06}", summary=f"problem {number}") for number in range(3_000)]
    async with dashboard(atlas.path) as face:
        await face.press("2")
        await face.shows("problem 0")
        await face.press("end")
        await face.shows("problem 2999")
        await face.shows("Alerts 3,000")
        assert alerts(face).rows.paging.in_memory < 3_000
