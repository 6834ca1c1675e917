from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cortexctl import socket_path
from cortexctl.socket_path import find_socket


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Where a socket may be, none of them there yet."""
    monkeypatch.delenv("CORTEX_SOCKET", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "checkout" / ".venv"))
    monkeypatch.setattr(socket_path, "SYSTEM_SOCKET", str(tmp_path / "system" / "probed.sock"))
    return {
        "system": tmp_path / "system" / "probed.sock",
        "checkout": tmp_path / "checkout" / ".cortex" / "probed.sock",
        "user": tmp_path / "run" / "cortex" / "probed.sock",
    }


def put(place: Path) -> None:
    place.parent.mkdir(parents=True)
    place.touch()


def test_the_option_wins_over_the_environment_and_both_over_what_exists(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(places["system"])
    monkeypatch.setenv("CORTEX_SOCKET", "/from/environment")

    assert find_socket("/given") == "/given"
    assert find_socket(None) == "/from/environment"


@pytest.mark.parametrize(
    ("uid", "from_last"), [(0, ("user", "checkout", "system")), (1000, ("system", "user", "checkout"))]
)
def test_what_is_a_users_own_comes_before_the_systems_and_roots_own_is_the_systems(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch, uid: int, from_last: tuple[str, ...]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    for name in from_last:
        put(places[name])

        assert find_socket(None) == str(places[name])


def test_a_shell_that_does_not_know_the_users_folder_finds_her_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert socket_path.candidates()[-2] == "/run/user/1000/cortex/probed.sock"


def test_where_nothing_is_the_error_will_name_the_systems(places: dict[str, Path]) -> None:
    assert find_socket(None) == str(places["system"])


def test_outside_a_virtual_environment_there_is_no_checkout(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(places["checkout"])
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)

    assert find_socket(None) == str(places["system"])
