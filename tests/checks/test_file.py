from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent
from probed.errors import CheckFailed, ParameterError
from tests.checks.looking import REGISTRY, judged, look, observe
from tests.real.users import as_nobody


def make(folder: Path, name: str = "backup.tar", size: int = 1000, age_s: float = 3600, mode: int = 0o640) -> Path:
    path = folder / name
    path.write_bytes(b"x" * size)
    path.chmod(mode)
    os.utime(path, (time.time(), time.time() - age_s))
    return path


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"max_age": "30m"}, "1.0h ago, more than 30m"),
        ({"min_size": "2kB"}, "less than"),
        ({"max_size": 500}, "more than"),
        ({"owner": "nobody"}, "belongs to"),
        ({"group": "nogroup"}, "belongs to the group"),
        ({"kind": "socket"}, "is a file, not a socket"),
        ({"sha256": "0" * 64}, "another content"),
        ({"mode": "0600"}, "mode 0640, not 0600"),
        ({"exists": False}, "should not"),
    ],
)
def test_what_does_not_hold_is_a_warning_that_names_it(tmp_path: Path, params: dict[str, object], words: str) -> None:
    observation = observe("file", {"path": str(make(tmp_path)), **params})

    assert judged(observation) is Severity.WARNING
    assert words in observation.summary


def test_a_file_as_it_should_be_is_healthy(tmp_path: Path) -> None:
    path = make(tmp_path)
    owner = path.owner()

    observation = observe(
        "file",
        {
            "path": str(path),
            "max_age": "26h",
            "min_size": 1,
            "max_size": "1MB",
            "owner": owner,
            "mode": "640",
        },
    )

    assert judged(observation) is None
    assert observation.evidence["size_bytes"] == 1000
    assert observation.evidence["age_s"] == pytest.approx(3600, abs=10)


def test_a_missing_file_is_told_with_the_severity_of_the_document(tmp_path: Path) -> None:
    missing = {"path": str(tmp_path / "nothing"), "severity": "critical", "for": "5m"}

    observation = observe("file", missing)

    assert judged(observation) is Severity.CRITICAL
    assert observation.threshold
    assert observation.threshold.for_s == 300
    assert judged(observe("file", {**missing, "exists": False})) is None


def test_of_several_files_the_newest_counts(tmp_path: Path) -> None:
    make(tmp_path, "monday.tar", age_s=200_000)
    newest = make(tmp_path, "tuesday.tar", age_s=100)

    observation = observe("file", {"path": f"{tmp_path}/*.tar", "max_age": "26h"})

    assert judged(observation) is None
    assert observation.evidence["path"] == str(newest)


@pytest.mark.parametrize("name", ["backup.tar", "*.tar"])
def test_a_file_in_a_folder_that_may_not_be_entered_is_said_with_the_remedy_and_not_missed(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        closed = Path(folder, "closed")
        closed.mkdir(mode=0o700)
        make(closed)
        with as_nobody():
            (note,) = look("file", {"path": f"{closed}/{name}"})

    assert isinstance(note, Absent)
    assert note.remedy


def test_a_file_that_cannot_be_looked_at_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed):
        look("file", {"path": f"/{'x' * 300}"})


def test_a_content_that_is_expected_is_read_anew_when_the_file_changes(tmp_path: Path) -> None:
    path = make(tmp_path)
    params = {"path": str(path), "sha256": hashlib.sha256(b"x" * 1000).hexdigest().upper(), "kind": "file"}

    before = judged(observe("file", params))
    path.write_bytes(b"y" * 1000)

    assert before is None
    assert judged(observe("file", params)) is Severity.WARNING


def test_a_digest_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match="prints it"):
        REGISTRY.bind(CheckCall("file", {"path": "/etc/hostname", "sha256": "d41d8cd98f00b204e9800998ecf8427e"}))
