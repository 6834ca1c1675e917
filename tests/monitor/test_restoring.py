from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.decision import DecisionState
from probed.core.effect import EffectKind, EffectState, QueuedEffect
from probed.errors import CannotPersist, CortexError, DamagedBackup
from probed.monitor import restoring
from probed.monitor.backups import BackupFolder
from probed.monitor.checkup import check_up
from probed.monitor.file import prepare
from probed.monitor.healing import open_or_heal
from probed.monitor.migrate import known_migrations
from probed.monitor.restoring import CONFIRM_ANEW, heal, restore, restore_copy
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Actor
from tests.factories import NOW, HandClock, make_case, make_change, make_decision, make_execution, make_message, new_id
from tests.monitor.filling import add_report
from tests.monitor.test_backups import damage

ROOT = Actor("uid:0 root", 4711, 0)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def folder(monitor: SqliteMonitor, tmp_path: Path) -> BackupFolder:
    return BackupFolder(monitor.path, tmp_path / "backups")


async def sources(path: Path) -> list[str]:
    opened = await open_monitor(path, HandClock(LATER))
    try:
        return sorted(report.source for report in (await opened.reports(50)).items)
    finally:
        await opened.close()


def copied(database: Path, folder: Path) -> Path:
    """As a kill leaves it: the log is not in the database yet."""
    folder.mkdir()
    for part in database.parent.glob(f"{database.name}*"):
        (folder / part.name).write_bytes(part.read_bytes())
    return folder


def parts(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.glob(f"{path.name}*"))


async def test_what_was_there_is_kept_beside_and_the_backup_is_in_its_place(
    monitor: SqliteMonitor, folder: BackupFolder
) -> None:
    await add_report(monitor, source="before")
    taken = folder.take(NOW)
    await add_report(monitor, source="after")
    await monitor.close()

    restored = restore(folder, taken, LATER, ROOT)

    assert await sources(monitor.path) == ["before"]
    assert restored.backup == taken
    assert restored.set_aside
    assert restored.set_aside.name == "monitor.db.replaced-20261120T070000Z"
    assert await sources(restored.set_aside) == ["after", "before"]
    assert monitor.path.stat().st_mode & 0o777 == 0o600


async def test_the_log_of_a_killed_daemon_goes_with_its_database(
    monitor: SqliteMonitor, folder: BackupFolder, tmp_path: Path
) -> None:
    await add_report(monitor, source="before")
    taken = folder.take(NOW)
    await add_report(monitor, source="in the log")
    killed = copied(monitor.path, tmp_path / "killed")

    restored = restore(BackupFolder(killed / "monitor.db", folder.folder), taken, LATER, ROOT)

    assert await sources(killed / "monitor.db") == ["before"]
    assert restored.set_aside
    assert await sources(restored.set_aside) == ["before", "in the log"]


