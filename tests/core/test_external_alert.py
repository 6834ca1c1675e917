from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from probed.core.alert import Alert, AlertState, label_fingerprint
from probed.core.external_alert import AlertDraft, alert_of, following, problem_of
from probed.core.finding import Severity
from tests.factories import NOW

MINUTE = timedelta(minutes=1)


def alert(starts: float | None = None, ends: float | None = None, now: datetime = NOW, **labels: str) -> Alert:
    """Times in minutes from NOW."""
    draft = AlertDraft(
        labels={"alertname": "Down", **labels},
        annotations={"summary": "it is  down"},
        starts_at=None if starts is None else NOW + starts * MINUTE,
        ends_at=None if ends is None else NOW + ends * MINUTE,
    )
    return alert_of(draft, f"a{now.timestamp()}", now, resolve_timeout_s=300)


def test_what_is_missing_is_filled_in_as_alertmanager_does() -> None:
    plain, over = alert(empty=""), alert(ends=-1)

    assert (plain.starts_at, plain.ends_at, plain.is_timeout) == (NOW, NOW + 5 * MINUTE, True)
    assert plain.labels == {"alertname": "Down"}
    assert (over.starts_at, over.state, over.is_timeout) == (NOW - MINUTE, AlertState.RESOLVED, False)
    assert (plain.summary, plain.severity) == ("it is down", Severity.WARNING)
    assert alert(severity="page").severity is Severity.CRITICAL


def test_it_is_the_same_alert_with_the_fingerprint_that_prometheus_makes() -> None:
    assert alert().fingerprint == label_fingerprint({"alertname": "Down"}) == "6accfd3d0992a914"
    assert alert(team="db").fingerprint != alert().fingerprint


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (AlertDraft({}, {}), "needs a label"),
        (AlertDraft({"a": ""}, {}), "needs a label"),
        (AlertDraft({"a": "b"}, {}, NOW, NOW - MINUTE), "before its start"),
        (AlertDraft({"a": "b"}, {}, NOW + 6 * MINUTE), "before its start"),
        (AlertDraft({"a-b": "c"}, {}), "no name of a label"),
        (AlertDraft({"a": "b"}, {"1": "c"}), "no name of a annotation"),
        (AlertDraft({"a": "b" * 10_000}, {}), "longer than"),
        (AlertDraft({f"a{number}": "b" * 8000 for number in range(9)}, {}), "characters in all"),
        (AlertDraft({"a": "b"}, {}, generator_url="b" * 70_000), "characters in all"),
    ],
)
def test_what_is_no_alert_is_refused(draft: AlertDraft, reason: str) -> None:
    assert reason in problem_of(draft, NOW, 300)


def test_one_that_comes_again_keeps_its_start_and_takes_the_newer_word() -> None:
    known, later = alert(starts=-10), NOW + MINUTE
    fresh = replace(alert(starts=-5, now=later), annotations={"summary": "still"})

    merged = following(known, fresh, later)

    assert (merged.id, merged.starts_at, merged.annotations) == (known.id, known.starts_at, {"summary": "still"})
    assert merged.ends_at == later + 5 * MINUTE


def test_a_later_end_that_somebody_said_rules_over_the_timeout_and_a_timeout_does_not() -> None:
    said, timed_out = alert(starts=-10, ends=60), alert(starts=-10)
    sooner = alert(starts=-5, ends=2)

    assert following(said, alert(starts=-5), NOW).ends_at == NOW + 60 * MINUTE
    assert following(timed_out, sooner, NOW).ends_at == NOW + 2 * MINUTE


def test_of_two_that_are_over_the_later_end_counts() -> None:
    known, fresh = alert(starts=-10, ends=-1), alert(starts=-8, ends=-3)

    assert following(known, fresh, NOW).ends_at == NOW - MINUTE


def test_without_overlap_it_is_another_activity() -> None:
    over, fresh = alert(starts=-20, ends=-10), alert(starts=0)

    assert following(over, fresh, NOW) == fresh
    assert following(over, fresh, NOW).id != over.id or fresh.id == over.id


def test_an_acknowledgement_lasts_while_it_fires() -> None:
    known = replace(alert(starts=-10), state=AlertState.ACKNOWLEDGED, acknowledged_by="ann", acknowledged_until=NOW)
    again = following(known, alert(starts=-5), NOW)

    assert (again.state, again.acknowledged_by, again.acknowledged_until) == (AlertState.ACKNOWLEDGED, "ann", NOW)
    assert following(known, alert(starts=-5, ends=0), NOW).state is AlertState.RESOLVED
