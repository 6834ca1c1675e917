from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.alert import Alert, AlertState
from probed.core.finding import Severity
from probed.errors import Conflict, NotFound
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_alert, new_id, next_due
from tests.monitor.filling import add_case


async def save(monitor: SqliteMonitor, alert: Alert) -> Alert:
    async with monitor.transaction() as tx:
        await tx.alerts.save(alert)
    return alert


async def new_alert(monitor: SqliteMonitor, **changes: object) -> Alert:
    return await save(monitor, make_alert(await add_case(monitor, object=new_id()), **changes))


async def test_an_alert_comes_back_as_it_was_saved(monitor: SqliteMonitor) -> None:
    alert = await new_alert(
        monitor,
        peak=Severity.CRITICAL,
        state=AlertState.RESOLVED,
        annotations={"runbook": "https://example.org"},
        ends_at=NOW + timedelta(seconds=5),
        acknowledged_by="uid:1000 ann",
        is_timeout=True,
        generator_url="http://prometheus/graph",
    )

    async with monitor.transaction() as tx:
        assert await tx.alerts.get(alert.id) == alert


async def test_an_unknown_alert_is_not_found(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        with pytest.raises(NotFound, match="no alert nothing"):
            await tx.alerts.get("nothing")


async def test_the_alert_of_a_case_is_the_one_that_is_not_resolved(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    resolved = await save(monitor, make_alert(case, state=AlertState.RESOLVED, ends_at=NOW))
    async with monitor.transaction() as tx:
        assert await tx.alerts.of_case(case.id) is None

    acknowledged = await save(monitor, make_alert(case, state=AlertState.ACKNOWLEDGED))

    async with monitor.transaction() as tx:
        assert await tx.alerts.of_case(case.id) == acknowledged
        assert await tx.alerts.get(resolved.id) == resolved


async def test_a_case_has_at_most_one_alert_that_is_not_resolved(monitor: SqliteMonitor) -> None:
    case = await add_case(monitor)
    await save(monitor, make_alert(case))

    with pytest.raises(Conflict, match=r"alerts\.case_id"):
        await save(monitor, make_alert(case, state=AlertState.ACKNOWLEDGED))


async def test_alerts_from_outside_have_no_case(monitor: SqliteMonitor) -> None:
    one, other = make_alert(case_id=""), make_alert(case_id="")

    await save(monitor, one)
    await save(monitor, other)

    assert (await monitor.alerts(10)).items == [other, one]


async def test_a_group_has_the_alerts_that_it_has_not_let_go(monitor: SqliteMonitor) -> None:
    firing = await new_alert(monitor)
    over = await new_alert(monitor, state=AlertState.RESOLVED, ends_at=NOW - timedelta(days=1))
    another = await new_alert(monitor)

    async with monitor.transaction() as tx:
        await tx.groups.add_members([("g", over.id), ("g", firing.id), ("h", another.id)])
        assert await tx.alerts.of_group("g") == [firing, over]


async def test_of_alerts_from_outside_the_newest_of_each_fingerprint_is_found(monitor: SqliteMonitor) -> None:
    older, newer = make_alert(case_id=""), make_alert(case_id="", state=AlertState.RESOLVED, ends_at=NOW)
    other = make_alert(case_id="", labels={"a": "b"})
    await new_alert(monitor)

    async with monitor.transaction() as tx:
        await tx.alerts.save_all([older, newer, other])
        assert await tx.alerts.newest_of([older.fingerprint, "0" * 16]) == {older.fingerprint: newer}

        await tx.alerts.forget_external()
        assert await tx.alerts.newest_of([older.fingerprint]) == {}


async def test_those_whose_end_has_come_are_found(monitor: SqliteMonitor) -> None:
    due = await save(monitor, make_alert(case_id="", ends_at=NOW))
    await save(monitor, make_alert(case_id="", ends_at=NOW + timedelta(seconds=1)))
    await save(monitor, make_alert(case_id="", ends_at=NOW, state=AlertState.RESOLVED))

    assert await next_due(monitor) == NOW
    async with monitor.transaction() as tx:
        assert await tx.alerts.ending(NOW, 10) == [due]


async def test_open_ones_are_read_in_pieces_and_by_their_labels(monitor: SqliteMonitor) -> None:
    first = await save(monitor, make_alert(case_id="", labels={"a": "b", "c": "d"}))
    second = await save(monitor, make_alert(case_id="", labels={"a": "b"}))
    await save(monitor, make_alert(case_id="", labels={"a": "b"}, state=AlertState.RESOLVED, ends_at=NOW))

    async with monitor.transaction() as tx:
        assert await tx.alerts.open_after(None, 1) == [first]
        assert await tx.alerts.open_after(first, 5) == [second]
        assert await tx.alerts.open_with({"a": "b"}) == [first, second]
        assert await tx.alerts.open_with({"a": "b", "c": ""}) == [second]
        assert await tx.alerts.open_with({"a": "x"}) == []


async def test_of_some_alerts_those_are_found_that_fire(monitor: SqliteMonitor) -> None:
    first, second = await new_alert(monitor), await new_alert(monitor)
    await new_alert(monitor)
    acknowledged = await new_alert(monitor, state=AlertState.ACKNOWLEDGED)
    over = await new_alert(monitor, state=AlertState.RESOLVED, ends_at=NOW)

    async with monitor.transaction() as tx:
        ids = [second.id, "nothing", over.id, acknowledged.id, first.id]
        assert await tx.alerts.firing_of(ids) == [first, second]


async def test_the_worst_alerts_come_first_then_those_nobody_has_seen_then_the_oldest(monitor: SqliteMonitor) -> None:
    firing, acknowledged = AlertState.FIRING, AlertState.ACKNOWLEDGED
    alerts = {
        name: make_alert(case, severity=severity, state=state, starts_at=NOW - timedelta(seconds=age_s))
        for name, severity, state, age_s in [
            ("d", Severity.WARNING, firing, 5),
            ("c", Severity.WARNING, firing, 9),
            ("b", Severity.CRITICAL, acknowledged, 9),
            ("e", Severity.INFO, firing, 9),
            ("a", Severity.CRITICAL, firing, 1),
            ("over", Severity.CRITICAL, AlertState.RESOLVED, 1),
        ]
        for case in [await add_case(monitor, object=name)]
    }
    async with monitor.transaction() as tx:
        await tx.alerts.save_all(list(alerts.values()))

    worst = await monitor.worst_alerts(4)

    names = {alert.id: name for name, alert in alerts.items()}
    assert [names[alert.id] for alert in worst] == ["a", "b", "c", "d"]


async def test_saving_an_alert_again_changes_it(monitor: SqliteMonitor) -> None:
    alert = await new_alert(monitor)
    acknowledged = replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_by="telegram:42 Ann")

    await save(monitor, acknowledged)

    assert (await monitor.alerts(10)).items == [acknowledged]
