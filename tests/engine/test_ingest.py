from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from probed.core.event import StreamEvent
from probed.core.inspection import BrokenDocument
from probed.engine import ingest
from probed.errors import InvalidReport, Overloaded
from probed.monitor.runs import RunRepository
from probed.ports import Actor, ReportDraft
from probed.testing import ScriptedCheck
from tests.engine.scenario import ANN, Host, scenario, with_actions

BOB = Actor("uid:1001 bob", pid=7)


def draft(source: str) -> ReportDraft:
    return ReportDraft(source, "ok", "fine", ())


async def submit(host: Host, source: str, by: Actor = ANN) -> None:
    await host.engine.operator.submit(draft(source), by)


async def test_a_submitted_report_tells_who_handed_it_in(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        heard: list[StreamEvent] = []
        host.monitor.subscribe(heard.append)

        report = await host.engine.operator.submit(draft("backup"), BOB)

        assert (await host.monitor.run(report.run_id)).by == "uid:1001 bob"
        assert [event.data["by"] for event in heard if event.type == "run.ended"] == ["uid:1001 bob"]


async def test_beyond_the_bound_who_hands_in_is_refused_and_the_others_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "MOST_WAITING", 3)
    async with scenario(tmp_path) as host:
        async with host.monitor.transaction():  # nobody else can write meanwhile
            submitted = [asyncio.create_task(submit(host, f"source-{number}")) for number in range(5)]
            await asyncio.sleep(0.05)
            refused = [task for task in submitted if task.done()]
        said = await asyncio.gather(*submitted, return_exceptions=True)

        assert len(refused) == 2
        assert {str(each) for each in said if each} == {str(Overloaded())}
        assert "try again in a moment" in str(Overloaded())
        assert len((await host.monitor.reports(10)).items) == 3


async def test_nobody_speaks_for_an_inspection_whose_document_is_broken(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.catalogue.broken = [BrokenDocument("/etc/cortex/inspections/1.md", 3, "unknown check", "disks")]

        with pytest.raises(InvalidReport, match="source: 'disks' is an inspection"):
            await submit(host, "disks")


async def test_nobody_speaks_for_an_inspection_that_is_gone(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])
        await host.run("services")
        host.catalogue.entries = {}

        with pytest.raises(InvalidReport, match="source: 'services' was an inspection"):
            await submit(host, "services")
        await host.reboot()
        with pytest.raises(InvalidReport, match="source: 'services' was an inspection"):
            await submit(host, "services")


async def test_a_submitter_whose_name_an_inspection_took_cannot_have_it_back(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        await submit(host, "services")
        host.document(with_actions(), [ScriptedCheck("systemd_unit")])
        await host.run("services")
        with pytest.raises(InvalidReport, match="is an inspection"):
            await submit(host, "services")
        host.catalogue.entries = {}

        with pytest.raises(InvalidReport, match="was an inspection"):
            await submit(host, "services")


async def test_a_document_that_has_never_run_leaves_its_name(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        host.document(replace(with_actions(), id="backup"))
        host.catalogue.entries = {}

        await submit(host, "backup")


async def test_under_ever_new_names_nobody_reports_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "MOST_SOURCES", 3)
    async with scenario(tmp_path) as host:
        for source in ("a", "b", "c", "a"):
            await submit(host, source)

        with pytest.raises(InvalidReport, match=r"source: 3 have reported, .* use one name again and again"):
            await submit(host, "d")
        await submit(host, "b")

        assert [report.source for report in await host.monitor.latest_reports()] == ["a", "b", "c"]


async def test_a_name_is_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up = []

    async def has_run(runs: RunRepository, inspection: str) -> bool:
        looked_up.append(inspection)
        return False

    monkeypatch.setattr(RunRepository, "has_run", has_run)
    monkeypatch.setattr(ingest, "MOST_SUBMITTERS", 2)
    async with scenario(tmp_path) as host:
        for source in ("a", "a", "b", "a", "b", "c", "a"):
            await submit(host, source)

    assert looked_up == ["a", "b", "c", "a"]
