"""Pairing over the socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from probed.engine.pairing import PairingBook
from probed.monitor.sqlite import SqliteMonitor, open_monitor
from probed.ports import Newcomer
from probed.wire import paths
from tests.api.asgi import ADMIN, OPERATOR, app_of, ask
from tests.api.fakes import World
from tests.factories import HandClock

PAIR, UNPAIR = f"{paths.TELEGRAM}/pair", f"{paths.TELEGRAM}/unpair"


@pytest.fixture
async def monitor(tmp_path: Path) -> AsyncIterator[SqliteMonitor]:
    monitor = await open_monitor(tmp_path / "monitor.db", HandClock())
    yield monitor
    await monitor.close()


@pytest.fixture
async def book(monitor: SqliteMonitor) -> PairingBook:
    book = PairingBook(monitor, HandClock())
    await book.load()
    return book


async def test_a_code_is_shown_and_who_used_it_is_listed_and_put_out(book: PairingBook) -> None:
    app = app_of(World(pairings=book))
    shown = await ask(app, "POST", PAIR, peer=ADMIN)
    await book.pair(shown.json["code"], Newcomer(-500, 7, "ops", "Ann"))
    listed = await ask(app, "GET", paths.TELEGRAM, peer=OPERATOR)
    gone = await ask(app, "POST", UNPAIR, {"chat_id": -500}, peer=ADMIN)

    assert (shown.status, shown.json["expires_at"]) == (201, "2026-11-20T06:10:00.000Z")
    [member] = listed.json["items"]
    assert member == {
        "chat_id": -500,
        "user_id": 7,
        "chat_name": "ops",
        "user_name": "Ann",
        "paired_at": "2026-11-20T06:00:00.000Z",
        "paired_by": "uid:2000000001",
    }
    assert gone.json["items"] == [member]
    assert book.members == []


@pytest.mark.parametrize(("path", "body"), [(PAIR, None), (UNPAIR, {"chat_id": 1})])
async def test_only_an_administrator_pairs(book: PairingBook, path: str, body: object) -> None:
    answer = await ask(app_of(World(pairings=book)), "POST", path, body, peer=OPERATOR)

    assert answer.status == 403


@pytest.mark.parametrize(
    ("body", "status"), [({"chat_id": 1}, 404), ({"chat_id": 1, "user_id": 2}, 404), ({}, 422), ({"chat_id": "x"}, 422)]
)
async def test_who_is_not_paired_cannot_be_put_out(book: PairingBook, body: object, status: int) -> None:
    answer = await ask(app_of(World(pairings=book)), "POST", UNPAIR, body, peer=ADMIN)

    assert answer.status == status


async def test_without_a_bot_there_is_no_code(monitor: SqliteMonitor) -> None:
    book = PairingBook(monitor, HandClock(), has_bot=False)

    answer = await ask(app_of(World(pairings=book)), "POST", PAIR, peer=ADMIN)

    assert answer.status == 403
    assert "telegram.token_file" in answer.error["message"]


async def test_an_administrator_has_the_daemons_secrets_made_anew_and_sees_none_of_them(book: PairingBook) -> None:
    app, before = app_of(World(pairings=book)), book.key

    renewed = await ask(app, "POST", f"{paths.SECRETS}/rotate", peer=ADMIN)

    assert renewed.status == 200
    assert book.key != before
    assert book.key.hex().encode() not in renewed.body
