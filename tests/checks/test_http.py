from __future__ import annotations

import pytest
import trustme

from probed.core.finding import Severity
from tests.checks.looking import judged, observe
from tests.real.servers import free_port, tls_server, web


def test_the_expected_answer_is_healthy() -> None:
    with web(body=b"Welcome to the shop") as url:
        observation = observe("http", {"url": url, "contains": "Welcome"})

    assert observation.object == url
    assert judged(observation) is None
    assert observation.unit == "s"


@pytest.mark.parametrize(
    ("status", "expected", "severity"),
    [(500, 200, Severity.CRITICAL), (404, [200, 404], None), (301, 301, None), (301, 200, Severity.CRITICAL)],
)
def test_the_status_must_be_one_of_the_expected(status: int, expected: object, severity: Severity | None) -> None:
    with web(status, headers={"Location": "/elsewhere"}) as url:
        observation = observe("http", {"url": url, "status": expected})

    assert judged(observation) is severity
    assert observation.evidence["status"] == status


def test_an_answer_without_the_text_is_critical() -> None:
    with web(body=b"database error") as url:
        observation = observe("http", {"url": url, "contains": "Welcome"})

    assert judged(observation) is Severity.CRITICAL
    assert "Welcome" in observation.summary


def test_a_slow_answer_is_judged_by_its_bounds() -> None:
    with web(delay_s=0.3) as url:
        observation = observe("http", {"url": url, "warning": "200ms", "critical": "10s"})

    assert judged(observation) is Severity.WARNING


def test_no_answer_is_critical_after_the_time_given() -> None:
    with web(delay_s=1) as url:
        late = observe("http", {"url": url, "timeout": "200ms", "for": "1m"})
    gone = observe("http", {"url": f"http://127.0.0.1:{free_port()}/"})

    assert judged(late) is judged(gone) is Severity.CRITICAL
    assert "no answer within 0.2 s" in late.summary
    assert late.boot_grace
    assert late.threshold
    assert late.threshold.for_s == 60


def test_a_certificate_that_nobody_trusts_is_critical_unless_told_otherwise() -> None:
    with web(tls=tls_server(trustme.CA().issue_cert("127.0.0.1"))) as url:
        strict, lenient = observe("http", {"url": url}), observe("http", {"url": url, "verify": False})

    assert judged(strict) is Severity.CRITICAL
    assert judged(lenient) is None
