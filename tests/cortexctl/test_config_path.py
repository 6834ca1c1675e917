from __future__ import annotations

import os
from pathlib import Path

import pytest

from cortexctl.config_path import config_options
from cortexctl.socket_path import users_socket
from probed.wire.paths import SYSTEM_SOCKET


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of `./install.sh --user`."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    path = tmp_path / "config" / "cortex" / "config.yaml"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_the_systems_daemon_has_the_systems_configuration(users: Path) -> None:
    assert config_options(None, SYSTEM_SOCKET) == []
    assert config_options("/given", SYSTEM_SOCKET) == ["--config", "/given"]


def test_a_users_daemon_has_the_users_configuration_whoever_named_its_socket(users: Path) -> None:
    for socket in (users_socket(), f"/run/user/{os.geteuid()}/cortex/probed.sock"):
        assert config_options(None, socket) == ["--config", str(users)]
    assert config_options("/given", users_socket()) == ["--config", "/given"]


def test_another_daemon_has_the_configuration_beside_its_socket(users: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").touch()

    assert config_options(None, str(tmp_path / "probed.sock")) == ["--config", str(tmp_path / "config.yaml")]
    assert config_options(None, "/elsewhere/probed.sock") == []
