from __future__ import annotations

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


def test_the_system_comes_before_the_checkout_and_that_before_the_user(places: dict[str, Path]) -> None:
    for name in ("user", "checkout", "system"):
        put(places[name])

        assert find_socket(None) == str(places[name])


def test_where_nothing_is_the_error_will_name_the_systems(places: dict[str, Path]) -> None:
    assert find_socket(None) == str(places["system"])


def test_outside_a_virtual_environment_there_is_no_checkout(
    places: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(places["checkout"])
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)

    assert find_socket(None) == str(places["system"])
