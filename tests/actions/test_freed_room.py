"""On btrfs, which counts what was freed only later, and whose subvolumes look like file systems of their own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.core.finding import ActionCall
from probed.helper.process import handles
from probed.helper.stale_files import Usage
from probed.host.files import deleted_of
from tests.actions.living import job, named, until
from tests.actions.test_free_deleted_space import REOPENS
from tests.actions.test_free_deleted_space import make_action as make_freeing
from tests.actions.test_logs import actions, make_log
from tests.actions.trees import make_action, make_file, params
from tests.factories import make_finding
from tests.real.filesystems import btrfs, mounted, tmpfs

MIB = 2**20
SIZE = 32 * MIB


@pytest.fixture
def late(tmp_path: Path) -> Iterator[Path]:
    with btrfs(tmp_path / "data", tmp_path / "image") as folder:
        yield folder


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bfree * found.f_frsize


def written_free_bytes(folder: Path) -> int:
    os.sync()
    return free_bytes(folder)


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
        until(lambda: written_free_bytes(late) - before > SIZE / 2)  # the kernel lets go of it a moment later

    assert seen.holds, seen.detail


def test_what_lies_on_another_subvolume_of_the_full_file_system_helps_it(late: Path, tmp_path: Path) -> None:
    subprocess.run(["btrfs", "subvolume", "create", late / "@var"], check=True, capture_output=True)
    other = tmp_path / "tmpfs"
    with mounted("-o", "loop,subvol=@var", tmp_path / "image", tmp_path / "var"), tmpfs(other):
        folders = [tmp_path / "var" / "cache", other / "cache"]
        logs = [make_log(folder / "a.log") for folder in folders]
        full = make_finding(check="disk", object=str(late))
        rotate, _ = actions(folders[0])

        cleaning = make_action(*folders).call_for(full, {})
        rotation = rotate.call_for(full, {})

    assert cleaning
    assert cleaning.params["root"] == str(folders[0])
    assert rotation == ActionCall("rotate_log", logs[0])


def test_the_room_of_several_subvolumes_counts_once(late: Path) -> None:
    roots = [late / "@a", late / "@b"]
    for root in roots:
        subprocess.run(["btrfs", "subvolume", "create", root], check=True, capture_output=True)
    ballast = make_file(roots[0] / "old", size=SIZE)
    os.sync()
    before = Usage.of([str(root) for root in roots])

    ballast.unlink()
    os.sync()

    assert Usage.of([str(root) for root in roots]).free_bytes - before.free_bytes < 1.5 * SIZE
