"""Records are read as they were written, by a later version, too."""

from __future__ import annotations

import json

import pytest

from probed.core.finding import ActionCall, Finding, Severity
from probed.core.inspection import AgentRule, AgentWhen, CheckCall, Inspection, Schedule
from probed.core.observation import Habit, Observation, Outlook
from probed.core.plain_form import plain, read
from probed.core.threshold import Looks, Threshold

OBSERVATION = Observation(
    "/srv",
    "85 % full",
    85.0,
    "%",
    Threshold(80.0, None, 75.0, 300.0, looks=Looks(3, 5)),
    Severity.WARNING,
    {"used": [1, {"of": 2.5}]},
    ActionCall("clean_files", {"path": "/srv"}),
    Outlook(100.0, 7.0),
    Habit(),
    boot_grace=True,
)
INSPECTION = Inspection(
    "disk", "Disks", (CheckCall("disk", {"mounts": ["/srv"]}, 3),), Schedule(60.0), agent=AgentRule(AgentWhen.ALWAYS)
)


@pytest.mark.parametrize(
    "value", [OBSERVATION, INSPECTION, Finding("disk", "/srv", Severity.CRITICAL, "full", {"n": 1}, ttl_s=60)]
)
def test_what_was_written_is_read_again(value: object) -> None:
    assert read(type(value), json.loads(json.dumps(plain(value)))) == value


def test_what_another_version_wrote_is_read_as_far_as_it_is_known() -> None:
    written = {"object": "/", "summary": "fine", "colour": "green", "value": 1}

    assert read(Observation, written) == Observation("/", "fine", 1.0)
    assert plain(Observation("/", "fine")) == {"object": "/", "summary": "fine", "evidence": {}}


@pytest.mark.parametrize(("data", "reason"), [([], "expected an object"), ({"object": "/"}, "summary is missing")])
def test_what_is_no_record_is_told(data: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read(Observation, data)
