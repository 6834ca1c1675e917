from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping

import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.errors import ParameterError
from probed.host.names import Lookup
from tests.checks.looking import REGISTRY, judged, observe
from tests.real.dns_server import dns_server
from tests.real.servers import free_port


@pytest.fixture(scope="module")
def server() -> Iterator[Mapping[str, object]]:
    """The parameters that name a resolver of its own."""
    records = (
        "--host-record=www.test,192.0.2.7",
        "--host-record=six.test,2001:db8::7",
        "--mx-host=test,mail.test,10",
        "--txt-record=note.test,hello there",
        "--local=/test/",
    )
    with dns_server(*records) as port:
        yield {"server": "127.0.0.1", "port": port}


@pytest.mark.parametrize(
    ("params", "values"),
    [
        ({"name": "www.test"}, ["192.0.2.7"]),
        ({"name": "six.test", "type": "AAAA"}, ["2001:db8::7"]),
        ({"name": "test", "type": "MX"}, ["10 mail.test"]),
        ({"name": "note.test", "type": "TXT"}, ['"hello there"']),
    ],
)
def test_a_server_is_asked_for_each_type_of_record(
    server: Mapping[str, object], params: dict[str, str], values: list[str]
) -> None:
    observation = observe("dns", {**params, **server})

    assert judged(observation) is None
    assert observation.evidence["values"] == values
    assert observation.object.startswith(params["name"])
    assert "at 127.0.0.1 port" in observation.object


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"name": "nothing.test"}, "no such name"),
        ({"name": "www.test", "type": "AAAA"}, "no AAAA record"),
        ({"name": "a..test"}, "empty"),
    ],
)
def test_what_the_server_does_not_know_is_critical(
    server: Mapping[str, object], params: dict[str, str], words: str
) -> None:
    observation = observe("dns", {**params, **server, "for": "1m"})

    assert judged(observation) is Severity.CRITICAL
    assert words in observation.summary
    assert observation.boot_grace
    assert observation.threshold
    assert observation.threshold.for_s == 60


@pytest.mark.parametrize(
    ("expect", "severity"),
    [("192.0.2.7", None), (["198.51.100.1", "192.0.2.*"], None), ("198.51.100.1", Severity.CRITICAL)],
)
def test_a_name_must_resolve_to_what_was_said(
    server: Mapping[str, object], expect: object, severity: Severity | None
) -> None:
    observation = observe("dns", {"name": "www.test", "expect": expect, **server})

    assert judged(observation) is severity
    assert "192.0.2.7" in observation.summary


def test_a_server_that_swallows_every_question_is_told_after_the_time_given() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as hole:
        hole.bind(("127.0.0.1", 0))

        observation = observe(
            "dns", {"name": "www.test", "server": "127.0.0.1", "port": hole.getsockname()[1], "timeout": "200ms"}
        )

    assert judged(observation) is Severity.CRITICAL
    assert "no answer within 0.2 s" in observation.summary


def test_a_server_that_is_not_there_is_critical() -> None:
    params = {"name": "www.test", "server": "127.0.0.1", "port": free_port(), "timeout": "300ms"}

    assert judged(observe("dns", params)) is Severity.CRITICAL


def test_without_a_server_the_host_looks_the_name_up_as_its_programs_do() -> None:
    fine = observe("dns", {"name": "localhost", "expect": "127.0.0.1"})
    unknown = observe("dns", {"name": "no-such-host.invalid", "timeout": "20s"})

    assert judged(fine) is None
    assert fine.object == "localhost"
    assert judged(unknown) is Severity.CRITICAL


def test_a_system_resolver_that_never_answers_holds_the_check_up_no_longer_than_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = threading.Event()

    def slow(self: Lookup, more_flags: int = 0) -> object:
        if more_flags:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        answers.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(Lookup, "answers", slow)
    try:
        observation = observe("dns", {"name": "www.test", "timeout": "100ms"})
    finally:
        answers.set()
        for thread in [each for each in threading.enumerate() if each.name == "name"]:
            thread.join(10)

    assert judged(observation) is Severity.CRITICAL
    assert "no resolver gave an answer within 0.1 s" in observation.summary


def test_an_answer_is_judged_by_how_long_it_took(server: Mapping[str, object]) -> None:
    assert judged(observe("dns", {"name": "www.test", "warning": 0.000001, **server})) is Severity.WARNING


def test_a_server_is_named_by_its_address() -> None:
    with pytest.raises(ParameterError, match="address"):
        REGISTRY.bind(CheckCall("dns", {"name": "www.test", "server": "dns.test"}))
