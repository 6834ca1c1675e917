from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.finding import Severity
from tests.checks.looking import judged, observe
from tests.real.filesystems import tmpfs


def test_a_file_system_without_free_inodes_is_found_however_much_room_it_has(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small", inodes=50) as folder:
        for number in range(46):
            (folder / str(number)).touch()
        observation = observe("inodes", {"mounts": str(folder)})

    assert observation.value == pytest.approx(94, abs=2)
    assert judged(observation) is Severity.CRITICAL
    assert observation.evidence["total_inodes"] == 50


def test_a_file_system_that_makes_inodes_as_it_needs_them_has_no_number(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "small", inodes=0) as folder:
        observation = observe("inodes", {"mounts": str(folder)})

    assert observation.value is None
    assert judged(observation) is None
