from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probed.core.alert import AlertState
from probed.core.decision import DecisionState
from probed.core.finding import Finding, Severity
from probed.core.run import RunState
from probed.errors import Conflict, NotFound, ParameterError
from probed.monitor.pages import MOST_BYTES, PIECE
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Page
from tests.factories import NOW, HandClock, make_alert, make_decision, make_finding, make_run, new_id
from tests.monitor.filling import add_case, add_report, resolve

T = TypeVar("T")


async def walk(page: Callable[[str | None], Awaitable[Page[T]]]) -> list[T]:
    items: list[T] = []
    before: str | None = None
    while True:
        answer = await page(before)
        items += answer.items
        if answer.next is None:
            return items
        before = answer.next


async def save_runs(monitor: SqliteMonitor, *ids: str) -> None:
    async with monitor.transaction() as tx:
        for run_id in ids:
            await tx.runs.save(make_run(id=run_id))


async def test_pages_are_newest_first_and_the_last_one_has_no_key(monitor: SqliteMonitor) -> None:
    await save_runs(monitor, "a", "b", "c", "d")

    first = await monitor.runs(2)
    second = await monitor.runs(2, first.next)

    assert [run.id for run in first.items] == ["d", "c"]
    assert [run.id for run in second.items] == ["b", "a"]
    assert (first.next, second.next) == ("c", None)


async def test_newest_is_what_was_stored_last_even_if_the_clock_was_set_back(monitor: SqliteMonitor) -> None:
    earlier, later = new_id(NOW - timedelta(hours=1)), new_id(NOW)
    await save_runs(monitor, later, earlier)

    assert [run.id for run in await walk(lambda before: monitor.runs(1, before))] == [earlier, later]


async def test_an_empty_list_is_one_empty_page(monitor: SqliteMonitor) -> None:
    assert await monitor.runs(10) == Page([], None)


