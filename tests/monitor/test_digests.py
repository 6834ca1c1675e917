from __future__ import annotations

from contextlib import suppress

from probed.monitor.sqlite import SqliteMonitor


async def test_lines_are_taken_once_in_their_order(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.digests.add("first")
        await tx.digests.add("second")

    async with monitor.transaction() as tx:
        assert await tx.digests.take() == ["first", "second"]
    async with monitor.transaction() as tx:
        assert await tx.digests.take() == []


async def test_lines_count_as_told_only_when_the_transaction_commits(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.digests.add("line")

    with suppress(LookupError):
        async with monitor.transaction() as tx:
            await tx.digests.take()
            raise LookupError

    async with monitor.transaction() as tx:
        assert await tx.digests.take() == ["line"]
