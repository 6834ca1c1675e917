"""What no request moves the operations on logs and modes to, whatever the policy and the daemon let through."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from probed.helper import logs
from probed.helper.done import OperationFailed, OperationRefused
from probed.helper.operations import OPERATIONS
from tests.real.filesystems import mounted

SECRET = b"precious\n" * 1000
NOBODY = 65534
MEET_S = 30.0
"""How long the swapping goes on until the file was met at all, on a host that is busy with other things."""


def make_file(path: Path, content: bytes = b"line\n" * 1000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def request(operation: str, path: Path | str) -> dict[str, object]:
    rightful = {"owner": "nobody", "group": "nogroup", "mode": "0644"} if operation == "restore_mode" else {}
    return {"path": str(path), **rightful}


@pytest.mark.parametrize("operation", ["rotate_log", "compress_log", "restore_mode"])
@pytest.mark.parametrize("manner", ["link", "hard link", "folder", "pipe", "mount"])
def test_no_other_file_is_reached(tmp_path: Path, operation: str, manner: str) -> None:
    victim = make_file(tmp_path / "outside" / "app.log", SECRET)
    victim.chmod(0o600)
    log = tmp_path / "logs" / "app.log"
    if manner == "mount":
        with mounted("--bind", victim, make_file(log)), pytest.raises(OperationRefused, match="mounted there"):
            OPERATIONS[operation](request(operation, log))
    else:
        _put(manner, log, victim)
        with pytest.raises(OperationRefused):
            OPERATIONS[operation](request(operation, log))

    assert victim.read_bytes() == SECRET
    assert (victim.stat().st_uid, stat.S_IMODE(victim.stat().st_mode)) == (0, 0o600)
    assert os.listdir(victim.parent) == ["app.log"]


@pytest.mark.parametrize("operation", ["rotate_log", "compress_log", "restore_mode"])
def test_no_other_file_is_reached_while_the_name_changes_hands(tmp_path: Path, operation: str) -> None:
    """The owner of the folder swaps the file for a link, and the folder above for a link, as fast as possible."""
    victim = make_file(tmp_path / "outside" / "app.log", SECRET)
    victim.chmod(0o600)
    folder = tmp_path / "logs"
    folder.mkdir()
    stop, met, tries, end = threading.Event(), 0, 0, time.monotonic() + MEET_S
    swapper = threading.Thread(target=_swap_until, args=(stop, folder, victim))
    swapper.start()
    try:
        while (tries < 300 or not met) and time.monotonic() < end:
            tries += 1
            try:
                OPERATIONS[operation](request(operation, folder / "app.log"))
                met += 1
            except (OperationRefused, OperationFailed) as refused:
                met += "No such file" not in str(refused)
    finally:
        stop.set()
        swapper.join(5)

    assert met
    assert victim.read_bytes() == SECRET
    assert (victim.stat().st_uid, stat.S_IMODE(victim.stat().st_mode)) == (0, 0o600)
    assert os.listdir(victim.parent) == ["app.log"]


def test_a_log_that_is_written_while_it_is_compressed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = make_file(tmp_path / "logs" / "app.log.1")
    copy: Callable[[int, object], int] = logs._copy

    def copy_and_write(fd: int, file: object) -> int:
        size_bytes = copy(fd, file)
        with log.open("ab") as more:
            more.write(b"one more\n")
        return size_bytes

    monkeypatch.setattr(logs, "_copy", copy_and_write)

    with pytest.raises(OperationRefused, match="changed meanwhile"):
        OPERATIONS["compress_log"]({"path": str(log)})
    assert os.listdir(log.parent) == ["app.log.1"]
    assert log.read_bytes().endswith(b"one more\n")


@pytest.mark.parametrize("operation", ["rotate_log", "compress_log"])
def test_a_folder_in_which_anybody_may_put_files_is_refused(tmp_path: Path, operation: str) -> None:
    log = make_file(tmp_path / "logs" / "app.log")
    log.parent.chmod(0o1777)

    with pytest.raises(OperationRefused, match="anybody may put files"):
        OPERATIONS[operation]({"path": str(log)})


def test_a_file_that_is_there_already_is_not_overwritten(tmp_path: Path) -> None:
    log, kept = make_file(tmp_path / "logs" / "app.log.1"), make_file(tmp_path / "logs" / "app.log.1.gz", SECRET)

    with pytest.raises(OperationRefused, match="exists already"):
        OPERATIONS["compress_log"]({"path": str(log)})
    assert kept.read_bytes() == SECRET


@pytest.mark.parametrize("path", ["", "app.log", "/", "/var/log/../../etc/shadow", "/var//log/app.log", "/var/log/"])
@pytest.mark.parametrize("operation", ["rotate_log", "compress_log", "restore_mode"])
def test_only_a_plain_absolute_path_is_taken(operation: str, path: str) -> None:
    with pytest.raises(OperationRefused, match="is not the plain absolute path"):
        OPERATIONS[operation](request(operation, path))


def test_a_file_does_not_get_the_rights_of_another(tmp_path: Path) -> None:
    file = make_file(tmp_path / "etc" / "tool")

    for mode in ("4755", "2755", "6777"):
        with pytest.raises(OperationRefused, match="somebody else's rights"):
            OPERATIONS["restore_mode"]({**request("restore_mode", file), "mode": mode})
    with pytest.raises(OperationRefused, match="no user"):
        OPERATIONS["restore_mode"]({**request("restore_mode", file), "owner": "cortex-test-nobody"})


def _put(manner: str, log: Path, victim: Path) -> None:
    if manner == "folder":
        log.parent.symlink_to(victim.parent)
        return
    log.parent.mkdir()
    if manner == "link":
        log.symlink_to(victim)
    elif manner == "hard link":
        os.link(victim, log)
    else:
        os.mkfifo(log)


def _swap_until(stop: threading.Event, folder: Path, victim: Path) -> None:
    log, aside = folder / "app.log", folder.parent / "aside"
    while not stop.is_set():
        make_file(log)
        log.unlink(missing_ok=True)
        log.symlink_to(victim)
        log.unlink(missing_ok=True)
        make_file(log)
        folder.rename(aside)
        folder.symlink_to(victim.parent)
        folder.unlink()
        aside.rename(folder)
        time.sleep(0.002)
