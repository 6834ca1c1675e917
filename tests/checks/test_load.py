from __future__ import annotations

import os
from pathlib import Path

import pytest

from probed.core.finding import Severity
from probed.errors import HostFailed
from probed.host import proc
from tests.checks.looking import judged, observe


def test_the_load_of_this_host_is_told_for_each_processor() -> None:
    observation = observe("load")

    assert observation.value == pytest.approx(os.getloadavg()[1] / proc.cpu_count(), abs=0.2)
    assert observation.object == "load"


@pytest.mark.parametrize(("five", "severity"), [(3.0, None), (8.0, Severity.WARNING), (16.0, Severity.CRITICAL)])
def test_four_processors_bear_four_times_the_load(
    monkeypatch: pytest.MonkeyPatch, five: float, severity: Severity | None
) -> None:
    monkeypatch.setattr(proc, "load", lambda: proc.Load(100.0, five, 0.0))
    monkeypatch.setattr(proc, "cpu_count", lambda: 4)

    observation = observe("load")

    assert observation.value == five / 4
    assert judged(observation) is severity


def test_the_load_is_what_the_file_of_this_host_or_container_says(tmp_path: Path) -> None:
    recorded = tmp_path / "loadavg"
    recorded.write_text("9.00 7.50 3.25 2/300 4711\n")

    assert proc.load(recorded) == proc.Load(9.0, 7.5, 3.25)
    with pytest.raises(HostFailed, match="No such file"):
        proc.load(tmp_path / "none")