@pytest.mark.parametrize("renames", range(4))
async def test_a_restore_that_is_killed_between_its_renames_has_not_taken_place(
    monitor: SqliteMonitor, folder: BackupFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """The database and its two companions are set aside, the fourth rename is the one that counts."""
    await add_report(monitor, source="before")
    taken = folder.take(NOW)
    await add_report(monitor, source="in the log")
    killed = copied(monitor.path, tmp_path / "killed") / monitor.path.name
    left, rename = iter(range(renames)), Path.replace

    def replace_or_die(path: Path, target: Path) -> Path:
        if path.parent == killed.parent and next(left, None) is None:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", replace_or_die)
    with pytest.raises(KeyboardInterrupt):
        restore(BackupFolder(killed, folder.folder), taken, LATER, ROOT)
    monkeypatch.undo()
    opened, healed = await open_or_heal(BackupFolder(killed, folder.folder), HandClock(LATER))
    await opened.close()

    assert healed is None
    assert await sources(killed) == ["before", "in the log"]


async def test_what_fails_at_the_last_line_of_a_restore_is_said_and_leaves_nothing(
    monitor: SqliteMonitor, folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = folder.take(NOW)
    await monitor.close()
    before = parts(monitor.path)
    monkeypatch.setattr(restoring, "INSERT", "SELECT * FROM nothing_such")

    with pytest.raises(CortexError):
        restore(folder, taken, LATER, ROOT)

    assert parts(monitor.path) == before


async def test_a_damaged_backup_changes_nothing(monitor: SqliteMonitor, folder: BackupFolder) -> None:
    await add_report(monitor, source="before")
    taken = folder.take(NOW)
    damage(folder.folder / taken.name, 200)
    await monitor.close()
    before = parts(monitor.path)

    with pytest.raises(DamagedBackup):
        restore(folder, taken, LATER, ROOT)

    assert parts(monitor.path) == before
    assert await sources(monitor.path) == ["before"]


async def test_the_newest_good_backup_heals_a_damaged_database(monitor: SqliteMonitor, folder: BackupFolder) -> None:
    await add_report(monitor, source="old")
    good = folder.take(NOW)
    await add_report(monitor, source="new")
    bad = folder.take(NOW + timedelta(minutes=30))
    damage(folder.folder / bad.name, 200)
    await monitor.close()
    monitor.path.write_bytes(b"no database" * 1000)

    healed = heal(folder, LATER)

    assert healed.backup == good
    assert [bad.name in line for line in healed.skipped] == [True]
    assert await sources(monitor.path) == ["old"]
    assert healed.set_aside
    assert healed.set_aside.read_bytes().startswith(b"no database")


async def test_without_a_good_backup_the_database_begins_anew(monitor: SqliteMonitor, folder: BackupFolder) -> None:
    await monitor.close()
    monitor.path.write_bytes(b"no database" * 1000)

    healed = heal(folder, LATER)

    assert healed.backup is None
    assert await sources(monitor.path) == []
    assert healed.set_aside
    assert healed.set_aside.name == "monitor.db.damaged-20261120T070000Z"


async def test_a_full_disk_is_no_reason_to_take_an_older_backup_or_none(
    monitor: SqliteMonitor, folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.take(NOW)
    await monitor.close()

    def full(*_: object) -> None:
        raise CannotPersist("no space left")

    monkeypatch.setattr(BackupFolder, "unpack", full)

    with pytest.raises(CannotPersist):
        heal(folder, LATER)

    assert monitor.path.exists()


async def test_what_waited_may_have_been_done_since(monitor: SqliteMonitor, folder: BackupFolder) -> None:
    case, other = make_case(), make_case(object="other")
    decision = make_decision(case, state=DecisionState.APPROVED)
    waiting, message = make_execution(case), make_message()
    payload = {**waiting.payload, "decision_id": decision.id}
    done = make_message(state=EffectState.DONE, ended_at=NOW)
    async with monitor.transaction() as tx:
        await tx.cases.save(case)
        await tx.cases.save(other)
        await tx.decisions.save(decision)
        await tx.decisions.save(asked := make_decision(other))
        for effect in (replace(waiting, payload=payload), message, done):
            await tx.effects.save(effect)
    taken = folder.take(NOW)
    await monitor.close()

    restore(folder, taken, LATER, ROOT)

    opened = await open_monitor(monitor.path, HandClock(LATER))
    async with opened.transaction() as tx:
        action = await tx.effects.get(waiting.id)
        assert (action.state, action.started_at) == (EffectState.IN_DOUBT, LATER)
        assert (await tx.effects.get(message.id)).state is EffectState.IN_DOUBT
        assert (await tx.effects.get(done.id)).state is EffectState.DONE
        assert (await tx.decisions.get(decision.id)).state is DecisionState.EXECUTING
        assert (await tx.decisions.get(asked.id)).state is DecisionState.WAITING
    await opened.close()


@pytest.mark.parametrize(("state", "attempts"), [(EffectState.PENDING, 0), (EffectState.STARTED, 1)])
async def test_a_timer_that_somebody_may_have_stopped_since_waits_for_a_new_word(
    monitor: SqliteMonitor, folder: BackupFolder, state: EffectState, attempts: int
) -> None:
    case = make_case()
    due_at = NOW + timedelta(minutes=5)
    execution = make_execution(case, state=EffectState.DONE, ended_at=NOW)
    change = make_change(case, execution, reversible=True, revert_at=due_at)
    timer = QueuedEffect(new_id(), EffectKind.ROLL_BACK, change.id, "", {"before": {}}, NOW, due_at, state, attempts)
    async with monitor.transaction() as tx:
        await tx.cases.save(case)
        await tx.effects.save(execution)
        await tx.changes.save(change)
        await tx.effects.save(timer)
    taken = folder.take(NOW)
    await monitor.close()

    restore(folder, taken, LATER, ROOT)

    opened = await open_monitor(monitor.path, HandClock(LATER))
    async with opened.transaction() as tx:
        waits = await tx.effects.get(timer.id)
        assert (waits.due_at, waits.state, waits.attempts) == (LATER + CONFIRM_ANEW, EffectState.PENDING, 0)
        assert (await tx.changes.get(change.id)).revert_at == LATER + CONFIRM_ANEW
    await opened.close()


def test_a_backup_of_an_older_version_is_brought_to_this_one(tmp_path: Path) -> None:
    path = tmp_path / "monitor.db"
    prepare(path, NOW, known_migrations()[:3])
    folder = BackupFolder(path, tmp_path / "backups")

    restore(folder, folder.take(NOW), LATER, ROOT)

    assert check_up(path, within_s=10).missing == ()
    assert not list(tmp_path.glob("*.before-*"))
    assert not list(tmp_path.glob("*.restoring*"))


async def test_a_copy_from_before_a_migration_takes_its_place_and_stays(
    monitor: SqliteMonitor, folder: BackupFolder, tmp_path: Path
) -> None:
    await add_report(monitor, source="before")
    message = make_message()
    async with monitor.transaction() as tx:
        await tx.effects.save(message)
    copy = copied(monitor.path, tmp_path / "copy") / monitor.path.name
    await add_report(monitor, source="after")
    await monitor.close()

    restored = restore_copy(folder, copy, LATER, ROOT)

    assert await sources(monitor.path) == ["before"]
    assert restored.set_aside is not None
    assert await sources(restored.set_aside) == ["after", "before"]
    assert copy.exists()
    opened = await open_monitor(monitor.path, HandClock(LATER))
    async with opened.transaction() as tx:
        assert (await tx.effects.get(message.id)).state is EffectState.IN_DOUBT
    await opened.close()


async def test_a_copy_that_is_damaged_or_gone_changes_nothing(
    monitor: SqliteMonitor, folder: BackupFolder, tmp_path: Path
) -> None:
    await add_report(monitor, source="there")
    copy = copied(monitor.path, tmp_path / "copy") / monitor.path.name
    await monitor.close()
    damage(copy, at=0)

    with pytest.raises(DamagedBackup):
        restore_copy(folder, copy, LATER, ROOT)
    with pytest.raises(CortexError):
        restore_copy(folder, tmp_path / "nothing", LATER, ROOT)

    assert await sources(monitor.path) == ["there"]
