from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from probed.core.alert import Alert, AlertState
from probed.core.finding import Severity
from probed.errors import Conflict, NotFound
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_alert, new_id
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
        is_settled=True,
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


async def test_a_group_has_its_open_alerts_and_those_whose_end_is_not_settled(monitor: SqliteMonitor) -> None:
    firing = await new_alert(monitor)
    early = await new_alert(monitor, state=AlertState.RESOLVED, ends_at=NOW - timedelta(days=1))
    acknowledged = await new_alert(monitor, state=AlertState.ACKNOWLEDGED)
    await new_alert(monitor, state=AlertState.RESOLVED, ends_at=NOW, is_settled=True)
    await new_alert(monitor, group_key="another")

    async with monitor.transaction() as tx:
        assert await tx.alerts.of_group(firing.group_key) == [firing, early, acknowledged]


async def test_of_some_alerts_those_are_found_that_fire(monitor: SqliteMonitor) -> None:
    first, second = await new_alert(monitor), await new_alert(monitor)
    await new_alert(monitor)
    acknowledged = await new_alert(monitor, state=AlertState.ACKNOWLEDGED)
    over = await new_alert(monitor, state=AlertState.RESOLVED, ends_at=NOW)

    async with monitor.transaction() as tx:
        ids = [second.id, "nothing", over.id, acknowledged.id, first.id]
        assert await tx.alerts.firing_of(ids) == [first, second]


async def test_saving_an_alert_again_changes_it(monitor: SqliteMonitor) -> None:
    alert = await new_alert(monitor)
    acknowledged = replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_by="telegram:42 Ann")

    await save(monitor, acknowledged)

    assert (await monitor.alerts(10)).items == [acknowledged]
