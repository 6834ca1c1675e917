from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from probed.host import btrfs
from tests.checks.looking import judged, look, observations
from tests.real.filesystems import btrfs as mounted_btrfs
from tests.real.filesystems import mounted

MARK = b"what is written here will be damaged" * 4096


def test_data_that_a_real_device_no_longer_has_are_told(tmp_path: Path) -> None:
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    with mounted_btrfs(folder, image):
        (folder / "file").write_bytes(MARK)
        before = {name: judged(each) for name, each in observations("btrfs").items()}
    _damage(image)
    with mounted("-o", "loop", image, folder):
        with pytest.raises(OSError, match="Input/output error"):
            (folder / "file").read_bytes()
        after = observations("btrfs")

    (name,) = (each for each in before.keys() & after.keys() if not each.endswith("metadata"))
    assert before[name] is None
    assert judged(after[name]) is Severity.WARNING
    assert "corruption_errs" in after[name].summary


def _damage(image: Path) -> None:
    with image.open("r+b") as file:
        file.seek(0)
        while chunk := file.read(2**20):
            if MARK[:64] in chunk:
                file.seek(-len(chunk) + chunk.index(MARK[:64]), 1)
                file.write(b"damaged!")
                return
    raise AssertionError("the data are not in the image")


def test_a_missing_device_is_critical(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree as the kernel shows it, for the loss of a device takes a machine with two."""
    monkeypatch.setattr(btrfs, "SYSFS", tmp_path)
    root = tmp_path / "0a4b7a5e-9f1d-4b55-8d5d-0d2f5a1c7e11"
    for number, missing in (("1", "0"), ("2", "1")):
        (root / "devinfo" / number).mkdir(parents=True)
        (root / "devinfo" / number / "missing").write_text(f"{missing}\n")
        (root / "devinfo" / number / "error_stats").write_text("write_errs 0\nread_errs 0\n")
    (root / "label").write_text("data\n")

    found = observations("btrfs")["data"]

    assert judged(found) is Severity.CRITICAL
    assert found.summary == "data lacks the device 2"
    assert look("btrfs", {"exclude": "data"}) == (Absent("btrfs file system"),)


def test_a_kernel_that_does_not_count_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(btrfs, "SYSFS", tmp_path)
    assert look("btrfs") == (Absent("btrfs file system"),)

    (tmp_path / "0a4b7a5e-9f1d-4b55-8d5d-0d2f5a1c7e11").mkdir()
    (absent,) = look("btrfs")
    assert isinstance(absent, Absent)
    assert "5.14" in absent.remedy


def test_a_real_file_system_without_room_for_names_is_told_though_data_have_some(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with mounted_btrfs(folder, tmp_path / "disk.img", 160):
        before = _of_metadata()
        _take_all(folder)
        after = _of_metadata()

    assert judged(before) is None
    assert judged(after) is Severity.CRITICAL


def _of_metadata() -> Observation:
    """On so small a disk the kernel refuses earlier, for it wants to have a few megabytes left for each step."""
    bounds = {"warning": "70%", "critical": "80%", "clear": "60%"}
    (found,) = (each for name, each in observations("btrfs", bounds).items() if name.endswith("metadata"))
    return found


def _take_all(folder: Path) -> None:
    """First what is free, with data, then what is left for metadata, with links, which are nothing else."""
    with contextlib.suppress(OSError), (folder / "data").open("wb") as file:
        while True:
            file.write(os.urandom(2**20))
            file.flush()
            os.fsync(file.fileno())
    with contextlib.suppress(OSError):
        for number in range(40_000):
            (folder / f"{number:05}").symlink_to("x" * 3000)
    os.sync()
