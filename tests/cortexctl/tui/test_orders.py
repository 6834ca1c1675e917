"""What a person orders from the dashboard, and what the daemon is sent."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
from textual.widgets import Button

from cortexctl.tui.screens.approval import Approval
from cortexctl.tui.screens.overview import Overview
from probed.wire import paths
from probed.wire.problem import ProblemCode
from tests.cortexctl.samples import CASE, PENDING
from tests.cortexctl.stub_daemon import StubDaemon, hang
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.screen import LARGE, MEDIUM, dashboard

STATUS = f"GET {paths.STATUS}"
DECISION = f"{paths.DECISIONS}/{samples.RESTART_PHP.id}"
ALERT = f"{paths.ALERTS}/{samples.FAILED_UNIT.id}"
APPROVED = replace(samples.RESTART_PHP, state="approved", decided_by="root")


def posts(daemon: StubDaemon) -> list[str]:
    return [request.path for request in daemon.requests if request.method == "POST"]


async def test_the_approval_looks_as_recorded(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        await face.traced()
        await face.press("a")
        await face.shows(samples.RESTART_PHP.hash[:40])
        await face.looks_as("approval_80x24.txt")


async def test_the_approval_shows_the_evidence_of_its_case(atlas: StubDaemon) -> None:
    atlas.answer(f"GET {paths.CASES}/{samples.RESTART_PHP.case_id}", CASE)
    async with dashboard(atlas.path, LARGE) as face:
        await face.press("a")
        await face.shows("bind() to 0.0.0.0:80 failed")
        assert isinstance(face.app.screen, Approval)


async def test_what_is_read_while_it_ends_is_shown_nowhere(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("a")
        await face.shows("Approve exactly this, once?")

        face.app._running = False  # as Textual does first, before it takes the screens apart
        await face.app.screen.query_one("#gone").remove()
        face.app.watch_snapshot(face.app.snapshot)
        face.app._running = True


async def test_approving_sends_the_hash_that_was_shown(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {DECISION}/approve", APPROVED)
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("a")
        for words in ("systemctl restart php8.2-fpm.service", samples.HASH, "the document asks before restart_unit"):
            await face.shows(words)
        assert posts(atlas) == []

        await face.press("y")

        await face.says("approved: restart_unit unit='php8.2-fpm.service'")
        assert atlas.bodies(f"{DECISION}/approve") == [{"hash": samples.HASH}]


@pytest.mark.parametrize("keys", [["escape"], ["enter"], ["right", "right", "enter"]])
async def test_only_a_clear_yes_approves(atlas: StubDaemon, keys: list[str]) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("a", *keys)
        await face.until(lambda: isinstance(face.app.screen, Overview), "the overview")
        assert posts(atlas) == []


@pytest.mark.parametrize(
    ("approval", "words"),
    [
        ("typed", "by one person, who types the object's name"),
        ("two_typed", "by two different persons, each of whom types the object's name"),
    ],
)
async def test_a_typed_approval_wants_the_name_of_the_object(
    atlas: StubDaemon, approval: Literal["typed", "two_typed"], words: str
) -> None:
    typed = replace(samples.RESTART_PHP, approval=approval, object="web")
    atlas.answer(STATUS, replace(samples.STATUS, decisions=[typed]))
    atlas.answer(f"POST {DECISION}/approve", APPROVED)
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("a")
        await face.shows(words)
        await face.shows("type web to approve")
        await face.press("w", "e", "enter")
        assert isinstance(face.app.screen, Approval)
        assert posts(atlas) == []

        await face.press("b", "enter")

        await face.says("approved")
        assert atlas.bodies(f"{DECISION}/approve") == [{"hash": samples.HASH, "confirmation": "web"}]


async def test_the_first_of_two_approvals_says_that_another_is_missing(atlas: StubDaemon) -> None:
    two = replace(samples.RESTART_PHP, approval="two")
    atlas.answer(STATUS, replace(samples.STATUS, decisions=[two]))
    atlas.answer(f"POST {DECISION}/approve", replace(two, approvals=["ann"]))
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("a")
        await face.shows("by two different persons")
        await face.press("y")
        await face.says("it waits for a second person")


async def test_a_button_approves_as_well(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {DECISION}/approve", APPROVED)
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("a")
        await face.shows(samples.HASH)
        await face.pilot.click("#approve")
        await face.says("approved")


async def test_what_became_of_an_approved_action_is_told(atlas: StubDaemon, feed: Feed) -> None:
    atlas.answer(f"POST {DECISION}/approve", APPROVED)
    async with dashboard(atlas.path) as face:
        await face.press("a", "y")
        await face.says("approved")
        atlas.answer(STATUS, replace(samples.STATUS, decisions=[samples.CLEAN_CACHE]))
        feed.tell(samples.event(500, "decision.changed", samples.RESTART_PHP.id, 0, state="failed", action="restart"))
        await face.says("decision failed: restart")


async def test_what_no_longer_waits_cannot_be_approved(atlas: StubDaemon, feed: Feed) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("a")
        await face.shows("Approve exactly this, once?")
        changed = replace(samples.RESTART_PHP, hash="another")
        atlas.answer(STATUS, replace(samples.STATUS, decisions=[changed]))
        feed.tell(samples.event(500, "decision.changed", samples.RESTART_PHP.id, 0, state="expired"))

        await face.shows("nothing can be approved.")
        await face.shows("Not now")
        await face.press("y")

        assert isinstance(face.app.screen, Approval)
        assert face.app.screen.query_one("#approve", Button).disabled
        assert posts(atlas) == []


async def test_rejecting_sends_the_note(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {DECISION}/reject", replace(samples.RESTART_PHP, state="rejected"))
    async with dashboard(atlas.path) as face:
        await face.press("x", *"not now", "enter")
        await face.says("rejected: restart_unit unit='php8.2-fpm.service'")
        assert atlas.bodies(f"{DECISION}/reject") == [{"note": "not now"}]


async def test_keys_typed_into_the_note_are_no_orders(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("x", *"akxrq", "escape")
        await face.until(lambda: isinstance(face.app.screen, Overview), "the overview")
        assert posts(atlas) == []


async def test_acknowledging_asks_no_question(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {ALERT}/ack", replace(samples.FAILED_UNIT, state="acknowledged"))
    async with dashboard(atlas.path) as face:
        await face.press("k")
        await face.says("acknowledged: php8.2-fpm.service has failed: exit code 78")
        assert posts(atlas) == [f"{ALERT}/ack"]


async def test_resolving_asks_first(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {ALERT}/resolve", replace(samples.FAILED_UNIT, state="resolved"))
    async with dashboard(atlas.path) as face:
        await face.press("d", "enter")
        assert posts(atlas) == []
        await face.press("d", "y")
        await face.says("resolved: php8.2-fpm.service")
        assert posts(atlas) == [f"{ALERT}/resolve"]


async def test_the_selected_inspection_runs_now(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {paths.INSPECTIONS}/services/run", PENDING)
    async with dashboard(atlas.path) as face:
        overview = face.app.screen
        assert isinstance(overview, Overview)
        overview.inspections.focus()
        await face.press("down", "r")
        await face.says("runs now: services")


async def test_what_is_only_handed_in_cannot_be_run(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        overview = face.app.screen
        assert isinstance(overview, Overview)
        overview.inspections.focus()
        await face.press("end", "r")
        assert overview.inspections.current is not None
        assert overview.inspections.current.name == "backup"
        assert not face.app.screen.active_bindings["r"].enabled
        assert posts(atlas) == []


async def test_a_card_offers_what_can_be_done_with_it(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {ALERT}/ack", replace(samples.FAILED_UNIT, state="acknowledged"))
    async with dashboard(atlas.path) as face:
        await face.press("tab", "enter", "a")  # an alert is not approved
        await face.press("k")
        await face.says("acknowledged")
        assert posts(atlas) == [f"{ALERT}/ack"]


async def test_the_palette_names_what_can_be_done_now(atlas: StubDaemon) -> None:
    atlas.answer(f"POST {paths.INSPECTIONS}/disks/run", PENDING)
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("ctrl+p")
        await face.shows("Approve: restart_unit unit='php8.2-fpm.service'")
        await face.press(*"run disks")
        await face.until(lambda: "Approve:" not in face.text and "Run: disks" in face.text, "the one command")
        await face.press("enter", "enter")
        await face.says("runs now: disks")


@pytest.mark.parametrize("key", ["a", "k"])
async def test_who_may_not_is_told_why(atlas: StubDaemon, key: str) -> None:
    for target in (f"POST {DECISION}/approve", f"POST {ALERT}/ack"):
        atlas.refuse(target, 403, ProblemCode.FORBIDDEN, "only administrators may do this: the group cortex-admin")
    async with dashboard(atlas.path) as face:
        await face.press(key, "y")
        await face.says("only administrators may do this: the group cortex-admin")
        assert isinstance(face.app.screen, Overview)


async def test_keys_are_heard_while_the_daemon_does_not_answer(atlas: StubDaemon) -> None:
    atlas.misbehave(f"POST {ALERT}/ack", hang)
    async with dashboard(atlas.path) as face:
        await face.press("k", "question_mark")
        await face.shows("What the keys do")
        await face.press("escape", "a")
        await face.shows("Approve exactly this, once?")
