from __future__ import annotations

from datetime import timedelta

from probed.core.alert import resolve
from probed.core.hold import Hold
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_alert
from tests.monitor.filling import add_case


async def test_what_is_held_back_is_read_back_and_let_go_but_not_forgotten(monitor: SqliteMonitor) -> None:
    alert = make_alert(await add_case(monitor))
    hold = Hold(alert.id, "depends on /srv", NOW)
    async with monitor.transaction() as tx:
        await tx.alerts.save(alert)
        await tx.holds.save_all([hold])
        await tx.holds.save_all([Hold(alert.id, "quiet hours", NOW + timedelta(hours=1))])

    async with monitor.transaction() as tx:
        assert await tx.holds.of([alert.id, "other"]) == {
            alert.id: Hold(alert.id, "quiet hours", NOW + timedelta(hours=1))
        }
        await tx.holds.let_go([alert.id])
        assert [hold.reason for hold in (await tx.holds.of([alert.id])).values()] == [""]
        assert await tx.alerts.held_for("quiet hours") == []


async def test_open_alerts_are_found_by_what_they_are_about(monitor: SqliteMonitor) -> None:
    alert = make_alert(await add_case(monitor))
    async with monitor.transaction() as tx:
        await tx.alerts.save(alert)
        assert await tx.alerts.open_about(["/srv", "/other"]) == [alert]
        assert await tx.alerts.open_about(["/other"]) == []

        await tx.alerts.save(resolve(alert, NOW) or alert)
        assert await tx.alerts.open_about(["/srv"]) == []
