import pytest

from probed.core.action import Risk
from probed.core.change import class_of
from probed.core.finding import Severity


@pytest.mark.parametrize(
    ("risk", "severity", "reversible", "expected"),
    [
        (Risk.LOW, Severity.WARNING, True, "P3"),
        (Risk.LOW, Severity.CRITICAL, False, "P3"),
        (Risk.MEDIUM, Severity.WARNING, True, "P3"),
        (Risk.MEDIUM, Severity.WARNING, False, "P2"),
        (Risk.MEDIUM, Severity.CRITICAL, False, "P1"),
        (Risk.HIGH, Severity.WARNING, True, "P1"),
        (Risk.HIGH, Severity.CRITICAL, True, "P0"),
        (Risk.HIGH, Severity.WARNING, False, "P0"),
        (Risk.HIGH, Severity.CRITICAL, False, "P0"),
    ],
)
def test_the_class_of_a_change(risk: Risk, severity: Severity, reversible: bool, expected: str) -> None:
    assert class_of(risk, severity, reversible=reversible) == expected
