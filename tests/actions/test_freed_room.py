"""On a file system that counts what was freed only later: whoever looks after the verification sees it all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.helper.process import handles
from probed.host.files import deleted_of
from tests.actions.living import job, named, until
from tests.actions.test_free_deleted_space import REOPENS
from tests.actions.test_free_deleted_space import make_action as make_freeing
from tests.actions.test_logs import actions, make_log
from tests.actions.trees import make_action, make_file, params
from tests.real.filesystems import btrfs

MIB = 2**20
SIZE = 32 * MIB


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Path]:
    with btrfs(tmp_path / "data", tmp_path / "image") as folder:
        yield folder


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bfree * found.f_frsize


def test_removed_files_have_given_their_room_back(late: Path) -> None:
    root = late / "cache"
    make_file(root / "old", size=SIZE)
    os.sync()
    action = make_action(root)

    seen = action.verify(params(root), action.execute(params(root)))

    assert seen.holds, seen.detail


def test_a_rotated_log_has_given_its_room_back(late: Path) -> None:
    log = make_log(late / "a.log", b"GET /index.html 200\n" * (SIZE // 20))
    os.sync()
    before, (rotate, _) = free_bytes(late), actions(late)

    seen = rotate.verify(log, rotate.execute(log))

    assert seen.holds, seen.detail
    assert free_bytes(late) - before > SIZE / 2


def test_a_deleted_file_that_was_let_go_has_given_its_room_back(late: Path, tmp_path: Path) -> None:
    file = make_file(late / "big.log", size=SIZE)
    os.sync()
    with job(tmp_path, REOPENS.format(path=str(file))) as process:
        until(lambda: handles(process.pid, signal.SIGHUP))
        file.unlink()
        os.sync()
        before, action = free_bytes(late), make_freeing()

        done = action.execute(named(process))
        until(lambda: str(file) not in [each.path for _, each in deleted_of(process.pid)])
        seen = action.verify(named(process), done)

    assert seen.holds, seen.detail
    assert free_bytes(late) - before > SIZE / 2
