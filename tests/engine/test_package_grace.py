from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.engine.judging import Judge
from probed.engine.package_grace import LONGEST_S, PackageGrace
from tests.factories import HandClock


def test_a_question_that_holds_a_package_manager_up_all_night_hides_nothing_for_longer() -> None:
    clock, at_work = HandClock(), [True]
    grace = PackageGrace(lambda: at_work[0], clock)

    assert grace.holds()
    clock.advance(LONGEST_S)
    assert not grace.holds()

    at_work[0] = False
    assert not grace.holds()
    at_work[0] = True
    assert grace.holds()


def test_under_a_package_manager_services_have_a_grace_and_disks_have_none() -> None:
    service = Observation("web.service", "failed", severity=Severity.CRITICAL, boot_grace=True)
    disk = Observation("/srv", "full", severity=Severity.CRITICAL)

    found = Judge(180.0).findings("s", "c", (service, disk), {}, 0.0, 1e6, packages_change=lambda: True)

    assert [finding.object for finding in found] == ["/srv"]


def test_what_was_open_before_the_package_manager_began_stays_open() -> None:
    service = Observation("web.service", "failed", severity=Severity.CRITICAL, boot_grace=True)
    open_cases = {("c", "web.service"): Severity.WARNING}

    [found] = Judge(180.0).findings("s", "c", (service,), open_cases, 0.0, 1e6, packages_change=lambda: True)

    assert found.severity is Severity.WARNING
