from probed.core.finding import Severity
from probed.core.threshold import Pending, Threshold, hold

DISK = Threshold(warning=80, critical=90, clear=75, for_s=120)


def test_a_value_at_the_bound_counts() -> None:
    assert DISK.severity(79.9, None) is None
    assert DISK.severity(80, None) is Severity.WARNING
    assert DISK.severity(90, None) is Severity.CRITICAL


def test_an_active_finding_ends_only_below_the_clear_bound() -> None:
    assert DISK.severity(76, Severity.WARNING) is Severity.WARNING
    assert DISK.severity(76, None) is None
    assert DISK.severity(74.9, Severity.WARNING) is None


def test_a_critical_between_the_bounds_becomes_a_warning() -> None:
    assert DISK.severity(85, Severity.CRITICAL) is Severity.WARNING


def test_below_reverses_the_bounds() -> None:
    free = Threshold(warning=10, critical=5, clear=15, below=True)

    assert free.severity(4, None) is Severity.CRITICAL
    assert free.severity(9, None) is Severity.WARNING
    assert free.severity(12, Severity.WARNING) is Severity.WARNING
    assert free.severity(12, None) is None


def test_without_a_warning_bound_hysteresis_keeps_the_severity() -> None:
    assert Threshold(critical=90, clear=80).severity(85, Severity.CRITICAL) is Severity.CRITICAL


def test_a_new_severity_must_last() -> None:
    pending, found = hold(None, Severity.WARNING, None, 120, now=0)
    assert (pending, found) == (Pending({Severity.WARNING: 0}), None)

    pending, found = hold(pending, Severity.WARNING, None, 120, now=119)
    assert found is None

    assert hold(pending, Severity.WARNING, None, 120, now=120) == (None, Severity.WARNING)


def test_a_pause_in_between_starts_the_wait_anew() -> None:
    pending, _ = hold(None, Severity.WARNING, None, 120, now=0)
    pending, _ = hold(pending, None, None, 120, now=60)

    assert hold(pending, Severity.WARNING, None, 120, now=121)[1] is None


def test_getting_worse_must_last_while_the_active_severity_stays() -> None:
    pending, found = hold(None, Severity.CRITICAL, Severity.WARNING, 120, now=0)

    assert pending
    assert found is Severity.WARNING


def test_a_worse_severity_waits_on_its_own_while_the_milder_one_that_lasted_counts() -> None:
    pending, _ = hold(None, Severity.WARNING, None, 120, now=0)
    pending, found = hold(pending, Severity.CRITICAL, None, 120, now=100)
    assert found is None

    pending, found = hold(pending, Severity.CRITICAL, None, 120, now=125)
    assert found is Severity.WARNING

    pending, found = hold(pending, Severity.CRITICAL, Severity.WARNING, 120, now=219)
    assert found is Severity.WARNING
    assert hold(pending, Severity.CRITICAL, Severity.WARNING, 120, now=220) == (None, Severity.CRITICAL)


def test_a_worse_severity_that_passes_begins_its_wait_anew() -> None:
    pending, _ = hold(None, Severity.WARNING, None, 120, now=0)
    pending, _ = hold(pending, Severity.CRITICAL, None, 120, now=60)
    pending, _ = hold(pending, Severity.WARNING, None, 120, now=110)

    assert hold(pending, Severity.CRITICAL, None, 120, now=181)[1] is Severity.WARNING


def test_what_was_worse_was_at_least_as_bad_as_the_milder_severity() -> None:
    pending, _ = hold(None, Severity.CRITICAL, None, 120, now=0)

    assert hold(pending, Severity.WARNING, None, 120, now=120) == (None, Severity.WARNING)


def test_an_active_severity_and_its_lessening_count_at_once() -> None:
    assert hold(None, Severity.WARNING, Severity.WARNING, 120, now=0) == (None, Severity.WARNING)
    assert hold(None, Severity.WARNING, Severity.CRITICAL, 120, now=0) == (None, Severity.WARNING)
