from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from probed.api import peer
from probed.api.peer import Names, Peer, group_id, read_peer
from probed.core.people import UNKNOWN_LOGIN
from probed.ports import Actor
from tests.conftest import require


def test_a_group_is_known_by_its_number_or_not_at_all() -> None:
    assert group_id("root") == 0
    assert group_id("no-such-group-here") is None


def test_the_kernel_says_who_is_at_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        found = read_peer(ours)
    assert (found.uid, found.gid, found.pid) == (os.geteuid(), os.getegid(), os.getpid())
    assert found.groups == frozenset(os.getgroups())


async def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def look_up(uid: int) -> str:
        asked.append(uid)
        return "root" if uid == 0 else ""

    monkeypatch.setattr(peer, "name_of", look_up)
    names = Names()
    for _ in range(3):
        assert await names.actor(Peer(0, 0, 7)) == Actor("uid:0 root", 7, 0)
        assert await names.actor(Peer(2_000_000_001, 0, 8)) == Actor("uid:2000000001", 8, 2_000_000_001)
    assert asked == [0, 2_000_000_001]


@pytest.mark.alone
async def test_a_name_service_that_hangs_costs_the_name_not_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(peer, "NAME_DEADLINE_S", 0.02)
    monkeypatch.setattr(peer, "name_of", lambda uid: str(released.wait(120)))
    began_s = time.monotonic()
    assert await Names().actor(Peer(0, 0, 7)) == Actor("uid:0", 7, 0)
    assert time.monotonic() - began_s < 30
    released.set()


async def test_a_name_service_that_hangs_takes_no_thread_from_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(peer, "NAME_DEADLINE_S", 0.02)
    monkeypatch.setattr(peer, "name_of", lambda uid: str(released.wait(120)))
    names = Names()
    try:
        await asyncio.gather(*(names.actor(Peer(uid, 0, 7)) for uid in range(64)))
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "here"), 60) == "here"
    finally:
        released.set()


def test_a_uid_without_a_user_has_no_name() -> None:
    assert (peer.name_of(0), peer.name_of(2_000_000_001)) == ("root", "")


def test_who_logged_in_is_known_whatever_uid_that_person_took_since() -> None:
    """Only the first process that says so may: as pam_loginuid does it at a login."""
    script = "echo 4321 > /proc/self/loginuid && echo done && exec cat"
    with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        assert session.stdout
        is_said = session.stdout.readline() == "done\n"
        found = peer.login_uid_of(session.pid, os.geteuid())
        session.communicate("")
    require("the right to set a login uid", present=is_said)
    assert found == 4321


@pytest.mark.parametrize("said", ["4294967295", "", "nobody", "-1"])
def test_where_nobody_logged_in_there_is_no_login_uid(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def read_text(path: Path, **options: str) -> str:
        return said if path.name == "loginuid" else read(path, **options)

    monkeypatch.setattr(Path, "read_text", read_text)

    assert peer.login_uid_of(1, 0) is None


def test_whoever_has_left_the_connection_behind_is_nobody() -> None:
    """As a process does that connects, hands the connection on and ends before anybody looks."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as theirs:
        listener.bind("")
        listener.listen()
        child = os.fork()
        if child == 0:
            theirs.connect(listener.getsockname())
            os._exit(0)
        os.waitpid(child, 0)
        with listener.accept()[0] as ours:
            found = read_peer(ours)

    assert (found.pid, found.uid) == (child, os.geteuid())
    assert found.login_uid == UNKNOWN_LOGIN


def test_a_number_that_is_another_users_by_now_tells_nothing() -> None:
    assert peer.login_uid_of(os.getpid(), 4321) == UNKNOWN_LOGIN
