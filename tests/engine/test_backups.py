from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.backup import Keep
from probed.engine.backups import AFTER_FAILURE_S, BackupKeeper, BackupPlan
from probed.errors import CannotPersist, CorruptMonitor, NotFound, Refused
from probed.monitor.backup_store import ThreadedBackupStore
from probed.monitor.backups import BackupFolder
from probed.monitor.sealing import Seal
from probed.testing import ImmediateWorkers
from tests.engine.scenario import ANN, Host, scenario
from tests.factories import NOW
from tests.monitor.test_backups import damage

HOUR = 3600.0


@dataclass
class Watch:
    """The keeper of one host's backups, over a real folder."""

    host: Host
    plan: BackupPlan = field(default_factory=BackupPlan)
    seal: Seal = field(default_factory=Seal)
    damaged: list[CorruptMonitor] = field(default_factory=list)
    is_on: bool = True

    def __post_init__(self) -> None:
        self.folder = BackupFolder(self.host.path, self.host.path.parent / "backups", self.seal)
        self.restart()

    def restart(self) -> None:
        host = self.host
        store = ThreadedBackupStore(self.folder, ImmediateWorkers(), ImmediateWorkers()) if self.is_on else None
        self.keeper = BackupKeeper(
            store, self.plan, host.monitor, host.monitor, host.engine.ingest, host.clock, self.damaged.append
        )

    async def passes(self, hours: float, *, step_s: float = 1800.0) -> None:
        for _ in range(int(hours * HOUR / step_s)):
            self.host.clock.advance(step_s)
            await self.turn()

    async def turn(self) -> None:
        with suppress(CorruptMonitor, CannotPersist):
            await self.keeper.turn()
        await self.host.settles()

    @property
    def hours(self) -> list[float]:
        return [(backup.taken_at - NOW) / timedelta(hours=1) for backup in self.folder.known()]


async def test_a_new_installation_is_backed_up_at_once_and_then_each_hour(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)

        await watch.turn()
        await watch.passes(3)

        assert watch.hours == [0.0, 1.0, 2.0, 3.0]
        assert host.told == []


async def test_a_restart_does_not_take_another_one(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)
        await watch.turn()

        host.clock.advance(600)
        watch.restart()
        await watch.turn()

        assert watch.hours == [0.0]


async def test_what_no_hour_day_or_week_keeps_goes(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, BackupPlan(keep=Keep(3, 2, 0)))

        await watch.passes(30, step_s=HOUR)

        assert watch.hours == [17.0, 28.0, 29.0, 30.0]  # 17 h after 06:00 is the last of its day


async def test_the_newest_backup_is_tried_out_each_week(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, BackupPlan(every_s=24 * HOUR))
        await watch.turn()
        first = await watch.keeper.last_drill()

        await watch.passes(24 * 8, step_s=12 * HOUR)

        last = await watch.keeper.last_drill()
        assert first
        assert last
        assert (first.at, first.fault) == (NOW, "")
        assert (last.at - NOW, last.fault) == (timedelta(days=7), "")
        assert (await host.monitor.intents(10)).items[0].text.startswith("the backup can be restored, in")


async def test_a_backup_that_cannot_be_restored_is_told_until_the_next_one_can(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)
        await watch.turn()
        [backup] = watch.folder.known()
        damage(watch.folder.folder / backup.name, 200)

        drill = await watch.keeper.verify("latest", ANN)
        await watch.passes(0.5)
        await host.passes(60)

        assert drill.fault
        assert host.told == [f"warning: the backup {backup.name} of Cortex' monitor cannot be restored"]

        await watch.passes(1)
        await host.passes(60)
        assert host.told[1:] == [f"resolved: the backup {backup.name} of Cortex' monitor cannot be restored"]


async def test_no_recent_backup_is_told_once_with_why_and_that_there_is_one_again(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)
        await watch.turn()
        watch.folder.folder.chmod(0o777)

        await watch.passes(5)
        watch.restart()
        await watch.passes(2)
        await host.passes(60)

        [told] = host.told
        assert told.startswith(f"warning: there is no recent backup of Cortex' monitor in {watch.folder.folder}: ")
        assert "chmod go-w" in told
        watch.folder.folder.chmod(0o700)
        await watch.passes(1)
        await host.passes(60)
        assert host.told[1:] == [told.replace("warning", "resolved", 1)]


async def test_a_failure_is_not_tried_again_each_half_minute(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)
        watch.folder.folder.mkdir(mode=0o777)
        watch.folder.folder.chmod(0o777)
        with pytest.raises(CannotPersist):
            await watch.keeper.turn()
        watch.folder.folder.chmod(0o700)

        host.clock.advance(AFTER_FAILURE_S - 1)
        await watch.keeper.turn()
        assert watch.hours == []

        host.clock.advance(1)
        await watch.keeper.turn()
        assert len(watch.hours) == 1


async def test_a_damaged_monitor_is_said_to_whoever_can_heal_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)

        def damaged(*_: object) -> None:
            raise CorruptMonitor(str(host.path), "a page is wrong")

        monkeypatch.setattr(BackupFolder, "take", damaged)
        await watch.turn()

        assert [error.reason for error in watch.damaged] == ["a page is wrong"]


async def test_a_person_takes_one_more_and_it_is_on_record(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)
        await watch.turn()
        host.clock.advance(60)

        taken = await watch.keeper.take(ANN)

        newest = (await host.monitor.intents(1)).items[0]
        assert (newest.kind, newest.actor, newest.subject) == ("audit", ANN.name, taken.name)
        with pytest.raises(NotFound):
            await watch.keeper.verify("monitor-1999", ANN)


async def test_what_only_others_can_open_is_not_tried_out(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host, seal=Seal("age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"))

        assert watch.keeper._store
        assert not watch.keeper._store.can_open


async def test_where_backups_are_off_nothing_is_taken_and_the_alert_ends(tmp_path: Path) -> None:
    async with scenario(tmp_path) as host:
        watch = Watch(host)
        watch.folder.folder.mkdir(mode=0o777)
        watch.folder.folder.chmod(0o777)
        await watch.passes(4)
        await host.passes(60)
        assert len(host.told) == 1

        watch.is_on = False
        watch.restart()
        await watch.keeper.run()
        await host.passes(60)

        assert host.told[1].startswith("resolved: ")
        with pytest.raises(Refused, match=r"backup\.enabled"):
            await watch.keeper.take(ANN)
