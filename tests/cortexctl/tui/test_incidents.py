"""The incidents as they look, and their post-mortem in a file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cortexctl.tui.screens.details import Details
from probed.wire import paths
from probed.wire.incident import IncidentShape, PostmortemShape
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import MEDIUM, SMALL, dashboard

STATUS = f"GET {paths.STATUS}"
INCIDENT = f"{paths.INCIDENTS}/{samples.INCIDENT.id}"


@pytest.fixture
def kept(atlas: StubDaemon) -> Listing[IncidentShape]:
    """What the daemon has."""
    listing = Listing([samples.INCIDENT, samples.PAST_INCIDENT])
    atlas.serve(f"GET {paths.INCIDENTS}", listing)
    atlas.answer(f"GET {INCIDENT}", samples.INCIDENT_IN_FULL)
    atlas.answer(f"GET {INCIDENT}/export", PostmortemShape("# php has failed\n\nescape: \x1b[31m\n"))
    return listing


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the dashboard was started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("size", [SMALL, MEDIUM], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_they_look_as_recorded(atlas: StubDaemon, kept: Listing[IncidentShape], size: tuple[int, int]) -> None:
    async with dashboard(atlas.path, size) as face:
        await face.press("3")
        await face.shows("Incidents 2")
        await face.shows("q Quit")
        await face.looks_as(f"incidents_{size[0]}x{size[1]}.txt")


async def test_enter_shows_what_happened_when(atlas: StubDaemon, kept: Listing[IncidentShape]) -> None:
    async with dashboard(atlas.path, MEDIUM) as face:
        await face.press("3")
        await face.shows("Incidents 2")
        await face.press("enter")
        for words in ("https://atlas/ answers 502", "alert: fires (critical)", "action: verified: clean_files"):
            await face.shows(words)
        assert isinstance(face.app.screen, Details)
        await face.looks_as("incident_120x40.txt")


@pytest.mark.parametrize("role", ["viewer", "admin"])
async def test_the_post_mortem_is_written_into_a_new_file_and_never_over_another(
    atlas: StubDaemon, kept: Listing[IncidentShape], folder: Path, role: str
) -> None:
    first, second = (folder / f"incident-{samples.INCIDENT.id}{number}.md" for number in ("", "-2"))
    first.write_text("mine")
    atlas.answer(STATUS, replace(samples.STATUS, role=role))  # type: ignore[arg-type]
    async with dashboard(atlas.path) as face:
        await face.press("3")
        await face.shows("Incidents 2")
        await face.can("e")
        await face.press("e")
        await face.says(f"written: {second}")
    assert first.read_text() == "mine"
    assert second.read_text() == "# php has failed\n\nescape: \\x1b[31m\n"
    assert second.stat().st_mode & 0o777 == 0o600


async def test_from_its_card_it_is_exported_as_well(
    atlas: StubDaemon, kept: Listing[IncidentShape], folder: Path
) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("3")
        await face.shows("Incidents 2")
        await face.press("enter")
        await face.until(lambda: isinstance(face.app.screen, Details), "the card")
        await face.press("e")
        await face.says("written: ")
    assert os.listdir(folder) == [f"incident-{samples.INCIDENT.id}.md"]


async def test_a_folder_that_is_gone_is_said(atlas: StubDaemon, kept: Listing[IncidentShape], folder: Path) -> None:
    os.rmdir(folder)
    async with dashboard(atlas.path) as face:
        await face.press("3")
        await face.shows("Incidents 2")
        await face.can("e")
        await face.press("e")
        await face.says("the current folder cannot be written to")


async def test_an_incident_that_comes_is_seen_and_the_closed_ones_are_asked_for(
    atlas: StubDaemon, kept: Listing[IncidentShape], feed: Feed
) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("3")
        await face.shows("Incidents 2")
        kept.items.insert(0, replace(samples.INCIDENT, id="01m7vx5exjwi0009", title="the roof is on fire"))
        feed.tell(samples.event(500, "incident.changed", "x", 0, state="open"))
        await face.shows("the roof is on fire")
        await face.press("slash", *"closed", "enter")
        await face.shows("Incidents 1")
        await face.shows("swap is 97 % used")
        assert kept.queries[-1]["state"] == ["closed"]
