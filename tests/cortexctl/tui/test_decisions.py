"""The decisions as they look and as they behave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cortexctl.tui.screens.approval import Approval
from cortexctl.tui.screens.decisions import DecisionsPlace
from cortexctl.tui.screens.details import Details
from probed.wire import paths
from probed.wire.decision import DecisionShape
from tests.cortexctl.samples import CASE
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import MEDIUM, SMALL, Face, dashboard

STATUS = f"GET {paths.STATUS}"
DECISIONS = f"GET {paths.DECISIONS}"
PHP = f"{paths.DECISIONS}/{samples.RESTART_PHP.id}"


@pytest.fixture
def kept(atlas: StubDaemon) -> Listing[DecisionShape]:
    """What the daemon has: what waits longest is not what is worst."""
    listing = Listing([samples.CLEAN_CACHE, samples.RENEWED, samples.RESTART_PHP, samples.TURNED_DOWN, samples.EXPIRED])
    atlas.serve(DECISIONS, listing)
    return listing


def decisions(face: Face) -> DecisionsPlace:
    screen = face.app.screen
    assert isinstance(screen, DecisionsPlace)
    return screen


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_they_look_as_recorded(atlas: StubDaemon, kept: Listing[DecisionShape], size: tuple[int, int]) -> None:
    async with dashboard(atlas.path, size) as face:
        await face.press("4")
        await face.shows("Decisions 5")
        await face.shows("q Quit")
        await face.looks_as(f"decisions_{size[0]}x{size[1]}.txt")


async def test_the_card_says_what_would_be_done_why_until_when_and_upon_what_it_rests(
    atlas: StubDaemon, kept: Listing[DecisionShape]
) -> None:
    kept.items[2] = replace(samples.RESTART_PHP, revert_after_s=900.0)
    atlas.answer(f"GET {paths.CASES}/{samples.RESTART_PHP.case_id}", CASE)
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("4")
        await face.shows("Decisions 5")
        await face.press("enter")
        for words in (
            "systemctl restart php8.2-fpm.service",
            "restart_unit unit='php8.2-fpm.service'",
            "the document asks before restart_unit",
            "in 54 min",
            "15 min after it began, unless somebody confirms it",
            "active_state: failed",
            "bind() to 0.0.0.0:80 failed",
            "Approve  a",
        ):
            await face.shows(words)
        await face.looks_as("decision_120x40.txt")


async def test_the_card_of_a_decided_one_says_who_decided_and_offers_nothing(
    atlas: StubDaemon, kept: Listing[DecisionShape]
) -> None:
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("4", "slash", *"rejected", "enter")
        await face.shows("Decisions 1")
        await face.press("enter")
        for words in ("rejected", "root, 5 d ago", "not during the backup"):
            await face.shows(words)
        assert isinstance(face.app.screen, Details)
        assert [choice.id for choice in face.app.screen.choices] == ["leave"]
        assert "expires" not in face.text


async def test_approving_asks_first_and_sends_the_hash_that_was_shown(
    atlas: StubDaemon, kept: Listing[DecisionShape]
) -> None:
    atlas.answer(f"POST {PHP}/approve", replace(samples.RESTART_PHP, state="approved"))
    async with dashboard(atlas.path) as face:
        await face.press("4")
        await face.shows("Decisions 5")
        await face.can("a")
        await face.press("a")
        await face.shows("Approve exactly this, once?")
        assert not any(request.method == "POST" for request in atlas.requests)
        await face.press("y")
        await face.says("approved: restart_unit unit='php8.2-fpm.service'")
        assert atlas.bodies(f"{PHP}/approve") == [{"hash": samples.HASH}]


async def test_rejecting_from_the_card_keeps_the_note(atlas: StubDaemon, kept: Listing[DecisionShape]) -> None:
    atlas.answer(f"POST {PHP}/reject", replace(samples.RESTART_PHP, state="rejected"))
    async with dashboard(atlas.path) as face:
        await face.press("4")
        await face.shows("Decisions 5")
        await face.press("enter")
        await face.until(lambda: isinstance(face.app.screen, Details), "the card")
        await face.press("x")
        await face.shows("Reject this?")
        await face.press(*"later", "enter")
        await face.says("rejected")
        assert atlas.bodies(f"{PHP}/reject") == [{"note": "later"}]


async def test_what_is_decided_leaves_the_waiting_ones_and_stays_in_sight(
    atlas: StubDaemon, kept: Listing[DecisionShape], feed: Feed
) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("4")
        await face.shows("Decisions 5")
        assert decisions(face).rows.current == samples.RESTART_PHP

        kept.items[2] = replace(samples.RESTART_PHP, state="executing", decided_by="root", decided_at=samples.ago())
        feed.tell(
            samples.event(500, "decision.changed", samples.RESTART_PHP.id, 0, state="executing", action="restart")
        )

        await face.shows("executing")
        assert [item.state for item in decisions(face).rows.paging.loaded()] == [
            "waiting",
            "verified",
            "executing",
            "rejected",
            "expired",
        ]
        await face.cannot("a")


async def test_a_viewer_sees_and_is_told_why_not(atlas: StubDaemon, kept: Listing[DecisionShape]) -> None:
    atlas.answer(STATUS, replace(samples.STATUS, role="viewer"))
    async with dashboard(atlas.path) as face:
        await face.press("4")
        await face.shows("Decisions 5")
        await face.cannot("a")
        await face.press("a")
        await face.says("Approve: needs the role admin; you are viewer")
        await face.press("x")
        await face.says("Reject: needs the role operator; you are viewer")
        assert not any(request.method == "POST" for request in atlas.requests)


async def test_one_of_very_many_can_be_approved_that_the_status_does_not_name(
    atlas: StubDaemon, kept: Listing[DecisionShape]
) -> None:
    other = samples.decision(9, severity="critical", expires_at=samples.ahead(minutes=1))
    kept.items = [other, *kept.items]
    atlas.answer(STATUS, replace(samples.STATUS, counts={**samples.STATUS.counts, "decisions_waiting": 3}))
    atlas.answer(f"POST {paths.DECISIONS}/{other.id}/approve", replace(other, state="approved"))
    async with dashboard(atlas.path) as face:
        await face.press("4")
        await face.shows("Decisions 6")
        await face.can("a")
        await face.press("a")
        await face.until(lambda: isinstance(face.app.screen, Approval), "the question")
        await face.press("y")
        await face.says("approved")


async def test_the_past_is_scrolled_through_by_pages(atlas: StubDaemon, kept: Listing[DecisionShape]) -> None:
    kept.items += [samples.decision(n, id=f"d{n:06}", state="rejected") for n in range(1_000)]
    async with dashboard(atlas.path) as face:
        await face.press("4")
        await face.shows("php8.2-fpm.service")
        await face.press("end")
        await face.shows("Decisions 1,005")
