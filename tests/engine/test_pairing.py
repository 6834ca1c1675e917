"""Codes, members, moves and touched buttons, kept in the real monitor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from probed.core.chat import MOST_FAILURES, ChatMember
from probed.engine.pairing import SIGNING_KEY, PairingBook
from probed.errors import NotFound, Refused
from probed.monitor.retention import Lifetimes
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Actor, Newcomer
from tests.factories import NOW, HandClock

ROOT = Actor("uid:0 root", 12)
ANN = Newcomer(4242, 7, "Ann", "Ann Lee")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def monitor(tmp_path: Path, clock: HandClock) -> AsyncIterator[SqliteMonitor]:
    monitor = await open_monitor(tmp_path / "monitor.db", clock)
    yield monitor
    await monitor.close()


@pytest.fixture
async def book(monitor: SqliteMonitor, clock: HandClock) -> PairingBook:
    return await loaded(monitor, clock)


async def loaded(monitor: SqliteMonitor, clock: HandClock) -> PairingBook:
    """As after a start."""
    book = PairingBook(monitor, clock)
    await book.load()
    return book


async def audited(monitor: SqliteMonitor) -> list[str]:
    return [intent.text for intent in (await monitor.intents(50)).items if intent.kind == "audit"]


async def test_a_code_pairs_one_person_in_one_chat_and_lasts(
    book: PairingBook, monitor: SqliteMonitor, clock: HandClock
) -> None:
    shown = await book.show_code(ROOT)
    member = await book.pair(shown.code.lower(), ANN)

    assert member == ChatMember(4242, 7, "Ann", "Ann Lee", NOW, "uid:0 root")
    assert book.members == [member]
    assert (await loaded(monitor, clock)).members == [member]
    assert "was paired in chat 4242 with the code of uid:0 root" in await audited(monitor)


async def test_a_code_is_used_once(book: PairingBook) -> None:
    shown = await book.show_code(ROOT)
    await book.pair(shown.code, ANN)

    with pytest.raises(Refused, match="not good"):
        await book.pair(shown.code, Newcomer(4243, 8, "", "Bob"))


async def test_a_code_is_good_for_ten_minutes(book: PairingBook, clock: HandClock) -> None:
    shown = await book.show_code(ROOT)
    assert shown.expires_at == NOW + timedelta(minutes=10)
    clock.advance(600)

    with pytest.raises(Refused):
        await book.pair(shown.code, ANN)


async def test_a_newer_code_voids_the_older(book: PairingBook) -> None:
    older, newer = await book.show_code(ROOT), await book.show_code(ROOT)

    with pytest.raises(Refused):
        await book.pair(older.code, ANN)
    await book.pair(newer.code, ANN)


async def test_codes_cannot_be_guessed(book: PairingBook, monitor: SqliteMonitor) -> None:
    shown = await book.show_code(ROOT)
    for number in range(MOST_FAILURES):
        with pytest.raises(Refused):
            await book.pair(f"GUESS{number:03}", ANN)

    with pytest.raises(Refused):
        await book.pair(shown.code, ANN)
    assert "typed a wrong pairing code in chat 4242" in await audited(monitor)


async def test_nobody_can_pair_without_a_code(book: PairingBook) -> None:
    with pytest.raises(Refused):
        await book.pair("", ANN)


async def test_the_code_itself_is_not_kept(book: PairingBook, monitor: SqliteMonitor) -> None:
    shown = await book.show_code(ROOT)

    kept = b"".join(path.read_bytes() for path in monitor.path.parent.glob("monitor.db*"))
    assert shown.code.encode() not in kept


async def test_one_person_or_a_whole_chat_is_put_out(book: PairingBook, monitor: SqliteMonitor) -> None:
    for user in (7, 8, 9):
        await book.pair((await book.show_code(ROOT)).code, Newcomer(-500, user, "ops", f"u{user}"))

    assert [one.user_id for one in await book.unpair(-500, 8, ROOT)] == [8]
    assert [one.user_id for one in book.members] == [7, 9]
    assert [one.user_id for one in await book.unpair(-500, None, ROOT)] == [7, 9]
    assert book.members == []
    assert "unpaired telegram:8 u8 in chat -500" in await audited(monitor)


async def test_who_is_not_paired_cannot_be_put_out(book: PairingBook) -> None:
    with pytest.raises(NotFound, match="nobody is paired in chat 1"):
        await book.unpair(1, None, ROOT)


async def test_a_chat_that_moved_keeps_its_people(book: PairingBook, monitor: SqliteMonitor, clock: HandClock) -> None:
    await book.pair((await book.show_code(ROOT)).code, Newcomer(-500, 7, "ops", "Ann"))
    await book.move(-500, -10099)
    await book.move(-10099, -10100)

    again = await loaded(monitor, clock)
    assert [one.chat_id for one in again.members] == [-10100]
    assert again.moves == {-500: -10099, -10099: -10100}


async def test_the_key_is_made_once_and_kept(book: PairingBook, monitor: SqliteMonitor, clock: HandClock) -> None:
    assert len(book.key) == 32
    assert (await loaded(monitor, clock)).key == book.key


async def test_a_button_counts_once_for_each_person_until_it_is_taken_back(book: PairingBook) -> None:
    assert await book.press("t", 7)
    assert not await book.press("t", 7)
    assert await book.press("t", 8)
    await book.take_back("t", 7)
    assert await book.press("t", 7)
    assert not await book.press("t", 8)


async def test_what_is_refused_is_on_record(book: PairingBook, monitor: SqliteMonitor) -> None:
    await book.refuse(Actor("telegram:666 Eve"), "d1", "a button with a wrong signature")

    [intent] = [one for one in (await monitor.intents(5)).items if one.kind == "audit"]
    assert (intent.actor, intent.subject) == ("telegram:666 Eve", "d1")
    assert intent.text == "refused: a button with a wrong signature"


async def test_the_newest_update_of_a_bot_is_remembered_for_a_day(
    book: PairingBook, monitor: SqliteMonitor, clock: HandClock
) -> None:
    assert book.last_update(100001) is None
    await book.take_update(100001, 812)

    after_a_start = await loaded(monitor, clock)
    assert after_a_start.last_update(100001) == 812
    assert after_a_start.last_update(100002) is None
    clock.advance(25 * 3600)
    assert after_a_start.last_update(100001) is None


async def test_renewed_secrets_make_sent_buttons_and_shown_codes_void(
    book: PairingBook, monitor: SqliteMonitor, clock: HandClock
) -> None:
    key, shown = book.key, await book.show_code(ROOT)

    renewed = await book.renew_secrets(ROOT)

    assert len(renewed) == 2
    assert book.key != key
    assert (await loaded(monitor, clock)).key == book.key
    with pytest.raises(Refused):
        await book.pair(shown.code, ANN)
    newest = (await monitor.intents(5)).items
    assert ("audit", ROOT.name, "renewed the daemon's own secrets") in [
        (intent.kind, intent.actor, intent.text) for intent in newest
    ]
    assert not [intent for intent in newest if book.key.hex() in str(intent)]


async def test_the_key_that_checkpoints_are_signed_with_is_made_anew_with_them(
    book: PairingBook, monitor: SqliteMonitor, clock: HandClock
) -> None:
    await book.show_code(ROOT)
    clock.advance(3 * 86400)
    await monitor.prune(clock.now(), Lifetimes(intents_s=86400.0))
    [old] = (await monitor.checkpoints(5)).items

    assert SIGNING_KEY in await book.renew_secrets(ROOT)

    line = (await monitor.intents(1)).items[0]
    assert line.detail["checkpoints are signed with"] not in ("", old.fingerprint)
    assert (await monitor.verify_intents()).broken_at is None
