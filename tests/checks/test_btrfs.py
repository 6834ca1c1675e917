from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
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

    (name,) = before.keys() & after.keys()
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
