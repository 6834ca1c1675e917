from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from cortexctl.failure import Garbled
from cortexctl.tui.shape import shaped
from probed.wire.event import EventShape
from probed.wire.inspection import InspectionShape
from probed.wire.report import ReportShape
from probed.wire.run import RunShape
from probed.wire.status import StatusShape
from tests.cortexctl.samples import INSPECTION, REPORT, RUN
from tests.cortexctl.tui import samples


def wire(shape: Any) -> Any:
    return json.loads(json.dumps(asdict(shape)))


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (StatusShape, samples.STATUS),
        (ReportShape, REPORT),
        (RunShape, RUN),
        (InspectionShape, INSPECTION),
        (EventShape, samples.EVENTS[0]),
    ],
)
def test_what_the_daemon_says_comes_back_as_its_shape(kind: type, shape: object) -> None:
    assert shaped(kind, wire(shape)) == shape


def test_members_of_a_newer_daemon_are_left_out_and_defaults_fill_in() -> None:
    told = wire(REPORT) | {"more": 1}
    del told["notes"]
    assert shaped(ReportShape, told).notes == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"verdict": "great"}, "StatusShape.verdict"),
        ({"host": None}, "StatusShape.host"),
        ({"alerts": {}}, "StatusShape.alerts"),
        ({"alerts": [7]}, "StatusShape.alerts[0]"),
        ({"gauges": [{"name": "a", "value": "7"}]}, "StatusShape.gauges[0].value"),
        ({"first_sweep_done": 1}, "StatusShape.first_sweep_done"),
        ({"daemon": {}}, "StatusShape.daemon.version is missing"),
        ({"counts": []}, "StatusShape.counts"),
    ],
)
def test_what_is_not_of_this_version_is_named(change: dict[str, object], place: str) -> None:
    with pytest.raises(Garbled) as caught:
        shaped(StatusShape, wire(samples.STATUS) | change)
    assert place in caught.value.message
    assert "systemctl restart cortex-probed" in caught.value.next_step


def test_a_truth_is_no_number() -> None:
    gauge = {"name": "a", "value": True, "unit": "", "warning": None, "critical": None}
    with pytest.raises(Garbled, match="value"):
        shaped(StatusShape, wire(samples.STATUS) | {"gauges": [gauge]})
