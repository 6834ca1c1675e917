"""What `cortexctl logs` asks `probed` for."""

from __future__ import annotations

from typing import NoReturn

import pytest

from cortexctl import own_log
from cortexctl.session import Session
from cortexctl.socket_path import users_socket
from probed.wire import paths
from probed.wire.problem import ProblemCode
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments of `probed`."""
    given: list[str] = []

    def become(*arguments: str) -> NoReturn:
        given.extend(arguments)
        raise SystemExit(0)

    monkeypatch.setattr(own_log, "become_probed", become)
    monkeypatch.setattr(own_log, "exit_of_stream", lambda output, *arguments: become(*arguments))
    return given


def test_what_is_typed_is_asked_for(ctl: Ctl, asked: list[str]) -> None:
    ctl(
        "logs",
        "--since",
        "2h",
        "--run",
        "01",
        "--grep",
        "x y",
        "--level",
        "error",
        "--limit",
        "5",
        "--follow",
        "--json",
    )

    wanted = ["--since=2h", "--run=01", "--grep=x y", "--level=error", "--limit=5"]
    assert asked == ["log", "--unit=none", "--json", "--follow", *wanted]


@pytest.mark.parametrize(
    ("socket", "unit"), [(paths.SYSTEM_SOCKET, "system"), (users_socket(), "user"), ("/a.sock", "none")]
)
def test_the_daemons_socket_says_whose_unit_it_is(socket: str, unit: str) -> None:
    words = own_log.words_for_log(Session(socket, no_color=True), as_json=False, follow=False)

    assert f"--unit={unit}" in words


def test_the_log_of_a_run_begins_with_it(daemon: StubDaemon, ctl: Ctl, asked: list[str]) -> None:
    daemon.answer(f"GET {paths.RUNS}/01", samples.RUN)

    ctl("runs", "logs", "01", "--follow")  # it is over: nothing is left to be followed

    assert asked[-3:-1] == [f"--run={samples.RUN.id}", f"--since={samples.RUN.created_at}"]
    assert "--follow" not in asked


def test_a_run_that_is_not_known_has_no_log(daemon: StubDaemon, ctl: Ctl, asked: list[str]) -> None:
    daemon.refuse(f"GET {paths.RUNS}/01", 404, ProblemCode.NOT_FOUND, "no run 01")

    assert (ctl("runs", "logs", "01").exit, asked) == (1, [])


def test_without_a_daemon_the_id_is_looked_for_as_it_is(ctl: Ctl, asked: list[str], daemon: StubDaemon) -> None:
    daemon.__exit__()

    ctl("runs", "logs", "01")

    assert "--run=01" in asked
