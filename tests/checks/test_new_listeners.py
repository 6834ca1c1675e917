from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Callable
from functools import partial

import pytest

from probed.core.finding import Severity
from probed.core.observation import Observation
from probed.host import sockets
from probed.host.sockets import Listener
from tests.checks.looking import Watcher, judged
from tests.real.users import as_nobody

FIXED = 21000
"""Below those that the kernel gives away."""


@pytest.fixture
def port() -> int:
    """Free, and none that the kernel gives away."""
    first, _ = sockets.ephemeral_ports()
    for number in range(FIXED, first):
        with contextlib.suppress(OSError), socket.create_server(("", number)):
            return number
    raise AssertionError("no port is free")


def listen(address: str, port: int) -> socket.socket:
    return socket.create_server((address, port))


def watcher(**params: object) -> Watcher:
    made = Watcher("new_listeners", params)
    made.look()
    return made


def of(watching: Watcher, port: int) -> dict[str, Severity]:
    """Others of this machine may begin to listen meanwhile."""
    return {name: severity for name, severity in watching.findings().items() if name.endswith(f":{port}")}


@pytest.fixture(autouse=True)
def long_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    def set_up(uptime_s: float) -> None:
        monkeypatch.setattr("time.monotonic", lambda: uptime_s)

    set_up(100_000)
    return set_up


def test_a_new_port_that_others_may_reach_is_told_until_it_is_gone(port: int) -> None:
    watching = watcher()
    with listen("0.0.0.0", port):
        assert of(watching, port) == {f"tcp/0.0.0.0:{port}": Severity.WARNING}
        seen = watching.look()[f"tcp/0.0.0.0:{port}"]
    assert "which others may reach" in seen.summary
    assert seen.evidence["program"]

    assert of(watching, port) == {}


def test_one_that_only_this_host_reaches_is_told_apart(port: int) -> None:
    watching, silent = watcher(), watcher(loopback="off")
    with listen("127.0.0.1", port):
        assert of(watching, port) == {f"tcp/127.0.0.1:{port}": Severity.INFO}
        assert of(silent, port) == {}


def test_what_was_known_may_come_and_go_and_be_learned_anew(port: int) -> None:
    with listen("0.0.0.0", port):
        watching = watcher()
    assert of(watching, port) == {}
    with listen("0.0.0.0", port):
        assert of(watching, port) == {}


