from __future__ import annotations

from probed.monitor.sqlite import SqliteMonitor


async def test_what_checks_know_is_kept_by_source_and_place(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.memories.save("security", {("files", 0): {"a": 1}, ("files", 1): {"b": [2]}})
        await tx.memories.save("other", {("files", 0): {"c": 3}})
        await tx.memories.save("security", {("files", 0): {"a": 4}})

    assert await monitor.memories("security") == {("files", 0): {"a": 4}, ("files", 1): {"b": [2]}}
    assert await monitor.memories("nobody") == {}


async def test_what_checks_know_is_forgotten_for_one_check_or_for_all(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.memories.save("security", {("files", 0): {}, ("files", 1): {}, ("users", 0): {}})
        await tx.memories.save("other", {("files", 0): {}})
        assert await tx.memories.forget("security", "files") == 2
        assert set(await tx.memories.of("security")) == {("users", 0)}
        assert await tx.memories.forget("security") == 1

    assert await monitor.memories("security") == {}
    assert set(await monitor.memories("other")) == {("files", 0)}
