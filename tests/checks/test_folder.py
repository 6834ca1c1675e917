from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent, Observation
from tests.checks.looking import judged, look, observations
from tests.real.users import as_nobody


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    (tmp_path / "spool" / "active").mkdir(parents=True)
    for number in range(5):
        (tmp_path / "spool" / "active" / f"mail{number}").write_bytes(os.urandom(10_000))
    old = tmp_path / "spool" / "deferred"
    old.write_text("left behind")
    os.utime(old, (time.time(), time.time() - 7200))
    return tmp_path / "spool"


def test_a_queue_that_grows_or_grows_old_is_told(spool: Path) -> None:
    found = observations("folder", {"path": str(spool), "files": 6, "size": "50kB", "oldest": "1h"})

    assert [judged(each) for each in found.values()] == [Severity.WARNING] * 3
    assert found[f"{spool} files"].value == 6
    assert "deferred" in found[f"{spool} oldest"].summary
    assert "2.0h ago" in found[f"{spool} oldest"].summary


def test_what_is_left_out_does_not_count_and_without_bounds_nothing_is_judged(spool: Path) -> None:
    found = observations("folder", {"path": str(spool), "exclude": f"{spool}/deferred"})

    assert found[f"{spool} files"].value == 5
    assert {judged(each) for each in found.values()} == {None}


def test_links_are_not_followed(spool: Path) -> None:
    (spool / "elsewhere").symlink_to("/usr")

    assert observations("folder", {"path": str(spool)})[f"{spool} files"].value == 6


def test_a_folder_that_is_not_there_is_no_fault(tmp_path: Path) -> None:
    assert look("folder", {"path": f"{tmp_path}/none"}) == (Absent(f"the folder {tmp_path}/none"),)


def test_what_may_not_be_read_is_said() -> None:
    """Not below pytest's own folder, which nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="cx-folder-") as name:
        folder = Path(name)
        (folder / "closed").mkdir(mode=0o700)
        folder.chmod(0o755)
        with as_nobody():
            answer = look("folder", {"path": name})
            (alone,) = look("folder", {"path": f"{name}/closed/inner"})

    (note,) = (each for each in answer if isinstance(each, Absent))
    assert "closed" in note.what
    assert len([each for each in answer if isinstance(each, Observation)]) == 3
    assert isinstance(alone, Absent)
    assert "let the daemon's user read" in alone.remedy
