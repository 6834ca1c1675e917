"""What is pending survives the daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.core.threshold import Looks, Threshold
from probed.engine.carry_over import STORED_AT
from probed.errors import CannotPersist
from probed.testing import ScriptedCheck
from tests.engine.scenario import Host, scenario
from tests.factories import make_inspection

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def busy(for_s: float = 10 * MINUTE, **changes: object) -> ScriptedCheck:
    seen = Observation("cpu", "busy", 95.0, "%", Threshold(warning=90, critical=98, for_s=for_s, **changes))  # type: ignore[arg-type]
    return ScriptedCheck("cpu", (seen,))


async def look(host: Host, check: ScriptedCheck, minutes: int, every_s: float = MINUTE) -> list[int]:
    """The looks, each after so long, at which it counted."""
    host.document(make_inspection(id="system"), [check])
    counted = []
    for number in range(minutes):
        run = await host.run("system")
        assert run.report_id
        if (await host.monitor.report(run.report_id)).findings:
            counted.append(number)
        host.clock.advance(every_s)
    return counted


async def test_what_has_to_last_goes_on_lasting_after_a_restart(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        assert await look(host, busy(), 8) == []
        await host.reboot()
        assert await look(host, busy(), 5) == [2, 3, 4]


async def test_the_time_in_which_nobody_looked_counts_for_a_quarter_at_most_and_too_long_a_one_ends_it(
    tmp_path: Path,
) -> None:
    async with scenario(tmp_path) as host:
        assert await look(host, busy(), 8) == []
        host.clock.advance(50 * MINUTE)
        await host.reboot()
        assert await look(host, busy(), 4) == [1, 2, 3]

    async with scenario(tmp_path / "..") as host:
        assert await look(host, busy(), 8) == []
        host.clock.advance(61 * MINUTE)
        await host.reboot()
        assert await look(host, busy(), 11) == [10]


async def test_a_boot_of_the_host_has_to_be_over_before_what_was_pending_counts(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        assert await look(host, busy(15 * MINUTE), 14) == []
        await host.reboot("another boot")
        assert await look(host, busy(15 * MINUTE), 11) == [10]


async def test_what_has_to_last_for_days_does_so_on_a_host_that_is_off_at_night(tmp_path: Path) -> None:
    days = list[int]()
    async with scenario(tmp_path) as host:
        for day in range(8):
            found = await look(host, busy(2 * DAY), 8, every_s=HOUR)
            days += [day] if found else []
            host.clock.advance(16 * HOUR)
            await host.reboot(f"boot {day}")

    assert days == [3, 4, 5, 6, 7]


async def test_what_was_healthy_or_away_at_the_first_look_after_the_restart_begins_anew(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        assert await look(host, busy(), 8) == []
        await host.reboot()
        assert await look(host, ScriptedCheck("cpu", (Observation("other", "fine"),)), 1) == []
        assert await look(host, busy(), 11) == [10]


async def test_a_check_without_an_answer_at_the_first_look_does_not_end_it(tmp_path: Path) -> None:
    broken = busy()
    broken.fail("no answer")
    async with scenario(tmp_path) as host:
        assert await look(host, busy(), 8) == []
        await host.reboot()
        await look(host, broken, 1)
        assert await look(host, busy(), 4) == [2, 3]


async def test_what_several_looks_have_to_see_may_lie_on_both_sides_of_a_restart(tmp_path: Path) -> None:
    check = busy(0.0, looks=Looks(3, 3))
    async with scenario(tmp_path) as host:
        assert await look(host, check, 2) == []
        await host.reboot()
        assert await look(host, check, 1) == [0]


async def test_each_severity_has_waited_for_itself(tmp_path: Path) -> None:
    worse = Observation("cpu", "busy", 99.0, "%", Threshold(warning=90, critical=98, for_s=10 * MINUTE))
    async with scenario(tmp_path) as host:
        await look(host, busy(), 6)
        await look(host, ScriptedCheck("cpu", (worse,)), 3)
        await host.reboot()
        await look(host, ScriptedCheck("cpu", (worse,)), 3)
        [case] = (await host.monitor.cases(10)).items

    assert case.severity is Severity.WARNING


async def test_nothing_is_stored_of_a_healthy_host_and_nothing_stays_of_what_has_passed(tmp_path: Path) -> None:
    fine = ScriptedCheck("cpu", (Observation("cpu", "fine", 5.0, "%", Threshold(warning=90, looks=Looks(2, 3))),))
    async with scenario(tmp_path) as host:
        await look(host, fine, 3)
        assert STORED_AT not in await host.monitor.memories("system")
        await look(host, busy(), 2)
        assert (await host.monitor.memories("system"))[STORED_AT]
        await look(host, fine, 1)
        assert STORED_AT not in await host.monitor.memories("system")


async def test_where_it_cannot_be_read_looking_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unreadable(source: str) -> None:
        raise CannotPersist("the disk is gone")

    async with scenario(tmp_path) as host:
        with monkeypatch.context() as broken:
            broken.setattr(type(host.monitor), "memories", lambda self, source: unreadable(source))
            assert await look(host, busy(0.0), 1) == [0]
