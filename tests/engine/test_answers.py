"""What a chat is answered, from the real monitor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from probed.core.card import CardKind
from probed.core.matcher import parse_matchers
from probed.engine.answers import PAGE, EngineAnswers
from probed.engine.overview import Overview
from probed.errors import NotFound
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from tests.api.fakes import make_overview, returning
from tests.factories import HandClock, make_alert, make_case, make_decision, make_run, make_silence


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[SqliteMonitor]:
    monitor = await open_monitor(tmp_path / "monitor.db", HandClock())
    yield monitor
    await monitor.close()


def answers(monitor: SqliteMonitor, **changes: object) -> EngineAnswers:
    overview: Callable[[], Overview] = lambda: make_overview(**changes)  # noqa: E731
    return EngineAnswers(monitor, returning(overview))


async def test_the_status_says_what_is_wrong_and_what_waits(monitor: SqliteMonitor) -> None:
    card = await answers(monitor, alerts=(make_alert(),), decisions=(make_decision(),), notes=("no docker",)).status()

    assert (card.kind, card.host, card.title) == (CardKind.ANSWER, "host-a", "ok (mode observe)")
    assert [section.title for section in card.sections] == ["what is wrong", "waits for you", "notes"]
    assert card.sections[0].lines == ("warning: /srv is 85% full",)


async def test_a_calm_host_has_a_short_answer(monitor: SqliteMonitor) -> None:
    calm = answers(monitor)

    assert (await calm.status()).sections == ()
    assert (await calm.alerts()).title == "no open alerts"
    assert (await calm.decisions()).title == "no decision waits"
    assert (await calm.runs()).title == "no runs"


async def test_alerts_come_in_pages_each_with_its_buttons(monitor: SqliteMonitor) -> None:
    alerts = tuple(make_alert(summary=f"alert {number}") for number in range(PAGE + 2))
    many = answers(monitor, alerts=alerts)

    first = await many.alerts()
    [more] = [button for button in first.buttons if button.verb == "more"]
    noun, _, start = more.subject.partition(".")
    second = await many.alerts(start)

    assert noun == "alerts"
    titles = [section.title for card in (first, second) for section in card.sections]
    assert titles == [f"{number + 1}. alert {number}" for number in range(PAGE + 2)]
    assert {button.subject for button in second.buttons} == {alert.id for alert in alerts[PAGE:]}
    assert not any(button.verb == "more" for button in second.buttons)


async def test_what_a_silence_keeps_from_being_told_is_marked(monitor: SqliteMonitor) -> None:
    quiet, loud = make_alert(labels={"object": "/srv"}), make_alert(labels={"object": "/"})
    silence = make_silence(matchers=parse_matchers("object=/srv"))
    async with monitor.transaction() as tx:
        await tx.silences.save(silence)

    card = await answers(monitor, alerts=(quiet, loud)).alerts()

    assert [f"not told: silenced by {silence.id}" in section.lines for section in card.sections] == [True, False]


async def test_decisions_come_in_pages_and_are_numbered_through(monitor: SqliteMonitor) -> None:
    decisions = tuple(make_decision() for _ in range(PAGE + 1))

    card = await answers(monitor, decisions=decisions).decisions(str(PAGE))

    assert [button.label for button in card.buttons] == ["Approve 6", "Reject 6", "Details 6"]
    assert card.sections[0].title.startswith("6. May I run ")


async def test_runs_go_on_where_the_page_ended(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        for number in range(12):
            await tx.runs.save(make_run(inspection=f"i{number}"))

    first = await answers(monitor).runs()
    second = await answers(monitor).runs(first.buttons[0].subject.partition(".")[2])

    said = [line for card in (first, second) for line in card.sections[0].lines]
    assert [line.split()[2] for line in said] == [f"i{11 - number}:" for number in range(12)]
    assert second.buttons == ()


async def test_a_decisions_details_name_all_that_it_is_bound_to(monitor: SqliteMonitor) -> None:
    case = make_case(evidence={"active_state": "failed"})
    async with monitor.transaction() as tx:
        case = await tx.cases.save(case)
        decision = await tx.decisions.save(make_decision(case, dry_run="would restart it", snapshot={"pid": 12}))

    card = await answers(monitor).details(decision.id)

    said = "\n".join(line for section in card.sections for line in section.lines)
    assert all(words in said for words in (decision.hash, "would restart it", "pid: 12", "active_state: failed"))
    assert (await answers(monitor).dry_run(decision.id)).sections[0].lines == ("would restart it",)


async def test_an_alerts_details_name_its_labels_and_evidence(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        case = await tx.cases.save(make_case(evidence={"used_percent": 85.0}))
        alert = make_alert(case)
        await tx.alerts.save(alert)

    card = await answers(monitor).details(alert.id)

    said = "\n".join(line for section in card.sections for line in section.lines)
    assert all(f"{name}: {value}" in said for name, value in alert.labels.items())
    assert "used_percent: 85.0" in said


async def test_what_is_not_there_is_not_found(monitor: SqliteMonitor) -> None:
    for question in (answers(monitor).details, answers(monitor).dry_run):
        with pytest.raises(NotFound):
            await question("nothing")
