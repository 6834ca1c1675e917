from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_group


async def test_a_group_comes_back_as_it_was_saved_last(monitor: SqliteMonitor) -> None:
    group = make_group()
    told = replace(
        group,
        next_flush_at=None,
        told_at=NOW,
        has_flushed=True,
        emptied_at=NOW,
    )

    async with monitor.transaction() as tx:
        assert await tx.groups.get(group.key) is None
        await tx.groups.save(group)
        assert await tx.groups.get(group.key) == group
        await tx.groups.save(told)

    async with monitor.transaction() as tx:
        assert await tx.groups.get(group.key) == told


async def test_due_groups_are_awake_and_their_time_has_come(monitor: SqliteMonitor) -> None:
    later = make_group(key="later", next_flush_at=NOW)
    sooner = make_group(key="sooner", next_flush_at=NOW - timedelta(seconds=1))
    async with monitor.transaction() as tx:
        await tx.groups.save(later)
        await tx.groups.save(sooner)
        await tx.groups.save(make_group(key="future", next_flush_at=NOW + timedelta(microseconds=1)))
        await tx.groups.save(make_group(key="asleep", next_flush_at=None))

        assert await tx.groups.due(NOW, 10) == [sooner, later]
        assert await tx.groups.due(NOW, 1) == [sooner]


async def test_an_alert_may_be_in_several_groups(monitor: SqliteMonitor) -> None:
    async with monitor.transaction() as tx:
        await tx.groups.add_members([("a", "x"), ("b", "x"), ("b", "y"), ("b", "y")])
        assert await tx.groups.memberships(["x", "y", "z"]) == {"x": {"a", "b"}, "y": {"b"}}

        await tx.groups.drop_members("b", ["x"])
        assert await tx.groups.memberships(["x", "y"]) == {"x": {"a"}, "y": {"b"}}

        await tx.groups.save(make_group(key="b"))
        await tx.groups.dissolve(["b"])
        assert await tx.groups.memberships(["x", "y"]) == {"x": {"a"}}
        assert await tx.groups.every() == []
