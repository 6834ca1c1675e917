from __future__ import annotations

import pytest
import trustme

from probed.checks.http import name_of
from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.errors import ParameterError
from tests.checks.looking import REGISTRY, judged, observe
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


SECRETS = ("ann", "s3cret", "abcdef", "zzzz")


@pytest.mark.parametrize("status", [200, 500, 0])
def test_no_part_of_an_address_that_may_be_secret_is_shown(status: int) -> None:
    with web(status or 200, headers={"Location": "https://ann:s3cret@b.example/next?token=abcdef#zzzz"}) as url:
        plain = url if status else f"http://127.0.0.1:{free_port()}/"
        secret = plain.replace("//", "//ann:s3cret@") + "health?token=abcdef#zzzz"

        observation = observe("http", {"url": secret})

    assert observation.object.startswith(f"{plain}health#")
    assert not [word for word in SECRETS if word in repr(observation)]


def test_an_address_stays_one_object_when_its_secret_changes_and_differs_from_others() -> None:
    name = name_of("http://ann:old@h:81/p?token=old&page=1")

    assert name == name_of("http://ann:new@h:81/p?token=new&page=1")
    others = ["http://h:81/p", "http://h:81/p?page=1", "http://ann@h:81/p", "http://bob:old@h:81/p?token=old&page=1"]
    assert len({name, *map(name_of, others)}) == 5
    assert name_of("http://[::1]:81/p") == "http://[::1]:81/p"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://ann:s3cret@h/",
        "http://",
        "http://ann:s3cret@h:port/",
        "http://[",
        "h:80",
        "http://h/?token=s3cret x",
        "http://h/\xe9",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ParameterError, match="is not an address") as caught:
        REGISTRY.bind(CheckCall("http", {"url": url}))

    assert "s3cret" not in str(caught.value)


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


@pytest.mark.parametrize(("pattern", "severity"), [(r"(?i)STATUS.*up", None), (r"^up$", Severity.CRITICAL)])
def test_the_answer_must_fit_the_expression(pattern: str, severity: Severity | None) -> None:
    with web(body=b'{"status":"UP"}\xff') as url:
        assert judged(observe("http", {"url": url, "matches": pattern})) is severity


def test_a_broken_expression_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"matches: .*not a regular expression"):
        REGISTRY.bind(CheckCall("http", {"url": "http://h/", "matches": "("}))


def test_redirections_are_followed_as_often_as_is_said() -> None:
    with (
        web(body=b"arrived") as last,
        web(302, headers={"Location": f"{last}login?token=abcdef"}) as middle,
        web(301, headers={"Location": middle}) as url,
    ):
        enough = observe("http", {"url": url, "redirects": 2, "contains": "arrived"})
        few = observe("http", {"url": url, "redirects": 1})

    assert judged(enough) is None
    assert enough.evidence["redirects"] == [middle, f"{last}login"]
    assert judged(few) is Severity.CRITICAL
    assert "abcdef" not in repr(few)


@pytest.mark.parametrize("target", ["ftp://elsewhere/", "http://", "file:///etc/passwd", "http://[", "/a b"])
def test_a_redirection_to_what_is_no_address_is_not_followed(target: str) -> None:
    with web(302, headers={"Location": target}) as url:
        observation = observe("http", {"url": url, "redirects": 3})

    assert observation.evidence["status"] == 302


def test_a_circle_of_redirections_ends() -> None:
    with web(302, headers={"Location": "/again"}) as url:
        observation = observe("http", {"url": url, "redirects": 3})

    assert judged(observation) is Severity.CRITICAL
    assert len(observation.evidence["redirects"]) == 3  # type: ignore[arg-type]
