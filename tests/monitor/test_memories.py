from __future__ import annotations

from probed.monitor.sqlite import SqliteMonitor


async def test_what_checks_know_is_kept_by_source_and_place(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.memories.save("security", {("files", 0): ("a", "b", "c"), ("files", 1): ("d",)})
        await tx.memories.save("other", {("files", 0): ("e",)})
        await tx.memories.save("security", {("files", 0): ("a", "f")})

    assert await monitor.memories("security") == {("files", 0): ("a", "f"), ("files", 1): ("d",)}
    assert await monitor.memories("nobody") == {}


async def test_what_checks_know_is_forgotten_for_one_check_or_for_all(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.memories.save("security", {("files", 0): ("a", "b"), ("files", 1): ("c",), ("users", 0): ("d",)})
        await tx.memories.save("other", {("files", 0): ("a",)})
        assert await tx.memories.forget("security", "files") == 2
        assert set(await tx.memories.of("security")) == {("users", 0)}
        assert await tx.memories.forget("security") == 1

    assert await monitor.memories("security") == {}
    assert set(await monitor.memories("other")) == {("files", 0)}


async def test_only_pieces_that_changed_are_written(monitor: SqliteMonitor) -> None:
    pieces = tuple(f"{number:04}" * 25_000 for number in range(30))
    async with monitor.transaction() as tx:
        await tx.memories.save("security", {("files", 0): pieces})
    await monitor._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async with monitor.transaction() as tx:
        await tx.memories.save("security", {("files", 0): (*pieces[:7], "else", *pieces[8:])})

    assert (await monitor.memories("security"))[("files", 0)][6:8] == (pieces[6], "else")
    assert monitor.path.with_name("monitor.db-wal").stat().st_size < 300_000  # of three million
