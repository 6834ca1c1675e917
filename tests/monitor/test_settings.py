from __future__ import annotations

from probed.monitor.sqlite import SqliteMonitor


async def test_a_setting_is_what_was_set_last(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        assert await tx.settings.get("paused") is None
        await tx.settings.set("paused", ["disks"])
        await tx.settings.set("first_sweep_done", True)
        await tx.settings.set("paused", ["disks", "services"])

    async with monitor.transaction() as tx:
        assert await tx.settings.get("paused") == ["disks", "services"]
        assert await tx.settings.get("first_sweep_done") is True
