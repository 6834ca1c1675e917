"""The beginning of the record of intents is cut, and a signed checkpoint stands for it: whatever is done to either is
found."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from probed.core.checkpoint import Checkpoint
from probed.errors import CannotPersist, ConfigError
from probed.monitor.backups import BackupFolder
from probed.monitor.restoring import restore
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Actor
from tests.factories import NOW, HandClock
from tests.monitor.test_ledger import append, edit

KEEP = Lifetimes(intents_s=30 * 86400.0)


async def grown(monitor: SqliteMonitor, clock: HandClock, days: int = 40, each: int = 10) -> None:
    """Some intents a day."""
    for _ in range(days):
        await append(monitor, *(f"step {number}" for number in range(each)))
        clock.advance(86400)


async def cut(monitor: SqliteMonitor, clock: HandClock) -> int:
    return (await monitor.prune(clock.now(), KEEP))["intents"]


async def newest(monitor: SqliteMonitor) -> Checkpoint:
    return (await monitor.checkpoints(1)).items[0]


@pytest.fixture
async def shortened(monitor: SqliteMonitor, clock: HandClock) -> SqliteMonitor:
    """After two cuts, which left 301 and then 202 or so."""
    await grown(monitor, clock)
    await cut(monitor, clock)
    await grown(monitor, clock, days=5)
    await cut(monitor, clock)
    return monitor


async def test_what_is_too_old_goes_from_the_beginning_and_a_signed_checkpoint_stands_for_it(
    monitor: SqliteMonitor, clock: HandClock
) -> None:
    await grown(monitor, clock)
    last_cut = (await monitor.intents(1, before="101")).items[0]

    assert await cut(monitor, clock) == 100

    made = await newest(monitor)
    assert (made.number, made.hash, made.counts) == (100, last_cut.hash, {"decision": 100})
    assert (made.first_at, made.last_at, made.at) == (NOW, NOW + timedelta(days=9), clock.now())
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(made.key))
    public.verify(bytes.fromhex(made.signature), made.content)
    verdict = await monitor.verify_intents()
    assert (verdict.broken_at, verdict.checkpoint, verdict.is_vouched_for) == (None, made, True)
    note = (await monitor.intents(1)).items[0]
    assert note.text == "cut 100 intents that are too old, up to number 100"
    assert note.detail["key"] == made.fingerprint


async def test_nothing_is_cut_unless_it_is_asked_for(monitor: SqliteMonitor, clock: HandClock) -> None:
    await grown(monitor, clock)

    await monitor.prune(clock.now(), Lifetimes(0, 0, 0, 0, 0))

    assert (await monitor.checkpoints(1)).items == []
    assert not monitor.path.with_name("monitor.db.key").exists()


async def test_there_is_one_checkpoint_a_day_each_bound_to_the_one_before(
    shortened: SqliteMonitor, clock: HandClock
) -> None:
    clock.advance(3600)
    assert await cut(shortened, clock) == 0

    second, first = (await shortened.checkpoints(10)).items
    assert (second.previous, first.number < second.number) == (first.seal, True)


async def test_a_chain_that_was_altered_is_not_signed(monitor: SqliteMonitor, clock: HandClock) -> None:
    await grown(monitor, clock)
    edit(monitor, "UPDATE intents SET actor = 'nobody' WHERE number = 50")

    assert await cut(monitor, clock) == 0

    assert (await monitor.checkpoints(1)).items == []
    assert (await monitor.verify_intents()).broken_at == 50


@pytest.mark.parametrize("number", ["999", "120"])
async def test_a_checkpoint_that_nobody_signed_takes_nothing_away(
    shortened: SqliteMonitor, clock: HandClock, number: str
) -> None:
    before = (await shortened.intents(1000)).items
    edit(
        shortened,
        f"INSERT INTO checkpoints SELECT {number}, hash, at, 0, 0, counts, '', key, '' FROM checkpoints LIMIT 1",
    )

    assert await cut(shortened, clock) == 0

    edit(shortened, f"DELETE FROM checkpoints WHERE number = {number}")
    assert (await shortened.intents(1000)).items == before


async def test_a_crash_between_the_checkpoint_and_the_cut_is_made_good(
    monitor: SqliteMonitor, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(transactions: object) -> int:
        raise KeyboardInterrupt

    await grown(monitor, clock)
    with monkeypatch.context() as patch:
        patch.setattr(monitor._chain, "_remove", killed)
        with pytest.raises(KeyboardInterrupt):
            await cut(monitor, clock)
    assert (await monitor.verify_intents()).broken_at is None

    assert await cut(monitor, clock) == 100
    assert (await monitor.verify_intents()).broken_at is None


FORGED = "UPDATE checkpoints SET {} WHERE number = (SELECT max(number) FROM checkpoints)"


@pytest.mark.parametrize(
    ("done", "fault"),
    [
        ("DELETE FROM intents WHERE number < 170", "what stood before intent 170 is gone"),
        ("DELETE FROM checkpoints", "is gone, and no checkpoint stands for it"),
        ("DELETE FROM checkpoints WHERE number > 100", "is gone, and no checkpoint stands for it"),
        ("DELETE FROM checkpoints WHERE number = 100", "a checkpoint before the one at 150 is missing"),
        ("DELETE FROM intents WHERE number BETWEEN 200 AND 210", "what stood before intent 211 is gone"),
        ("UPDATE intents SET text = 'x' WHERE number = 151", "intent 151, or the one before it"),
        ("UPDATE intents SET detail = 'garbage' WHERE number = 151", "intent 151, or the one before it"),
        ("UPDATE intents SET at = 'garbage' WHERE number = 151", "intent 151, or the one before it"),
        ("UPDATE intents SET detail = '[1]' WHERE number = 151", "intent 151, or the one before it"),
        (f"UPDATE intents SET detail = '{'[' * 100_000}' WHERE number = 151", "intent 151, or the one before it"),
        ("DELETE FROM intents", "what was written after the cut at 150 is gone"),
        ("DELETE FROM intents WHERE number > 200", "what was written after the cut at 150 is gone"),
        (FORGED.format("counts = '[1]'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("hash = x'ff'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("previous = x'ff'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("key = x'ff'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("signature = x'ff'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("hash = 'c0ffee'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("counts = 'garbage'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("at = 'garbage'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("counts = '{}'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("signature = '00'"), "the checkpoint at 150 is not as it was signed"),
        (FORGED.format("key = 'garbage'"), "the checkpoint at 150 is not as it was signed"),
    ],
)
async def test_whatever_is_done_to_it_is_found(shortened: SqliteMonitor, done: str, fault: str) -> None:
    edit(shortened, done)

    verdict = await shortened.verify_intents()

    assert verdict.broken_at is not None
    assert fault in verdict.fault
    assert len((await shortened.checkpoints(10)).items) in (0, 1, 2)


@pytest.mark.parametrize("removed", ["1 = 1", "number > 150"])
async def test_a_record_whose_end_is_gone_goes_on_behind_the_checkpoint_and_stays_broken(
    shortened: SqliteMonitor, clock: HandClock, removed: str
) -> None:
    await shortened.close()
    edit(shortened, f"DELETE FROM intents WHERE {removed}")
    again = await open_monitor(shortened.path, clock)

    await append(again, "goes on")
    verdict, [line] = await again.verify_intents(), (await again.intents(10)).items
    await again.close()

    assert line.number == 151
    assert verdict.fault == "what was written after the cut at 150 is gone"


@pytest.mark.parametrize("number", [-1, 1, 150])
async def test_what_a_checkpoint_stands_for_is_shown_no_more(shortened: SqliteMonitor, number: int) -> None:
    """Nothing vouches for it by itself: it could have been planted there."""
    planted = f"SELECT {number}, at, kind, actor, subject, 'planted', previous, hash, detail FROM intents LIMIT 1"
    edit(shortened, f"INSERT INTO intents {planted}")

    assert "planted" not in {line.text for line in (await shortened.intents(1000)).items}
    assert (await shortened.verify_intents()).broken_at is None


async def test_a_checkpoint_that_somebody_else_signed_is_none(
    shortened: SqliteMonitor, clock: HandClock, tmp_path: Path
) -> None:
    """With a key of her own, and all of the record at hand."""
    (tmp_path / "other").mkdir(mode=0o700)
    other = await open_monitor(tmp_path / "other" / "monitor.db", HandClock())
    await grown(other, clock)
    await other.prune(clock.now(), Lifetimes(intents_s=1.0))
    forged = await newest(other)
    await other.close()
    with closing(sqlite3.connect(tmp_path / "other" / "monitor.db")) as foreign:
        content = "\n".join(line for line in foreign.iterdump() if '"intents"' in line or '"checkpoints"' in line)
    for table in ("intents", "checkpoints"):
        edit(shortened, f"DELETE FROM {table}")
    with closing(sqlite3.connect(shortened.path)) as database:
        database.executescript("\n".join(line for line in content.splitlines() if line.startswith("INSERT")))

    verdict = await shortened.verify_intents()

    assert verdict.broken_at == forged.number
    assert verdict.fault.endswith(f"signed by a key that is none of this daemon's: {forged.fingerprint}")


async def test_what_was_signed_with_an_earlier_key_is_verified_after_it_was_made_anew(
    shortened: SqliteMonitor, clock: HandClock
) -> None:
    before = await newest(shortened)
    key = await shortened.renew_signing_key()
    assert (await shortened.verify_intents()).checkpoint == before

    await grown(shortened, clock, days=5)
    await cut(shortened, clock)

    after = await newest(shortened)
    assert (after.key == key, after.key == before.key) == (True, False)
    assert (await shortened.verify_intents()).broken_at is None


async def test_where_no_key_was_made_none_can_be_made_anew(monitor: SqliteMonitor) -> None:
    assert await monitor.renew_signing_key() == ""
    assert not monitor.path.with_name("monitor.db.key").exists()


async def test_a_record_from_another_host_is_verified_by_the_keys_that_it_names_and_goes_on(
    shortened: SqliteMonitor, clock: HandClock
) -> None:
    """As after a restore on a new machine: the key is in no backup."""
    before = await newest(shortened)
    shortened.path.with_name("monitor.db.key").unlink()

    verdict = await shortened.verify_intents()
    assert (verdict.broken_at, verdict.is_vouched_for, verdict.checkpoint) == (None, False, before)

    await grown(shortened, clock, days=5)
    await cut(shortened, clock)
    verdict = await shortened.verify_intents()
    assert (verdict.broken_at, verdict.is_vouched_for) == (None, True)
    assert (await newest(shortened)).key != before.key
    [told] = [line.detail for line in (await shortened.intents(20)).items if "keys of another host" in line.detail]
    assert told["keys of another host"] == [before.fingerprint]


async def test_two_who_make_the_key_anew_at_once_lose_none(shortened: SqliteMonitor) -> None:
    made = await asyncio.gather(*(shortened.renew_signing_key() for _ in range(8)))

    kept = json.loads(shortened.path.with_name("monitor.db.key").read_text())["public"]
    assert set(kept[1:]) == set(made)


async def test_a_key_that_does_not_fit_its_public_one_signs_nothing(shortened: SqliteMonitor, clock: HandClock) -> None:
    """Else a checkpoint would be kept that nobody could ever verify."""
    path = shortened.path.with_name("monitor.db.key")
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "private": "00" * 32}))
    await grown(shortened, clock, days=5)

    with pytest.raises(ConfigError, match="not that of the newest public one"):
        await cut(shortened, clock)

    assert (await newest(shortened)).number == 150


async def test_a_restored_record_is_whole_and_says_who_restored_it(
    shortened: SqliteMonitor, clock: HandClock, tmp_path: Path
) -> None:
    folder = BackupFolder(shortened.path, tmp_path / "backups")
    backup = folder.take(clock.now())
    await append(shortened, "lost")
    checkpoint = await newest(shortened)
    await shortened.close()

    restore(folder, backup, clock.now(), Actor("uid:0 root", 4711, 0, 1000))

    again = await open_monitor(shortened.path, clock)
    verdict = await again.verify_intents()
    line = (await again.intents(1)).items[0]
    await again.close()
    assert (verdict.broken_at, verdict.checkpoint, verdict.is_vouched_for) == (None, checkpoint, True)
    assert (line.kind, line.actor, line.subject) == ("audit", "uid:0 root", backup.name)
    assert line.detail == {"pid": 4711, "uid": 0, "login_uid": 1000}


def _open_to_others(path: Path) -> None:
    path.chmod(0o644)


def _garbled(path: Path) -> None:
    path.write_text("{}")


def _a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("harm", [_open_to_others, _garbled, _a_link, _a_pipe])
async def test_keys_that_cannot_be_trusted_verify_nothing(
    shortened: SqliteMonitor, harm: Callable[[Path], None]
) -> None:
    path = shortened.path.with_name("monitor.db.key")
    assert path.stat().st_mode & 0o777 == 0o600
    harm(path)

    with pytest.raises((ConfigError, CannotPersist), match=r"monitor\.db\.key"):
        await shortened.verify_intents()


async def test_the_private_key_is_not_in_the_database(shortened: SqliteMonitor) -> None:
    private = json.loads(shortened.path.with_name("monitor.db.key").read_text())["private"]

    with closing(sqlite3.connect(shortened.path)) as database:
        assert private not in "\n".join(database.iterdump())
