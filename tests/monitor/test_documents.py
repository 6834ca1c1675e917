from __future__ import annotations

from datetime import timedelta

from probed.core.document_version import DocumentVersion
from probed.core.inspection import Inspection
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, HandClock, make_inspection


def document(id_: str, text: str) -> Inspection:
    return make_inspection(id=id_, text=text, document_hash=f"hash of {text}")


async def in_force(monitor: SqliteMonitor, clock: HandClock, *inspections: Inspection) -> None:
    async with monitor.transaction() as tx:
        await tx.documents.take_over(inspections, clock.now())
    clock.advance(60)


async def versions(monitor: SqliteMonitor, id_: str) -> list[tuple[str, float, float | None]]:
    """Text, and when it began and ended, in minutes from the first."""

    def minutes(version: DocumentVersion) -> tuple[str, float, float | None]:
        end = version.superseded_at
        first = (version.first_at - NOW) / timedelta(minutes=1)
        return version.text, first, None if end is None else (end - NOW) / timedelta(minutes=1)

    return [minutes(version) for version in await monitor.document_versions(id_)]


async def test_each_version_is_kept_from_when_it_came_until_another_took_its_place(
    monitor: SqliteMonitor, clock: HandClock
) -> None:
    await in_force(monitor, clock, document("a", "one"), document("b", "other"))
    await in_force(monitor, clock, document("a", "one"), document("b", "other"))
    await in_force(monitor, clock, document("a", "two"), document("b", "other"))
    await in_force(monitor, clock, document("b", "other"))

    assert await versions(monitor, "a") == [("two", 2, 3), ("one", 0, 2)]
    assert await versions(monitor, "b") == [("other", 0, None)]
    assert await versions(monitor, "c") == []


async def test_a_version_that_comes_back_is_the_same_and_in_force(monitor: SqliteMonitor, clock: HandClock) -> None:
    for text in ("one", "two", "one"):
        await in_force(monitor, clock, document("a", text))

    assert await versions(monitor, "a") == [("one", 0, None), ("two", 1, 2)]


async def test_what_is_no_longer_in_force_goes_as_changes_do_and_what_is_stays(
    monitor: SqliteMonitor, clock: HandClock
) -> None:
    await in_force(monitor, clock, document("a", "one"))
    await in_force(monitor, clock, document("a", "two"))
    clock.advance(86400)
    await in_force(monitor, clock, document("a", "three"))

    removed = await monitor.prune(clock.now(), Lifetimes(changes_s=7200.0), 2**30)

    assert removed["documents"] == 1
    assert [text for text, _, _ in await versions(monitor, "a")] == ["three", "two"]
