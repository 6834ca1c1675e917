from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from probed.core.backup import Backup, Drill, Keep, is_due, superfluous

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def backup(at: datetime) -> Backup:
    return Backup(f"monitor-{at:%Y%m%dT%H%M%SZ}.db.gz", at, 10, 100, "", {}, 0.1)


def hourly(days: int) -> list[Backup]:
    return [backup(NOW - timedelta(hours=hours)) for hours in range(24 * days)]


def kept(backups: list[Backup], keep: Keep) -> list[datetime]:
    gone = {each.name for each in superfluous(backups, keep)}
    return sorted(each.taken_at for each in backups if each.name not in gone)


def test_a_day_of_hours_a_week_of_days_and_four_weeks_are_kept() -> None:
    times = kept(hourly(days=60), Keep(24, 7, 4))

    assert times[-24:] == [NOW - timedelta(hours=hours) for hours in reversed(range(24))]
    last_of_days = {NOW.date() - timedelta(days=days): 0 for days in range(7)}
    assert {at.date() for at in times} >= set(last_of_days)
    assert times[0] == datetime(2026, 11, 1, 23, tzinfo=UTC)  # the last of the Sunday three weeks before this one
    assert len(times) == 24 + 5 + 2  # two of the days are in the hours already, and two of the weeks in the days


def test_rotated_each_hour_as_it_is_nothing_else_is_kept_than_rotated_once() -> None:
    lying: list[Backup] = []
    for each in reversed(hourly(days=60)):
        lying.append(each)
        gone = {each.name for each in superfluous(lying, Keep(24, 7, 4))}
        lying = [each for each in lying if each.name not in gone]

    assert [each.taken_at for each in lying] == kept(hourly(days=60), Keep(24, 7, 4))


def test_the_newest_is_kept_even_where_nothing_is_to_be() -> None:
    assert kept(hourly(days=1), Keep(0, 0, 0)) == [NOW]


def test_of_several_in_one_hour_the_last_one_stays() -> None:
    half_past = [backup(NOW + timedelta(minutes=minutes)) for minutes in (0, 15, 45)]

    assert kept(half_past, Keep(24, 0, 0)) == [NOW + timedelta(minutes=45)]


@pytest.mark.parametrize(
    ("last", "due"),
    [
        (None, True),
        (NOW, False),
        (NOW - timedelta(minutes=59), False),
        (NOW - timedelta(hours=1), True),
        (NOW + timedelta(hours=3), True),  # the clock was set back
    ],
)
def test_when_a_backup_is_due(last: datetime | None, due: bool) -> None:
    assert is_due(last, NOW, 3600.0) is due


def test_a_drill_is_read_as_it_was_stored() -> None:
    drill = Drill("monitor-x.db.gz", NOW, 1.5, "it cannot be decompressed")

    assert Drill.from_payload(drill.to_payload()) == drill
    assert Drill.from_payload({"name": "x"}) is None
    assert Drill.from_payload(None) is None
