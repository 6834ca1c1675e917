from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cortexctl import times
from cortexctl.__main__ import main
from probed.wire import paths
from probed.wire.autonomy import AutonomyShape
from probed.wire.incident import PostmortemShape
from probed.wire.page import PageOf
from tests.cortexctl import samples
from tests.cortexctl.stub_daemon import StubDaemon


@dataclass(frozen=True)
class Result:
    exit: int
    out: str
    err: str


Ctl = Callable[..., Result]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[StubDaemon]:
    """One that answers nothing yet."""
    with StubDaemon(tmp_path / "probed.sock") as stub:
        yield stub


@pytest.fixture
def host(daemon: StubDaemon) -> StubDaemon:
    """One that watches the host of the samples."""
    answers = {
        paths.STATUS: samples.TROUBLED,
        paths.INSPECTIONS: samples.INSPECTIONS,
        f"{paths.INSPECTIONS}/disks": samples.INSPECTION,
        paths.RUNS: samples.RUNS,
        f"{paths.RUNS}/{samples.RUN.id}": samples.RUN,
        paths.REPORTS: samples.REPORTS,
        f"{paths.REPORTS}/{samples.REPORT.id}": samples.REPORT,
        paths.FINDINGS: samples.FINDINGS,
        paths.CASES: samples.CASES,
        f"{paths.CASES}/{samples.CASE.id}": samples.CASE,
        paths.ALERTS: samples.ALERTS,
        f"{paths.ALERTS}/{samples.ALERT.id}": samples.ALERT,
        paths.DECISIONS: samples.DECISIONS,
        f"{paths.DECISIONS}/{samples.DECISION.id}": samples.DECISION,
        paths.MEMORIES: samples.MEMORIES,
        f"{paths.MEMORIES}/{samples.MEMORY.id}": samples.MEMORY,
        paths.CHANGES: samples.CHANGES,
        f"{paths.CHANGES}/{samples.CHANGE.id}": samples.CHANGE,
        paths.INCIDENTS: samples.INCIDENTS,
        f"{paths.INCIDENTS}/{samples.INCIDENT.id}": samples.INCIDENT_IN_FULL,
        f"{paths.INCIDENTS}/{samples.INCIDENT.id}/export": PostmortemShape("# Incident\n\n## Summary\n"),
        paths.MAINTENANCE: samples.MAINTENANCE,
        paths.SILENCES: samples.SILENCES,
        f"{paths.SILENCES}/{samples.SILENCE.id}": samples.SILENCE,
        paths.ROUTES: samples.ROUTES,
        paths.MODE: samples.MODES,
        paths.AUTONOMY: AutonomyShape("act", 0.8, [samples.STANDING]),
        paths.CHANNELS: samples.CHANNELS,
        paths.MESSAGES: samples.MESSAGES,
        f"{paths.MESSAGES}/{samples.MESSAGE.id}": samples.MESSAGE,
        paths.INTENTS: samples.INTENTS,
        f"{paths.INTENTS}/checkpoints": PageOf([samples.CHECKPOINT]),
        paths.QUESTIONS: samples.QUESTIONS,
        f"{paths.QUESTIONS}/{samples.QUESTION.id}": samples.QUESTION,
        paths.SCHEDULE: samples.SCHEDULE,
        paths.BACKUPS: samples.BACKUPS,
    }
    for path, shape in answers.items():
        daemon.answer(f"GET {path}", shape)
    return daemon


@pytest.fixture
def ctl(daemon: StubDaemon, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ctl:
    """`cortexctl` in this process, at the moment of the samples, with no terminal."""
    monkeypatch.setattr(times, "now", lambda: samples.NOW)
    monkeypatch.setenv("TZ", "UTC")

    def run(*words: str) -> Result:
        exit_ = main(["--socket", str(daemon.path), *words])
        printed = capsys.readouterr()
        return Result(int(exit_), printed.out, printed.err)

    return run