@pytest.mark.parametrize(("address", "kind"), [("127.0.0.1", socket.SOCK_STREAM), ("0.0.0.0", socket.SOCK_DGRAM)])
def test_ports_that_the_kernel_gave_away_for_a_while_do_not_count(address: str, kind: int) -> None:
    watching = watcher()
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((address, 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        assert of(watching, taken.getsockname()[1]) == {}


def test_another_program_that_takes_over_a_known_port_is_new_once_the_known_one_is_gone(port: int) -> None:
    with listen("0.0.0.0", port) as server:
        heir = partial(subprocess.Popen, ["sleep", "60"], pass_fds=[server.fileno()])
        watching = watcher()
        assert of(watching, port) == {}
        with heir() as process:
            assert of(watching, port) == {}
            server.close()
            assert of(watching, port) == {f"tcp/0.0.0.0:{port}": Severity.WARNING}
            process.kill()


def test_a_program_beside_one_that_is_left_out_is_new(port: int) -> None:
    """What is left out does not stand for whoever holds its socket, too."""
    with listen("0.0.0.0", port) as server:
        own = {each.process for each in sockets.listening() if each.port == port}
        watching = watcher(ignore=list(own))
        assert of(watching, port) == {}
        with subprocess.Popen(["sleep", "60"], pass_fds=[server.fileno()]) as process:
            assert of(watching, port) == {f"tcp/0.0.0.0:{port}": Severity.WARNING}
            process.kill()


def seen(monkeypatch: pytest.MonkeyPatch, *listeners: Listener) -> None:
    monkeypatch.setattr(sockets, "listening", lambda suffices: listeners)


def make(
    port: int, process: str = "nginx", address: str = "0.0.0.0", user: str = "root", protocol: str = "tcp"
) -> Listener:
    return Listener(protocol, address, port, 7, process, user)


@pytest.mark.parametrize(
    ("before", "after", "is_new"),
    [
        (make(80), make(80, "apache2"), True),
        (make(80), make(80, ""), False),
        (make(80), make(80, "", user="eve"), True),
        (make(80), make(80, address="127.0.0.1"), True),
        (make(80, address="127.0.0.1"), make(80), True),
        (make(80, address="::1"), make(80, address="192.0.2.7"), True),
        (make(68, "dhcp", "192.0.2.7", protocol="udp"), make(68, "dhcp", "198.51.100.9", protocol="udp"), False),
        (make(68, "dhcp", "192.0.2.7", protocol="udp"), make(68, "nc", "198.51.100.9", protocol="udp"), True),
        (make(68, "dhcp", "192.0.2.7", protocol="udp"), make(68, "dhcp", "198.51.100.9", protocol="tcp"), True),
        (make(546, "dhcp", "fe80::1%eth0", protocol="udp"), make(546, "dhcp", "fe80::2%wlan0", protocol="udp"), False),
        (make(53, "", "192.0.2.7", "bind"), make(53, "", "2001:db8::7", "bind"), False),
        (make(53, "", "192.0.2.7", "bind"), make(53, "", "2001:db8::7", "eve"), True),
        (make(50000, "rpc.mountd"), make(50001, "rpc.mountd"), False),
        (make(50000, "rpc.mountd"), make(50001, "nc"), True),
        (make(80), make(60001, "mosh-server", protocol="udp"), False),
        (make(80), make(6010, "sshd", address="127.0.0.1"), False),
        (make(80), make(6010, "sshd", address="::1"), False),
        (make(80), make(6010, "sshd"), True),
        (make(80), make(546, "dhclient", "fe80::1%eth0", protocol="udp"), True),
    ],
)
def test_what_counts_of_a_listener(
    monkeypatch: pytest.MonkeyPatch, before: Listener, after: Listener, is_new: bool
) -> None:
    """Listeners that a test cannot have: other programs', other users'."""
    seen(monkeypatch, before)
    watching = watcher()
    seen(monkeypatch, after)

    assert bool(watching.findings()) is is_new


def test_a_port_that_a_known_program_shares_with_others_is_not_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that systemd made and has started the service for; postfix's master and who works for it."""
    seen(monkeypatch, make(22, "systemd"))
    watching = watcher()
    seen(monkeypatch, make(22, "systemd"), make(22, "sshd"))
    assert watching.findings() == {}
    seen(monkeypatch, make(22, "nc"))
    assert list(watching.findings()) == ["tcp/0.0.0.0:22"]


def test_what_starts_in_the_minutes_after_boot_is_learned_too(
    monkeypatch: pytest.MonkeyPatch, long_up: Callable[[float], None]
) -> None:
    seen(monkeypatch)
    long_up(60)
    watching = watcher()
    seen(monkeypatch, make(80))
    long_up(300)
    assert watching.findings() == {}
    long_up(700)
    seen(monkeypatch, make(80), make(81))
    assert list(watching.findings()) == ["tcp/0.0.0.0:81"]
    long_up(60)
    assert list(watching.findings()) == ["tcp/0.0.0.0:81"]


def test_without_rights_it_goes_by_the_user(port: int) -> None:
    watching = watcher()
    with listen("0.0.0.0", port), as_nobody():
        answer = {each.object: each for each in watching.answer() if isinstance(each, Observation)}

    assert judged(answer[f"tcp/0.0.0.0:{port}"]) is Severity.WARNING
    assert answer[f"tcp/0.0.0.0:{port}"].evidence["user"]
