from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.host import ext4 as host
from tests.checks.looking import judged, look, observations
from tests.real.filesystems import ext4, mounted
from tests.real.packages import program


def test_errors_that_a_real_file_system_has_counted_are_told_until_it_is_mended(tmp_path: Path) -> None:
    """They are written onto the disk as the kernel would: one that really fails would be everybody's kernel log."""
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    with ext4(folder, image):
        (name,) = _devices_of(image)
        before = observations("ext4")[name]
    debugfs, checker = program("debugfs", "e2fsprogs"), program("e2fsck", "e2fsprogs")
    facts = (("error_count", "3"), ("last_error_time", f"@{int(time.time()) - 7200}"), ("state", "3"))
    for field, value in facts:
        subprocess.run(
            [debugfs, "-w", "-R", f"set_super_value {field} {value}", image], check=True, capture_output=True
        )
    with mounted("-o", "loop", image, folder):
        (name,) = _devices_of(image)
        damaged = observations("ext4")[name]
    subprocess.run([checker, "-f", "-y", image], check=False, capture_output=True)
    with mounted("-o", "loop", image, folder):
        (name,) = _devices_of(image)
        mended = observations("ext4")[name]

    assert judged(before) is None
    assert judged(damaged) is Severity.WARNING
    assert "3 errors since it was last mended, the last one 2.0h ago" in damaged.summary
    assert judged(mended) is None


def test_a_host_without_one_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "SYSFS", tmp_path)

    assert look("ext4") == (Absent("ext4 file system"),)


def _devices_of(image: Path) -> list[str]:
    found = subprocess.run(
        ["losetup", "--associated", image, "-O", "NAME", "-n"], capture_output=True, text=True, check=True
    )
    return [Path(line.strip()).name for line in found.stdout.splitlines()]
