"""The changes as they look, and what is put back or stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cortexctl.tui.screens.changes import ChangesPlace
from cortexctl.tui.screens.details import Details
from probed.wire import paths
from probed.wire.change import ChangeShape
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import MEDIUM, SMALL, dashboard

STATUS = f"GET {paths.STATUS}"
ARMED = f"{paths.CHANGES}/{samples.ARMED.id}"


@pytest.fixture
def kept(atlas: StubDaemon) -> Listing[ChangeShape]:
    """What the daemon has."""
    listing = Listing([samples.ARMED, samples.change(2), samples.PUT_BACK])
    atlas.serve(f"GET {paths.CHANGES}", listing)
    return listing


def posts(daemon: StubDaemon) -> list[str]:
    return [request.path for request in daemon.requests if request.method == "POST"]


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_they_look_as_recorded(atlas: StubDaemon, kept: Listing[ChangeShape], size: tuple[int, int]) -> None:
    async with dashboard(atlas.path, size) as face:
        await face.press("8")
        await face.shows("Changes 3")
        await face.shows("q Quit")
        await face.looks_as(f"changes_{size[0]}x{size[1]}.txt")


async def test_the_card_shows_what_was_before_and_after(atlas: StubDaemon, kept: Listing[ChangeShape]) -> None:
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("8")
        await face.shows("Changes 3")
        await face.press("enter")
        for words in ("vm.swappiness: 60", "in 10 min, unless you confirm it", "Roll back  b"):
            await face.shows(words)
        await face.looks_as("change_120x40.txt")


@pytest.mark.parametrize(
    ("key", "question", "verb", "words"),
    [
        ("b", "Put this back?", "rollback", "is being rolled back: set_sysctl"),
        ("c", "Does this stay?", "confirm", "it stays: set_sysctl"),
    ],
)
async def test_it_is_put_back_or_stays_after_a_question(
    atlas: StubDaemon, kept: Listing[ChangeShape], key: str, question: str, verb: str, words: str
) -> None:
    atlas.answer(f"POST {ARMED}/{verb}", samples.ARMED)
    async with dashboard(atlas.path) as face:
        await face.press("8")
        await face.shows("Changes 3")
        await face.can(key)
        await face.press(key)
        await face.shows(question)
        await face.press("escape")
        await face.until(lambda: isinstance(face.app.screen, ChangesPlace), "the list again")
        assert posts(atlas) == []
        await face.press(key)
        await face.shows(question)
        await face.press("y")
        await face.says(words)
        assert posts(atlas) == [f"{ARMED}/{verb}"]


async def test_what_cannot_be_put_back_offers_nothing(atlas: StubDaemon, kept: Listing[ChangeShape]) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("8")
        await face.shows("Changes 3")
        await face.press("down")
        await face.cannot("b")
        await face.press("b")
        await face.says("Roll back: not for what is selected, as it is now")
        await face.press("enter")
        await face.until(lambda: isinstance(face.app.screen, Details), "the card")
        assert isinstance(face.app.screen, Details)
        assert [choice.id for choice in face.app.screen.choices] == ["leave"]
        assert posts(atlas) == []


async def test_a_viewer_sees_and_is_told_why_not(atlas: StubDaemon, kept: Listing[ChangeShape]) -> None:
    atlas.answer(STATUS, replace(samples.STATUS, role="viewer"))
    async with dashboard(atlas.path) as face:
        await face.press("8")
        await face.shows("Changes 3")
        await face.cannot("c")
        await face.press("c")
        await face.says("Confirm: needs the role admin; you are viewer")
        assert posts(atlas) == []


async def test_one_that_is_put_back_is_seen(atlas: StubDaemon, kept: Listing[ChangeShape], feed: Feed) -> None:
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("8")
        await face.shows("put back in 10 min unless confirmed")
        kept.items[0] = replace(samples.ARMED, rolled_back_at=samples.ago(), commands=[])
        feed.tell(samples.event(500, "change.rolled_back", samples.ARMED.id, 0, action="set_sysctl"))
        await face.until(lambda: "unless confirmed" not in face.text, "no longer armed")
        await face.cannot("b")
