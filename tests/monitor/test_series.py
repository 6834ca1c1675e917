"""However many names a host makes, the series of measured numbers stay within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from probed.monitor import rollup, series
from probed.monitor.series import refusals
from probed.monitor.session import NO_PARAMETERS, Parameters, Session
from probed.monitor.sqlite import SqliteMonitor
from tests.factories import NOW, make_observation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "MOST_OF_CHECK", 10)
    monkeypatch.setattr(series, "MOST", 15)


async def measure(monitor: SqliteMonitor, names: Sequence[str], at: datetime, check: str = "docker_container") -> None:
    async with monitor.transaction() as tx:
        await tx.samples.add(check, [make_observation(object=name, value=1.0) for name in names], at)


def named(first: int, last: int) -> list[str]:
    return [f"job-{number:02}" for number in range(first, last)]


async def kept(monitor: SqliteMonitor) -> list[str]:
    return sorted(each.object for each in (await monitor.every_series(100)).items)


async def test_above_the_bound_of_a_check_new_objects_are_refused_and_known_ones_go_on(monitor: SqliteMonitor) -> None:
    await measure(monitor, named(0, 12), NOW)
    await measure(monitor, named(5, 15), NOW + HOUR)

    assert await kept(monitor) == named(0, 10)
    assert len(await monitor.points("docker_container", "job-09", NOW - HOUR, NOW + DAY, 60)) == 2
    await measure(monitor, ["/"], NOW, check="disk")
    assert await monitor.series_by_check() == {"disk": 1, "docker_container": 10}


async def test_a_bound_holds_for_all_checks_together(monitor: SqliteMonitor) -> None:
    for check in ("docker_container", "processes"):
        await measure(monitor, named(0, 9), NOW, check=check)

    numbers = await monitor.series_by_check()

    assert numbers == {"docker_container": 9, "processes": 6}
    assert refusals(numbers) == {
        "": "the numbers of new objects are not kept: those of 15 are, each measured within the last day"
    }


async def test_those_that_were_silent_for_longest_make_room_with_all_their_numbers(monitor: SqliteMonitor) -> None:
    for number, name in enumerate(named(0, 10)):
        await measure(monitor, [name], NOW - 40 * DAY + number * HOUR)
    await measure(monitor, ["job-00"], NOW - HOUR)  # it came back

    await monitor.roll_up(NOW)

    assert await kept(monitor) == ["job-00", *named(2, 10)]
    rows = await monitor._writer.execute_fetchall(
        "SELECT count(*) AS left_over FROM aggregates WHERE series_id NOT IN (SELECT id FROM series)"
    )
    assert [row["left_over"] for row in rows] == [0]
    await measure(monitor, ["new"], NOW)
    assert "new" in await kept(monitor)


async def test_what_is_measured_once_a_day_makes_no_room(monitor: SqliteMonitor) -> None:
    await measure(monitor, named(0, 10), NOW - DAY)

    await monitor.roll_up(NOW)

    assert await kept(monitor) == named(0, 10)
    assert refusals(await monitor.series_by_check()) == {
        "docker_container": "the numbers of new objects of docker_container are not kept: "
        "those of 10 are, each measured within the last day"
    }


async def test_what_a_clock_that_ran_ahead_has_written_makes_room_once_it_is_silent(monitor: SqliteMonitor) -> None:
    await measure(monitor, named(0, 10), NOW + 900 * DAY)
    await monitor.roll_up(NOW)
    await measure(monitor, named(1, 10), NOW + 2 * DAY)
    assert await kept(monitor) == named(0, 10)

    await monitor.roll_up(NOW + 2 * DAY)

    assert await kept(monitor) == named(1, 10)


async def test_the_roll_up_asks_only_for_series_that_were_written_since(
    monitor: SqliteMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await measure(monitor, named(0, 9), NOW - DAY)
    await monitor.roll_up(NOW - HOUR)
    await measure(monitor, ["job-03"], NOW - HOUR / 2)
    found: list[int] = []
    rows = Session.rows

    async def counted(self: Session, sql: str, parameters: Parameters = NO_PARAMETERS) -> object:
        answer = await rows(self, sql, parameters)
        found.extend([len(answer)] if sql == rollup.TO_DO else [])
        return answer

    monkeypatch.setattr(Session, "rows", counted)
    await monitor.roll_up(NOW)
    await monitor.roll_up(NOW + HOUR)

    assert found == [1, 0, 0]


async def test_a_host_with_a_new_name_each_minute_stays_within_bounds_and_others_are_still_measured(
    monitor: SqliteMonitor,
) -> None:
    for number in range(60):
        at = NOW + number * 4 * HOUR
        await measure(monitor, [f"job-{number}", "web"], at)
        await monitor.roll_up(at)

    found = await kept(monitor)
    assert "web" in found
    assert {f"job-{number}" for number in range(53, 60)} <= set(found)
    assert len(found) <= 10
