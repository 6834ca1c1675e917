from __future__ import annotations

from dataclasses import replace

from probed.core.group import Record
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW

RECORD = Record("g", "default", "journal", frozenset({"a:warning", "b:critical"}), frozenset({"c:info"}), NOW)


async def test_each_recipient_of_a_group_has_one_record(monitor: SqliteMonitor) -> None:
    other, elsewhere = replace(RECORD, recipient="telegram"), replace(RECORD, group_key="h")
    newer = replace(RECORD, firing=frozenset(), resolved=frozenset())
    async with monitor.transaction() as tx:
        await tx.records.save_all([RECORD, other, elsewhere])
        await tx.records.save_all([newer])

        assert set(await tx.records.of_groups(["g"])) == {newer, other}
        assert set(await tx.records.of_groups(["g", "h"])) == {newer, other, elsewhere}
