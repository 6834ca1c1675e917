import pytest

from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.core.threshold import Looks, Threshold
from probed.engine.judging import Active, Judge

LONG_UP_S = 1e6
BUSY = Observation("/mnt/usb", "full", value=95.0, threshold=Threshold(warning=80, for_s=120))


def found(
    judge: Judge,
    *seen: Observation,
    now: float,
    uptime_s: float = LONG_UP_S,
    active: Active | None = None,
    place: int = 0,
) -> list[tuple[str, Severity]]:
    findings = judge.findings("disks", "disk", seen, active or {}, now, uptime_s, place)
    return [(finding.object, finding.severity) for finding in findings]


def starting(severity: Severity | None = Severity.CRITICAL, for_s: float = 0.0) -> Observation:
    return Observation("u", "u is not up", severity=severity, boot_grace=True, threshold=Threshold(for_s=for_s))


def test_the_grace_after_boot_lasts_until_its_end() -> None:
    judge = Judge(180.0)

    times = [at for at in range(10, 300, 10) if found(judge, starting(), now=at, uptime_s=at)]

    assert times[0] == 180


def test_what_must_last_does_so_after_the_grace() -> None:
    judge = Judge(180.0)

    times = [at for at in range(10, 400, 10) if found(judge, starting(for_s=60), now=at, uptime_s=at)]

    assert times[0] == 240


@pytest.mark.parametrize(
    ("severity", "counts"),
    [
        (Severity.CRITICAL, [("u", Severity.WARNING)]),
        (Severity.WARNING, [("u", Severity.WARNING)]),
        (Severity.INFO, [("u", Severity.INFO)]),
        (None, []),
    ],
)
def test_in_the_grace_what_was_open_stays_open_and_becomes_no_worse(
    severity: Severity | None, counts: list[tuple[str, Severity]]
) -> None:
    active = {("disk", "u"): Severity.WARNING}

    assert found(Judge(180.0), starting(severity), now=10, uptime_s=10, active=active) == counts


def test_the_grace_is_that_of_the_newest_configuration() -> None:
    judge = Judge(180.0)
    judge.boot_grace_s = 5.0

    assert found(judge, starting(), now=10, uptime_s=10)


def test_what_must_last_begins_anew_when_its_object_was_away() -> None:
    judge = Judge(0.0)
    found(judge, BUSY, now=0)
    for at in (60, 120, 86400):
        assert found(judge, now=at) == []

    assert found(judge, BUSY, now=86460) == []
    assert found(judge, BUSY, now=86580) == [("/mnt/usb", Severity.WARNING)]


def test_two_calls_of_one_check_wait_on_their_own() -> None:
    judge = Judge(0.0)
    for at in (0, 60):
        assert found(judge, BUSY, now=at, place=0) == []
        assert found(judge, Observation("/mnt/usb", "is healthy"), now=at, place=1) == []

    assert found(judge, BUSY, now=120, place=0)


def test_nothing_is_remembered_of_a_source_that_is_forgotten() -> None:
    judge = Judge(0.0)
    found(judge, BUSY, now=0)
    judge.forget("services")
    judge.forget("disks")

    assert found(judge, BUSY, now=120) == []


def test_a_state_counts_while_enough_of_the_newest_looks_saw_it() -> None:
    judge, threshold = Judge(180.0), Threshold(warning=80, critical=95, looks=Looks(3, 5))
    values = [90.0, 10.0, 99.0, 85.0, 10.0, 10.0, 99.0, 99.0, 99.0]

    counted = [
        [severity for _, severity in found(judge, Observation("/", "", value, threshold=threshold), now=at)]
        for at, value in enumerate(values)
    ]

    none, warning, critical = list[Severity](), [Severity.WARNING], [Severity.CRITICAL]
    assert counted == [none, none, none, warning, warning, none, warning, warning, critical]


def test_what_the_looks_of_a_removed_source_saw_is_forgotten() -> None:
    judge, seen = Judge(180.0), Observation("/", "", 90.0, threshold=Threshold(warning=80, looks=Looks(2, 2)))
    assert found(judge, seen, now=1) == []

    judge.forget("disks")

    assert found(judge, seen, now=2) == []
    assert found(judge, seen, now=3) == [("/", Severity.WARNING)]
