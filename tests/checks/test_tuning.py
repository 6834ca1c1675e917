from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from probed.checks.registry import BoundCheck, CheckRegistry
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, CheckAnswer, Observation
from probed.core.threshold import Looks, Threshold
from probed.errors import ParameterError

NIGHT, DAY = datetime(2026, 12, 1, 23, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)
AT_NIGHT = {"start_time": "22:00", "end_time": "06:00", "location": "UTC"}


def disk(overrides: object = None, **params: object) -> BoundCheck:
    given = {**params, **({} if overrides is None else {"overrides": overrides})}
    return CheckRegistry().bind(CheckCall("disk", given))


def thresholds(check: BoundCheck, now: datetime = DAY) -> Mapping[str, Threshold | None]:
    """Of two file systems that are judged as the document says."""
    usual = check._params.threshold  # type: ignore[attr-defined]
    seen: CheckAnswer = (Observation("/", "", 50.0, threshold=usual), Observation("/srv/a", "", 50.0, threshold=usual))
    answer = check._tuning.applied(seen, now)
    return {item.object: item.threshold for item in answer if isinstance(item, Observation)}


def test_bounds_of_its_own_for_some_objects() -> None:
    found = thresholds(disk([{"objects": "/srv/*", "warning": "95%", "critical": "98%", "for": "1h"}]))

    assert found == {"/": Threshold(80, 90, 75), "/srv/a": Threshold(95, 98, 75, for_s=3600)}


def test_a_default_that_contradicts_an_override_yields() -> None:
    assert thresholds(disk([{"objects": "/", "warning": "95%"}]))["/"] == Threshold(95, None, 75)


def test_other_bounds_at_night() -> None:
    check = disk([{"hours": AT_NIGHT, "warning": "off", "critical": "off"}], **{"for": "5m"})

    assert thresholds(check, DAY)["/"] == Threshold(80, 90, 75, for_s=300)
    at_night = thresholds(check, NIGHT)["/"]
    assert at_night
    assert (at_night.warning, at_night.critical, at_night.severity(99.0, None)) == (None, None, None)


def test_the_later_override_wins_and_what_is_ignored_is_not_seen() -> None:
    check = disk(
        [
            {"objects": "*", "warning": "70%", "clear": "65%"},
            {"objects": "/", "warning": "60%", "clear": "55%"},
            {"objects": ["/srv/*"], "hours": AT_NIGHT, "ignore": True},
        ]
    )

    by_day = thresholds(check)
    assert [each.warning for each in by_day.values() if each] == [60, 70]
    assert list(thresholds(check, NIGHT)) == ["/"]


def test_a_check_without_bounds_takes_what_it_can() -> None:
    check = CheckRegistry().bind(
        CheckCall("systemd_unit", {"overrides": [{"objects": "a", "for": "5m"}, {"objects": "b", "ignore": True}]})
    )
    absent = Absent("systemd")

    a, left = check._tuning.applied((Observation("a", ""), Observation("b", ""), absent), DAY)

    assert isinstance(a, Observation)
    assert a.threshold == Threshold(for_s=300)
    assert left is absent


@pytest.mark.parametrize(
    ("params", "field", "reason"),
    [
        ({"looks": "5 of 3"}, "looks", "write it like 3 of 5"),
        ({"looks": 3}, "looks", "write it like 3 of 5"),
        ({"overrides": {"objects": "/"}}, "overrides", "is not a list"),
        ({"overrides": ["/"]}, "overrides[0]", "write it like {objects: /srv"),
        ({"overrides": [{"warning": "90%"}]}, "overrides[0]", "names neither objects nor hours"),
        ({"overrides": [{"objects": "/"}]}, "overrides[0]", "changes nothing"),
        ({"overrides": [{"objects": "/", "warnin": "90%"}]}, "overrides[0].warnin", "warning"),
        ({"overrides": [{"objects": "/", "warning": "much"}]}, "overrides[0].warning", "not a percentage"),
        (
            {"overrides": [{"objects": "/", "warning": "95%", "critical": "90%"}]},
            "overrides[0].critical",
            "comes before the warning",
        ),
        (
            {"overrides": [{"hours": {**AT_NIGHT, "end_time": "6"}, "ignore": True}]},
            "overrides[0].hours.end_time",
            "expected a time of day like 08:00",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(params: Mapping[str, Any], field: str, reason: str) -> None:
    with pytest.raises(ParameterError) as refused:
        CheckRegistry().bind(CheckCall("disk", params))
    assert refused.value.field == field
    assert reason in refused.value.reason


def test_bounds_for_a_check_that_has_none_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"overrides\[0\].warning: this check judges without bounds"):
        CheckRegistry().bind(CheckCall("systemd_unit", {"overrides": [{"objects": "a", "warning": 3}]}))


def test_a_span_that_is_none_is_refused_with_its_place_also_where_there_are_no_bounds() -> None:
    with pytest.raises(ParameterError, match=r"overrides\[0\]\.for: .*soon.* is not a duration"):
        CheckRegistry().bind(CheckCall("systemd_unit", {"overrides": [{"objects": "a", "for": "soon"}]}))


def test_looking_really_applies_it() -> None:
    [first, *_] = disk(mounts="/", looks="2 of 3").look()
    assert isinstance(first, Observation)
    assert first.threshold
    assert first.threshold.looks == Looks(2, 3)
    assert disk([{"objects": "*", "ignore": True}], mounts="/").look() == ()