@pytest.mark.parametrize("count", [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1])
@pytest.mark.parametrize("limit", [PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
async def test_a_page_of_several_pieces_is_like_any_other(monitor: SqliteMonitor, count: int, limit: int) -> None:
    ids = [new_id() for _ in range(count)]
    await save_runs(monitor, *ids)

    first = await monitor.runs(limit)

    assert [run.id for run in first.items] == ids[::-1][:limit]
    assert [run.id for run in await walk(lambda before: monitor.runs(limit, before))] == ids[::-1]


def of_size(size_bytes: int, number: int = 0) -> Finding:
    return make_finding(object=str(number), evidence={"log": "x" * size_bytes})


async def test_a_page_of_large_findings_ends_early_and_goes_on(monitor: SqliteMonitor) -> None:
    for _ in range(3):
        await add_report(monitor, findings=[of_size(MOST_BYTES // 30, number) for number in range(20)])

    first = await monitor.findings(500)

    assert len(first.items) == 29
    assert first.next == str(first.items[-1].id)
    assert [found.id for found in await walk(lambda before: monitor.findings(500, before))] == list(range(60, 0, -1))


async def test_a_page_of_large_reports_ends_early_and_goes_on(monitor: SqliteMonitor) -> None:
    stored = [await add_report(monitor, findings=(of_size(MOST_BYTES // 6),)) for _ in range(14)]

    first = await monitor.reports(500)

    assert first.items == stored[::-1][:5]
    assert await walk(lambda before: monitor.reports(500, before)) == stored[::-1]


async def test_what_is_larger_than_a_page_is_a_page(monitor: SqliteMonitor) -> None:
    stored = [await add_report(monitor, findings=(of_size(MOST_BYTES + 1),)) for _ in range(2)]

    assert [len((await monitor.findings(9, before)).items) for before in (None, "2")] == [1, 1]
    assert await walk(lambda before: monitor.reports(9, before)) == stored[::-1]
    assert await monitor.report(stored[0].id) == stored[0]


async def test_a_page_goes_on_where_its_key_was_removed(monitor: SqliteMonitor) -> None:
    await save_runs(monitor, "a", "b", "d")

    assert [run.id for run in (await monitor.runs(10, before="c")).items] == ["b", "a"]
    assert [run.id for run in (await monitor.runs(10, before="0")).items] == []


@settings(max_examples=15, deadline=None)
@given(sizes=st.lists(st.integers(0, 5), min_size=1, max_size=5), limit=st.integers(1, 4))
async def test_paging_is_complete_and_without_duplicates_while_rows_are_added(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], limit: int
) -> None:
    monitor = await open_monitor(tmp_path_factory.mktemp("pages") / "monitor.db", HandClock())
    before_the_walk = [new_id() for _ in range(7)]
    await save_runs(monitor, *before_the_walk)
    added = iter(sizes)

    async def page(before: str | None) -> Page[str]:
        answer = await monitor.runs(limit, before)
        await save_runs(monitor, *(new_id() for _ in range(next(added, 0))))
        return Page([run.id for run in answer.items], answer.next)

    assert await walk(page) == before_the_walk[::-1]
    await monitor.close()


async def test_runs_by_inspection_and_state(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        for inspection in ("disks", "services"):
            for state in (RunState.OK, RunState.FAILED, RunState.OK):
                await tx.runs.save(make_run(inspection=inspection, state=state))

    found = await walk(lambda before: monitor.runs(1, before, inspection="disks", state="ok"))

    assert [(run.inspection, run.state) for run in found] == [("disks", RunState.OK)] * 2
    assert len((await monitor.runs(10, inspection="services")).items) == 3
    assert len((await monitor.runs(10, state="failed")).items) == 2


async def test_reports_by_source_come_with_their_own_findings(monitor: SqliteMonitor) -> None:
    reports = [
        await add_report(monitor, source, findings=tuple(make_finding(object=f"{n}-{k}") for k in range(n)))
        for n, source in enumerate(["disks", "services", "disks", "disks"])
    ]

    assert await walk(lambda before: monitor.reports(2, before)) == reports[::-1]
    assert await walk(lambda before: monitor.reports(1, before, source="disks")) == [reports[3], reports[2], reports[0]]


async def test_findings_by_source_and_severity_page_by_number(monitor: SqliteMonitor) -> None:
    for source in ("disks", "services"):
        both = (make_finding(object="/a"), make_finding(object="/b", severity=Severity.CRITICAL))
        report = await add_report(monitor, source, findings=both)

    found = await walk(lambda before: monitor.findings(1, before))

    assert [(item.source, item.finding.object) for item in found] == [
        ("services", "/b"), ("services", "/a"), ("disks", "/b"), ("disks", "/a")
    ]  # fmt: skip
    assert (found[0].report_id, found[0].at, found[0].finding) == (report.id, NOW, report.findings[1])
    critical = await monitor.findings(10, source="disks", severity="critical")
    assert [item.finding.object for item in critical.items] == ["/b"]


async def test_a_key_that_is_no_number_is_refused_by_name(monitor: SqliteMonitor) -> None:
    with pytest.raises(ParameterError, match="before"):
        await monitor.findings(10, before="abc")
    with pytest.raises(ParameterError, match="before"):
        await monitor.intents(10, before="9" * 30)


async def test_cases_are_all_or_the_open_ones(monitor: SqliteMonitor) -> None:
    cases = [await add_case(monitor, object=f"/{number}") for number in range(4)]
    cases[1] = await resolve(monitor, cases[1])

    assert await walk(lambda before: monitor.cases(1, before)) == cases[::-1]
    assert await walk(lambda before: monitor.cases(1, before, open_only=True)) == [cases[3], cases[2], cases[0]]


async def test_alerts_and_decisions_by_state(monitor: SqliteMonitor) -> None:
    alerts, decisions = [], []
    for number, alert_state in enumerate(AlertState):
        case = await add_case(monitor, object=f"/{number}")
        alerts.append(make_alert(case, state=alert_state))
        decisions.append(make_decision(case, state=list(DecisionState)[number + 2]))
    async with monitor.transaction() as tx:
        for alert in alerts:
            await tx.alerts.save(alert)
        decisions = [await tx.decisions.save(decision) for decision in decisions]

    assert await walk(lambda before: monitor.alerts(2, before)) == alerts[::-1]
    assert (await monitor.alerts(10, state="acknowledged")).items == [alerts[1]]
    assert await walk(lambda before: monitor.decisions(2, before)) == decisions[::-1]
    assert (await monitor.decisions(10, state="waiting")).items == [decisions[0]]


async def test_intents_page_by_number(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        for text in ("one", "two", "three"):
            await tx.ledger.append("note", "cortex", "", text)

    found = await walk(lambda before: monitor.intents(2, before))

    assert [intent.text for intent in found] == ["three", "two", "one"]


async def test_intents_are_listed_by_kind(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        for kind in ("note", "blocker", "note", "audit", "milestone", "decision"):
            await tx.ledger.append(kind, "cortex", "", kind)

    assert [intent.number for intent in (await monitor.intents(5, kind="note")).items] == [3, 1]
    assert [intent.text for intent in (await monitor.intents(5, kind="blocker")).items] == ["blocker"]


async def test_an_intent_of_no_known_kind_is_not_written(monitor: SqliteMonitor) -> None:
    with pytest.raises(ValueError, match="remark"):
        async with monitor.transaction() as tx:
            await tx.ledger.append("remark", "cortex", "", "what is that?")
    assert (await monitor.intents(5)).items == []


async def test_a_prefix_is_enough_where_it_is_unambiguous(monitor: SqliteMonitor) -> None:
    await save_runs(monitor, "0a12", "0a13", "0b")

    assert (await monitor.run("0b")).id == "0b"
    assert (await monitor.run("0a13")).id == "0a13"
    assert (await monitor.run("0a12")).id == "0a12"
    with pytest.raises(Conflict, match=r"0a1 is the beginning of more than one run: 0a12, 0a13$"):
        await monitor.run("0a1")


async def test_of_very_many_that_a_beginning_fits_the_first_are_named(monitor: SqliteMonitor) -> None:
    await save_runs(monitor, *(f"0a{number}" for number in range(9)))

    with pytest.raises(Conflict, match=r"more than one run: 0a0, 0a1, 0a2, 0a3, 0a4, …$"):
        await monitor.run("0a")


async def test_a_whole_id_is_found_though_others_begin_with_it(monitor: SqliteMonitor) -> None:
    await save_runs(monitor, "0a1", "0a")

    assert (await monitor.run("0a")).id == "0a"


@pytest.mark.parametrize("prefix", ["", "1", "0az", "%", "0a_", "~", "'"])
async def test_what_is_no_prefix_is_not_found(monitor: SqliteMonitor, prefix: str) -> None:
    await save_runs(monitor, "0a1")

    with pytest.raises(NotFound, match="no run"):
        await monitor.run(prefix)


async def test_every_kind_is_found_by_a_prefix(monitor: SqliteMonitor) -> None:
    report = await add_report(monitor)
    case = await add_case(monitor)
    alert, decision = make_alert(case), replace(make_decision(case), id=f"z{new_id()[1:]}")
    async with monitor.transaction() as tx:
        await tx.alerts.save(alert)
        decision = await tx.decisions.save(decision)

    assert await monitor.report(report.id[:-1] + report.id[-1:]) == report
    assert await monitor.case(case.id[:15]) == case
    assert await monitor.alert(alert.id) == alert
    assert await monitor.decision("z") == decision
    for find in (monitor.report, monitor.case, monitor.alert, monitor.decision):
        with pytest.raises(NotFound):
            await find("nothing")
