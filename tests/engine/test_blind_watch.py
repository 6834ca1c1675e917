"""What is told while nothing can be recorded; tests/e2e fills real disks."""

from __future__ import annotations

from pathlib import Path

import pytest

from probed.core.observation import Observation
from probed.core.threshold import Threshold
from probed.engine import blind_watch
from probed.engine.blind_watch import BlindWatch
from probed.errors import CannotPersist
from probed.testing import ScriptedCheck
from tests.engine.scenario import scenario
from tests.factories import make_inspection

FULL = CannotPersist("the disk is full")


async def test_objects_under_ever_new_names_are_told_once_each_and_not_remembered_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blind_watch, "MOST_TOLD", 3)
    check = ScriptedCheck("containers")
    told: list[str] = []

    async def announce(text: str, severity: str) -> None:
        told.append(text)

    async with scenario(tmp_path) as host:
        persistence = host.engine.persistence
        monkeypatch.setattr(persistence, "announce", announce)
        monkeypatch.setattr(persistence, "failed", lambda error: announce("", ""))
        persistence.fault = str(FULL)
        host.document(make_inspection(id="containers"), (check,))
        watch = BlindWatch(host.engine.runs._inspector, host.catalogue, host.monitor, persistence)
        for number in range(10):
            name = f"job-{number}"
            check.answer = (Observation(name, f"{name} is busy", 99.0, "%", Threshold(warning=90)),)
            await watch.watch("containers", FULL)
            await watch.watch("containers", FULL)

    assert [text for text in told if text] == [
        f"found while nothing can be recorded:\nwarning: job-{number} is busy" for number in range(10)
    ]
    assert len(watch._told) == 3
