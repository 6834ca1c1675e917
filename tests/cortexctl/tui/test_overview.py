"""The overview as it looks and as it behaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from cortexctl import times
from cortexctl.tui.app import Dashboard
from cortexctl.tui.screens.alerts import AlertsPlace
from cortexctl.tui.screens.approval import Approval
from cortexctl.tui.screens.details import Details
from cortexctl.tui.screens.dialog import Dialog
from cortexctl.tui.screens.help import Help
from cortexctl.tui.screens.list_place import ListPlace
from cortexctl.tui.screens.overview import Overview
from cortexctl.tui.screens.resolution import Resolution
from cortexctl.tui.widgets.alerts import Alerts
from cortexctl.tui.widgets.filter_input import FilterInput
from cortexctl.tui.widgets.rows import Rows
from probed.wire import paths
from probed.wire.report import Verdict
from tests.cortexctl.samples import CASE, INSPECTION, NOW, REPORT, RUN
from tests.cortexctl.stub_daemon import StubDaemon
from tests.cortexctl.tui import samples
from tests.cortexctl.tui.feed import Feed
from tests.cortexctl.tui.listing import Listing
from tests.cortexctl.tui.screen import LARGE, MEDIUM, SMALL, Face, dashboard

STATUS = f"GET {paths.STATUS}"


def overview(face: Face) -> Overview:
    screen = face.app.screen
    assert isinstance(screen, Overview)
    return screen


@pytest.mark.parametrize("size", [SMALL, MEDIUM, LARGE], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_it_looks_as_recorded(atlas: StubDaemon, size: tuple[int, int]) -> None:
    async with dashboard(atlas.path, size) as face:
        await face.shows("q Quit")  # the footer comes last
        await face.traced()
        await face.looks_as(f"overview_{size[0]}x{size[1]}.txt")


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (60, 15), (400, 120)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_terminal_of_any_size_is_borne(atlas: StubDaemon, size: tuple[int, int]) -> None:
    async with dashboard(atlas.path, size) as face:
        await face.press("tab", "down", "a", "escape", "enter", "escape", "z", "question_mark")
        await face.pilot.resize_terminal(80, 24)
        await face.shows("What the keys do")


@pytest.mark.parametrize(("name", "status"), [("calm", samples.CALM), ("empty", samples.EMPTY)])
async def test_a_host_without_trouble_looks_as_recorded(atlas: StubDaemon, name: str, status: object) -> None:
    atlas.answer(STATUS, status)
    async with dashboard(atlas.path) as face:
        await face.shows("q Quit")
        await face.traced()
        await face.looks_as(f"{name}_80x24.txt")


@pytest.mark.parametrize("verdict", ["ok", "warning", "critical", "unknown"])
async def test_the_verdict_is_said_in_words_and_in_its_own_colour(atlas: StubDaemon, verdict: Verdict) -> None:
    atlas.answer(STATUS, replace(samples.CALM, verdict=verdict))
    async with dashboard(atlas.path) as face:
        assert f"atlas: {verdict}" in face.text
        assert overview(face).verdict.has_class(f"-{verdict}")


async def test_what_waits_has_the_focus_at_first(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        assert face.app.focused is overview(face).decisions


async def test_text_of_the_host_is_neither_markup_nor_control_sequence(atlas: StubDaemon, feed: Feed) -> None:
    nasty = "[red]a[/] \x1b[2J\x1b]0;b\x07 \u202ec [@click=app.quit]d[/]"
    alert = samples.alert(7, summary=nasty, labels={"source": nasty}, acknowledged_by=nasty, state="acknowledged")
    decision = samples.decision(7, summary=nasty, dry_run=nasty, reason=nasty, host=nasty)
    status = replace(samples.STATUS, host=nasty, alerts=[alert], decisions=[decision], notes=[nasty], counts={})
    atlas.answer(STATUS, replace(status, recent_changes=[nasty], gauges=[replace(samples.GAUGES[0], name=nasty)]))
    feed.tell(
        samples.event(500, "daemon.notice", "daemon", 0, text=nasty), samples.event(501, nasty, nasty, 0, x=nasty)
    )
    async with dashboard(atlas.path, LARGE) as face:
        await face.shows("[red]a[/] \\x1b[2J\\x1b]0;b\\x07 \\u202ec [@click=app.quit]d[/]")
        for keys in (["a"], ["escape", "x"], ["escape", "tab", "enter"], ["escape", "d"], ["escape", "ctrl+p"]):
            await face.press(*keys)
            await face.shows("[red]a[/]")
            assert "\x1b" not in face.text
            assert "\u202e" not in face.text


async def test_an_alert_that_nobody_is_told_of_is_marked_and_says_why(atlas: StubDaemon) -> None:
    silenced = samples.alert(7, summary="/srv/data is full", not_told="silenced by 01m7vx5e")
    atlas.answer(STATUS, replace(samples.STATUS, alerts=[silenced], decisions=[], counts={}))
    async with dashboard(atlas.path, LARGE) as face:
        await face.shows("⊘ /srv/data is full")
        await face.shows("silenced by 01m7vx5e")
        await face.press("enter")
        await face.shows("not told")


async def test_five_hundred_alerts_can_be_scrolled_and_counted(atlas: StubDaemon) -> None:
    alerts = [samples.alert(number, summary=f"problem {number:03}") for number in range(500)]
    status = replace(samples.STATUS, alerts=alerts[:50], decisions=[], counts={"alerts_firing": 500})
    atlas.answer(STATUS, status)
    atlas.serve(f"GET {paths.ALERTS}", Listing(alerts))
    async with dashboard(atlas.path) as face:
        assert "Alerts 500" in face.text
        await face.press("end")
        await face.shows("problem 499")
        await face.press("pageup", "up")
        await face.until(lambda: "problem 499" not in face.text, "an earlier page")
        await face.press("home")
        await face.shows("problem 000")


async def test_the_cursor_stays_on_its_alert_when_a_worse_one_comes(atlas: StubDaemon, feed: Feed) -> None:
    async with dashboard(atlas.path) as face:
        alerts = overview(face).alerts
        alerts.focus()
        await face.press("down")
        assert alerts.current == samples.FILLING_DISK

        worse = samples.alert(9, severity="critical", summary="the roof is on fire")
        atlas.answer(STATUS, replace(samples.STATUS, alerts=[worse, *samples.STATUS.alerts]))
        feed.tell(samples.event(500, "alert.changed", worse.id, 0, state="firing", severity="critical"))

        await face.shows("the roof is on fire")
        assert alerts.current == samples.FILLING_DISK


async def test_ages_go_on_while_nothing_happens(atlas: StubDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard(atlas.path, MEDIUM) as face:
        assert "54 min left" in face.text
        monkeypatch.setattr(times, "now", lambda: NOW + timedelta(minutes=10))
        for words in ("44 min left", "16 min php8.2-fpm.service", "due"):
            await face.shows(words)


async def test_keys_for_which_there_is_nothing_to_do_are_dimmed(atlas: StubDaemon) -> None:
    atlas.answer(STATUS, samples.CALM)
    async with dashboard(atlas.path) as face:
        enabled = {name: active.enabled for name, active in face.app.screen.active_bindings.items()}
        assert not enabled["a"]
        assert not enabled["k"]
        assert enabled["r"]
        await face.press("a", "x", "k", "d")
        assert isinstance(face.app.screen, Overview)


async def test_one_list_fills_the_screen_and_goes_back(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("tab", "z")
        await face.until(lambda: "Numbers" not in face.text, "one list only")
        await face.shows("full in about 9 days")
        await face.press("escape")
        await face.shows("Numbers")


@pytest.mark.parametrize("key", ["enter", "click"])
async def test_the_selected_row_tells_everything(atlas: StubDaemon, key: str) -> None:
    async with dashboard(atlas.path, MEDIUM) as face:
        if key == "enter":
            await face.press("tab", "enter")
        else:
            await face.pilot.click(Alerts, offset=(12, 1), times=2)
        await face.shows("https://wiki.example.org/php")
        await face.press("escape")
        assert isinstance(face.app.screen, Overview)


async def test_details_hold_the_evidence_of_the_case(atlas: StubDaemon) -> None:
    atlas.answer(f"GET {paths.CASES}/{samples.RESTART_PHP.case_id}", CASE)
    async with dashboard(atlas.path, LARGE) as face:
        await face.press("enter")
        await face.shows("bind() to 0.0.0.0:80 failed")


async def test_details_of_an_inspection_hold_its_document_and_findings(atlas: StubDaemon) -> None:
    atlas.answer(f"GET {paths.RUNS}/{samples.SOURCES[2].run_id}", RUN)
    atlas.answer(f"GET {paths.REPORTS}/{REPORT.id}", REPORT)
    atlas.answer(f"GET {paths.INSPECTIONS}/containers", INSPECTION)
    async with dashboard(atlas.path, LARGE) as face:
        overview(face).inspections.focus()
        await face.press("enter")
        await face.shows("critical: /data is 96 % full")
        await face.shows("Look at what grows.")


async def test_details_that_cannot_be_read_say_why(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path, LARGE) as face:
        overview(face).inspections.focus()
        await face.press("enter")
        await face.shows("there is no such thing")


@pytest.mark.parametrize("name", ["gauges", "events", "notes", "changes"])
async def test_every_list_has_details(atlas: StubDaemon, name: str) -> None:
    async with dashboard(atlas.path, LARGE) as face:
        rows = getattr(overview(face), name)
        rows.focus()
        await face.press("enter")
        await face.shows("Close  Esc")


async def test_the_help_names_every_key_of_the_overview(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("question_mark")
        for words in (
            "Approve",
            "Reject",
            "I look after the selected alert",
            "Run the selected inspection now",
            "Leave; the daemon goes on",
        ):
            await face.shows(words)
        await face.press("question_mark")
        assert isinstance(face.app.screen, Overview)


@pytest.mark.parametrize(
    "kind",
    [Dashboard, Overview, ListPlace, AlertsPlace, Rows, FilterInput, Dialog, Approval, Resolution, Details, Help],
)
def test_every_binding_has_an_id_a_description_and_a_tooltip(kind: type[DOMNode]) -> None:
    for binding in kind.__dict__["BINDINGS"]:
        assert isinstance(binding, Binding)
        assert binding.id, binding
        assert binding.description, binding
        assert binding.tooltip, binding


async def test_a_key_can_be_another_one(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        face.app.set_keymap({"decision.approve": "f5"})
        await face.press("f5")
        await face.shows("Approve exactly this, once?")


async def test_every_theme_can_be_chosen(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        for name in face.app.available_themes:
            face.app.theme = name
            await face.shows("atlas: critical")


async def test_q_leaves(atlas: StubDaemon) -> None:
    async with dashboard(atlas.path) as face:
        await face.press("q")
        await face.until(lambda: not face.app.is_running, "the end")
