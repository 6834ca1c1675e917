from __future__ import annotations

import pytest

from probed.core.finding import Severity
from probed.core.observation import Absent
from probed.errors import NotHere
from probed.host import proc
from tests.checks.looking import judged, look, observations, observe


def pressed(percent: float) -> proc.Pressure:
    return proc.Pressure(99.0, percent, 0.0, 0.0, 0.0, 0.0)


def test_each_resource_of_this_host_is_looked_at() -> None:
    assert set(observations("pressure")) == {"cpu", "memory", "io"}


@pytest.mark.parametrize(("resource", "severity"), [("cpu", None), ("memory", Severity.CRITICAL), ("io", None)])
def test_memory_bears_less_pressure_than_the_others(
    monkeypatch: pytest.MonkeyPatch, resource: str, severity: Severity | None
) -> None:
    monkeypatch.setattr(proc, "pressure", lambda resource: pressed(45.0))

    observation = observe("pressure", {"resources": resource})

    assert observation.value == 45.0
    assert judged(observation) is severity


def test_bounds_of_the_document_hold_for_every_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "pressure", lambda resource: pressed(45.0))

    found = observations("pressure", {"warning": "40%", "for": 0})

    assert {judged(each) for each in found.values()} == {Severity.WARNING}


def test_a_kernel_without_pressure_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(resource: str) -> proc.Pressure:
        raise NotHere("pressure stall information")

    monkeypatch.setattr(proc, "pressure", missing)

    assert look("pressure") == (Absent("pressure stall information"),)
