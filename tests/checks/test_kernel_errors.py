from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, CheckAnswer, Memory, Observation
from probed.errors import NotHere
from probed.host import kernel_log
from probed.host.kernel_log import Said
from tests.checks.looking import REGISTRY, judged, look
from tests.conftest import require
from tests.host.scripted import Scripted
from tests.real.filesystems import ext4

DEAD = "blk_update_request: I/O error, dev sdb, sector {} op 0x0:(READ) flags 0x80700"


class Watch:
    """The check with its memory, which is kept as JSON in between."""

    def __init__(self, **params: object) -> None:
        self._check = REGISTRY.bind(CheckCall("kernel_errors", params))
        self._known: Memory = {}

    def look(self) -> dict[str, Observation]:
        answer: CheckAnswer
        answer, known = self._check.look_since(self._known)
        self._known = json.loads(json.dumps(known))
        return {item.object: item for item in answer if isinstance(item, Observation)}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the kernel says next."""
    lines: list[str] = []

    def since(place: str) -> Said:
        told = tuple(lines)
        lines.clear()
        return Said(told, "buffer x 1")

    monkeypatch.setattr(kernel_log, "since", since)
    return lines


def test_an_error_of_a_real_file_system_is_told_once_and_not_those_before(tmp_path: Path) -> None:
    """The kernel reports an error on demand: /sys/fs/ext4/DEVICE/trigger_fs_error."""
    require("the kernel's log", present=os.access("/dev/kmsg", os.R_OK))
    with ext4(tmp_path / "disk", tmp_path / "disk.img") as folder:
        number = os.stat(folder).st_dev
        device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve().name
        trigger = Path(f"/sys/fs/ext4/{device}/trigger_fs_error")
        trigger.write_text("an old one")
        watch = Watch()
        before = watch.look()
        trigger.write_text("the new one")
        after = watch.look()
        again = watch.look()

    name = f"ext4 {device}"
    assert name not in before
    assert judged(after[name]) is Severity.CRITICAL
    assert after[name].summary.endswith("the new one")
    assert after[name].evidence["lines"] == again[name].evidence["lines"] == 1


def test_many_lines_of_one_kind_are_one_finding(said: list[str]) -> None:
    watch = Watch()
    said += [DEAD.format(1), DEAD.format(2), "usb 1-1: new device"]
    watch.look()
    said += [DEAD.format(3)]
    found = watch.look()

    assert list(found) == ["I/O error sdb"]
    assert found["I/O error sdb"].evidence["lines"] == 3
    assert found["I/O error sdb"].summary == DEAD.format(3)


def test_a_complaint_is_over_after_a_while_without_another(said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(keep="10m")
    said += [DEAD.format(1)]
    watch.look()
    now = time.time() + 601
    monkeypatch.setattr(time, "time", lambda: now)

    assert list(watch.look()) == ["kernel"]


def test_what_is_ignored_or_of_another_kind_does_not_count(said: list[str]) -> None:
    lines = [DEAD.format(1), "INFO: task cp:231 blocked for more than 120 seconds."]
    said += lines
    some = Watch(ignore=["dev sd[bc],"]).look()
    said += lines
    others = Watch(kinds=["I/O error"]).look()

    assert list(some) == ["hung task cp"]
    assert list(others) == ["I/O error sdb"]


def test_a_log_that_may_not_be_read_is_absent_with_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernel_log, "KMSG", str(tmp_path / "nothing"))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert look("kernel_errors") == (Absent("the kernel's log", kernel_log.REMEDY),)


@pytest.mark.parametrize("buffer", ["/dev/null", "/proc/nothing"])  # hidden by a container, or not there
def test_where_the_buffer_may_not_be_read_the_journal_tells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, buffer: str
) -> None:
    host = Scripted(tmp_path / "bin", monkeypatch)
    monkeypatch.setattr(kernel_log, "KMSG", buffer)
    host.answer("journalctl", '{"__CURSOR": "s=1;i=5", "MESSAGE": "old"}\n')
    first = kernel_log.since("")
    host.answer(
        "journalctl", '{"__CURSOR": "s=1;i=6", "MESSAGE": "new"}\n{"__CURSOR": "s=1;i=7", "MESSAGE": "newer"}\n'
    )
    second = kernel_log.since(first.place)
    host.answer("journalctl")

    assert first == Said((), "journal s=1;i=5")
    assert second == Said(("new", "newer"), "journal s=1;i=7")
    assert kernel_log.since(second.place) == Said((), "journal s=1;i=7")
    assert "--after-cursor=s=1;i=7" in host.calls("journalctl")[-1]


def test_after_a_boot_all_that_the_kernel_said_since_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    require("the kernel's log", present=os.access("/dev/kmsg", os.R_OK))

    assert kernel_log.since("buffer another-boot 999999999").lines


def test_what_a_program_writes_into_the_kernels_log_is_not_the_kernels(tmp_path: Path) -> None:
    require("the kernel's log", present=os.access("/dev/kmsg", os.W_OK))
    place = kernel_log.since("").place
    Path("/dev/kmsg").write_text("<2>EXT4-fs error (device sda1): a joke\n")

    assert not any("a joke" in line for line in kernel_log.since(place).lines)


def test_a_log_that_nobody_may_read_raises_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kernel_log, "KMSG", str(tmp_path / "nothing"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotHere, match="kernel's log"):
        kernel_log.since("buffer x 1")


def test_looks_leave_no_more_than_a_few_descriptors_open() -> None:
    require("the kernel's log", present=os.access("/dev/kmsg", os.R_OK))
    before = len(os.listdir("/proc/self/fd"))
    places = [kernel_log.since("").place for _ in range(20)]
    for place in places:
        kernel_log.since(place)

    assert len(os.listdir("/proc/self/fd")) <= before + kernel_log.MOST_KEPT
