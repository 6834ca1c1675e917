from __future__ import annotations

import getpass
import socket
import subprocess

import psutil
import pytest

from probed.core.finding import Severity
from probed.core.inspection import CheckCall
from probed.core.observation import Absent, Observation
from probed.errors import ParameterError
from probed.host import sockets
from tests.checks.looking import REGISTRY, judged, look, observe
from tests.real.servers import free_port
from tests.real.users import as_nobody

OURSELVES = psutil.Process().name()
WHO = getpass.getuser()


@pytest.mark.parametrize(
    ("params", "severity"),
    [
        ({}, None),
        ({"program": OURSELVES}, None),
        ({"program": f"{OURSELVES[:2]}*", "user": WHO}, None),
        ({"address": "127.0.0.1"}, None),
        ({"program": "nginx"}, Severity.CRITICAL),
        ({"user": "www-data"}, Severity.CRITICAL),
        ({"address": "127.0.0.2"}, Severity.CRITICAL),
        ({"protocol": "udp"}, Severity.CRITICAL),
    ],
)
def test_a_port_must_be_listened_to_by_the_one_who_should(params: dict[str, object], severity: Severity | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        observation = observe("port", {"port": server.getsockname()[1], **params})

    assert judged(observation) is severity
    assert observation.boot_grace


def test_whoever_has_taken_the_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        observation = observe("port", {"port": server.getsockname()[1], "program": "nginx", "for": "1m"})

    assert f"it is taken by {OURSELVES}, not by nginx" in observation.summary
    assert observation.threshold
    assert observation.threshold.for_s == 60


def test_a_port_on_which_nobody_listens_is_critical() -> None:
    observation = observe("port", {"port": free_port(), "program": "nginx"})

    assert judged(observation) is Severity.CRITICAL
    assert "nobody listens" in observation.summary


def test_a_udp_port_is_looked_for_among_those() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.bind(("::1", 0))
        port = server.getsockname()[1]

        assert judged(observe("port", {"port": port, "protocol": "udp", "address": "::1"})) is None


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_who_may_not_see_the_program_is_told_so_and_judges_by_the_sockets_user(
    family: socket.AddressFamily, address: str
) -> None:
    with socket.create_server((address, 0), family=family) as server:
        port = server.getsockname()[1]
        holder = subprocess.Popen(["sleep", "60"], pass_fds=[server.fileno()])
    try:
        with as_nobody():
            seen, note = look("port", {"port": port, "program": "sleep"})
            others = observe("port", {"port": port, "user": "www-data"})
            dead = observe("port", {"port": port, "program": "no-such-program"})
            both = look("port", {"port": port, "program": OURSELVES, "user": "root"})
    finally:
        holder.kill()
        holder.wait()

    assert isinstance(seen, Observation)
    assert judged(seen) is None
    assert isinstance(note, Absent)
    assert "user: root" in note.remedy
    assert [type(item) for item in both] == [Observation], "who says the user, too, wants no advice to do so"
    assert judged(others) is Severity.CRITICAL
    assert "a program of root" in others.summary
    assert judged(dead) is Severity.CRITICAL
    assert "not by no-such-program, which does not run" in dead.summary


def test_a_server_that_became_another_user_listens_as_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """As dnsmasq does; a list of sockets with such a one stands for it."""
    dropped = sockets.Listener("tcp", "0.0.0.0", 53, 4711, "dnsmasq", "dnsmasq", "root")
    monkeypatch.setattr(sockets, "listening", lambda *_: (dropped,))

    assert judged(observe("port", {"port": 53, "user": "root"})) is None
    assert judged(observe("port", {"port": 53, "user": "dnsmasq"})) is None
    assert judged(observe("port", {"port": 53, "user": "nobody"})) is Severity.CRITICAL


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ParameterError, match="address"):
        REGISTRY.bind(CheckCall("port", {"port": 80, "address": "localhost"}))
