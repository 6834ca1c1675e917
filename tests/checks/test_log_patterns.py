from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent
from probed.errors import ParameterError
from tests.checks.looking import REGISTRY, Watcher, look
from tests.real.journal import Journal
from tests.real.users import as_nobody


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "app.log"
    append(path, "panic: long ago")
    return path


def append(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def watcher(log: Path, *patterns: object, **params: object) -> Watcher:
    made = Watcher("log_patterns", {"paths": str(log), "patterns": list(patterns), **params})
    assert made.findings() == {}
    return made


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    at = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: at)


def test_a_line_that_fits_is_a_finding_for_a_while_and_is_told_with_the_line(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = watcher(log, {"name": "panics", "pattern": "^panic:", "severity": "critical"}, keep="30m")
    append(log, "panic: out of luck", "no panic: here")

    seen = watching.look()["panics"]

    assert seen.severity is Severity.CRITICAL
    assert "panic: out of luck" in seen.summary
    assert seen.evidence["newest"] == [f"{log}: panic: out of luck"]
    assert watching.look()["panics"].summary == seen.summary
    later(monkeypatch, 29 * 60)
    assert watching.findings() == {"panics": Severity.CRITICAL}
    later(monkeypatch, 120)
    assert watching.findings() == {}


def test_a_rate_counts_over_several_looks(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = watcher(log, {"name": "slow", "pattern": "slow query", "at_least": 3, "within": "5m"})

    for expected in ({}, {}, {"slow": Severity.WARNING}):
        append(log, "slow query")
        assert watching.findings() == expected
        later(monkeypatch, 60)


def test_fewer_lines_within_the_time_are_no_finding(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = watcher(log, {"name": "slow", "pattern": "slow query", "at_least": 3, "within": "5m"})

    for _ in range(6):
        append(log, "slow query")
        assert watching.findings() == {}
        later(monkeypatch, 160)


def test_what_is_excluded_does_not_count(log: Path) -> None:
    watching = watcher(log, {"pattern": "error", "exclude": "error 0"}, "failed", exclude=["(?i)health.?check"])

    append(log, "error 0", "HealthCheck failed")
    assert watching.findings() == {}

    append(log, "error 1", "it failed")
    assert watching.findings() == {"error": Severity.WARNING, "failed": Severity.WARNING}


def test_without_a_pattern_every_line_counts(log: Path) -> None:
    watching = watcher(log, {"name": "errors", "at_least": 3}, exclude="fine")
    append(log, "one", "two", "fine")
    assert watching.findings() == {}
    append(log, "three")
    assert watching.findings() == {"errors": Severity.WARNING}


def test_words_alone_do_not_load_the_library_of_expressions(log: Path) -> None:
    script = """if True:
        import sys
        from probed.checks.registry import CheckRegistry
        from probed.core.inspection import CheckCall
        params = {"paths": sys.argv[1], "patterns": ["segfault at"]}
        CheckRegistry().bind(CheckCall("log_patterns", params)).look()
        sys.exit("re2" in sys.modules)"""
    assert subprocess.run([sys.executable, "-c", script, str(log)], timeout=60).returncode == 0


def test_secrets_in_a_line_are_not_shown(log: Path) -> None:
    watching = watcher(log, "login")
    append(log, "login with password=hunter2")

    seen = watching.look()["login"]

    assert "hunter2" not in seen.summary + json.dumps(seen.evidence) + json.dumps(watching.known)


def test_a_log_that_floods_says_what_was_left_out(log: Path) -> None:
    watching = watcher(log, "needle", max_bytes="64KiB")
    append(log, *["hay " * 20] * 10_000, "needle")

    seen = watching.look()

    assert seen["needle"].severity is Severity.WARNING
    assert seen[str(log)].severity is Severity.WARNING
    assert "KiB left out" in seen[str(log)].summary


def test_what_came_while_nobody_looked_for_long_is_no_flood(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = watcher(log, "needle", max_bytes="64KiB")
    append(log, *["hay " * 20] * 10_000)
    later(monkeypatch, 3600)

    assert watching.findings() == {str(log): Severity.INFO}


def test_lines_of_the_journal_and_of_files_count_together(log: Path, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.write("beginning")
    watching = watcher(
        log, {"name": "oh", "pattern": "oh", "at_least": 2}, journal_folder=str(journal.folder), priority="err"
    )

    append(log, "oh")
    journal.write("oh dear", PRIORITY=3)
    journal.write("oh well", PRIORITY=6)

    assert watching.look()["oh"].evidence["lines"] == 2


def test_a_log_that_may_not_be_read_is_said_and_is_no_healthy_answer(log: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        closed = Path(folder, "closed.log")
        closed.touch(mode=0o600)
        Path(folder).chmod(0o755)
        with as_nobody():
            [note] = Watcher("log_patterns", {"paths": str(closed), "patterns": ["x"]}).answer()

    assert isinstance(note, Absent)
    assert note.remedy


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"patterns": ["("]}, "patterns"),
        ({"patterns": [{"name": "x", "pattern": ""}]}, "patterns"),
        ({"patterns": []}, "patterns"),
        ({"patterns": ["x", "x"]}, "patterns"),
        ({"patterns": ["x"], "priority": "bad"}, "priority"),
        ({"patterns": ["x"], "paths": "app.log"}, "paths"),
    ],
)
def test_what_cannot_be_used_is_named(params: dict[str, object], field: str) -> None:
    with pytest.raises(ParameterError) as told:
        REGISTRY.bind(CheckCall("log_patterns", params))
    assert told.value.field == field


def test_a_log_that_is_named_and_not_there_is_said_and_one_that_only_fits_a_pattern_is_not(tmp_path: Path) -> None:
    paths = [f"{tmp_path}/app.log", f"{tmp_path}/*.err"]

    answer = look("log_patterns", {"paths": paths, "patterns": ["x"]})

    assert [item for item in answer if isinstance(item, Absent)] == [Absent(f"log {tmp_path}/app.log")]
